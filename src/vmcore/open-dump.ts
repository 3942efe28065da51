import type { ByteSource } from '../model/byte-source.ts';
import type { DumpBody, DumpIdentity } from './format/dump-identity.ts';
import { elfMemory } from './format/elf-memory.ts';
import { findVmcoreInfo } from './format/find-vmcoreinfo.ts';
import { type IdentifyDepth, identifyDump } from './format/identify.ts';
import type { Utsname } from './format/kdump-header.ts';
import { type KdumpPart, kdumpMemory } from './format/kdump-memory.ts';
import { type Note, notesLimit, parseNotes } from './format/notes.ts';
import type { PhysicalMemory } from './format/physical-memory.ts';
import { type CpuRegisters, parseCpuRegisters } from './format/registers.ts';
import { parseVmcoreInfo, type VmcoreInfo } from './format/vmcoreinfo.ts';
import { openAddressSpace } from './memory/address-space.ts';
import { type KernelMemory, kernelMemory } from './memory/kernel-memory.ts';
import type { PhysicalHints } from './memory/x86-64.ts';

/** A dump whose memory can be read, as far as it is there. */
export interface OpenDump {
  readonly memory: PhysicalMemory;
  readonly machine: string | undefined;
  readonly info: VmcoreInfo | undefined;
  /** Where VMCOREINFO came from: the headers, or a search through memory. */
  readonly infoFrom: 'note' | 'search' | undefined;
  readonly cpus: readonly CpuRegisters[];
  /** Taken from outside by QEMU: registers name CPUs, not processes, and there is no crash time. */
  readonly isQemu: boolean;
  readonly isXen: boolean;
  readonly uts: Utsname | undefined;
  /** Unix seconds; undefined when the dump does not say. */
  readonly crashTime: number | undefined;
  /** Memory by kernel address, or why not. */
  readonly kernel: KernelMemory | string;
}

/** What came of the files given: their identities, and the dump they make. */
export interface OpenedDump {
  readonly identities: readonly DumpIdentity[];
  /** What of the dump is missing. */
  readonly problems: readonly string[];
  /** Files that were given and not used. */
  readonly leftOut: readonly string[];
  /** Names of the files that the dump was read from. */
  readonly used: readonly string[];
  readonly dump: OpenDump | undefined;
}

/** Opens one dump, or the parts of a split set in any order. */
export function openDump(sources: readonly ByteSource[], depth: IdentifyDepth): OpenedDump {
  const files = sources.map((source) => identifyDump(source, depth));
  const identities = files.map(({ identity }) => identity);
  const bodies = files.map(({ body }) => body).filter((body) => body !== undefined);
  const [first] = bodies;
  if (!first) return { identities, problems: [], leftOut: [], used: [], dump: undefined };
  const { dump, taken, problems } = first.kind === 'elf' ? useElf(first) : useParts(bodies);
  const used = taken.map(({ name }) => name);
  const unused = files.length - used.length;
  const leftOut =
    unused > 0
      ? [`${unused} of the ${files.length} files are not part of ${used[0]} and were not used.`]
      : [];
  return { identities, problems, leftOut, used, dump };
}

function useElf(body: Extract<DumpBody, { kind: 'elf' }>) {
  return { dump: openElf(body), taken: [body.source], problems: [] };
}

function useParts(bodies: readonly DumpBody[]) {
  const parts = bodies.flatMap((body) => (body.kind === 'kdump' ? [body.part] : []));
  const { used, problems } = chooseParts(parts);
  return { dump: openKdump(used), taken: used.map(({ source }) => source), problems };
}

// Parts belong together when their headers agree; ranges that nobody covers are missing parts.
function chooseParts(parts: readonly KdumpPart[]): { used: KdumpPart[]; problems: string[] } {
  const [first] = parts;
  if (!first) return { used: [], problems: [] };
  if (!first.header.sub?.isSplit) return { used: [first], problems: [] };
  const used = parts.filter(
    ({ header }) => header.sub?.isSplit && isSameDump(header, first.header),
  );
  const problems: string[] = [];
  const sorted = [...used].sort((a, b) => a.start - b.start);
  let covered = 0;
  const gaps: string[] = [];
  for (const { start, end } of sorted) {
    if (start > covered) gaps.push(`${covered} to ${start}`);
    covered = Math.max(covered, end);
  }
  if (covered < first.header.frames) gaps.push(`${covered} to ${first.header.frames}`);
  if (gaps.length > 0) {
    problems.push(`Parts of the split set are missing: frames ${gaps.join(', ')}.`);
  }
  return { used, problems };
}

function isSameDump(a: KdumpPart['header'], b: KdumpPart['header']): boolean {
  return (
    a.frames === b.frames &&
    a.blockSize === b.blockSize &&
    a.crashTime === b.crashTime &&
    a.uts.release === b.uts.release &&
    a.uts.nodename === b.uts.nodename
  );
}

function openElf(body: Extract<DumpBody, { kind: 'elf' }>): OpenDump {
  const { header, notes, source } = body;
  const machine = elfMachine(header.machine, header.isLittleEndian);
  return finish({
    memory: elfMemory(source, header.loads),
    machine,
    notes,
    info: undefined,
    hints: { physBase: undefined, textLoad: textLoad(body) },
    uts: undefined,
    crashTime: undefined,
    isCompressed: false,
    is64: header.is64,
    isLittleEndian: header.isLittleEndian,
  });
}

function elfMachine(machine: number, isLittleEndian: boolean): string | undefined {
  const names: Readonly<Record<number, string>> = {
    3: 'i386',
    21: isLittleEndian ? 'ppc64le' : 'ppc64',
    22: 's390x',
    40: 'arm',
    62: 'x86_64',
    183: 'aarch64',
    243: 'riscv64',
    258: 'loongarch64',
  };
  return names[machine];
}

// The kernel text mapping is the one whose virtual address is highest among the first few.
function textLoad({ header: { loads } }: Extract<DumpBody, { kind: 'elf' }>) {
  for (let index = 0; index < Math.min(loads.count, 65_536); index += 1) {
    const virtual = loads.virtual[index] ?? 0n;
    if (virtual >= 0xffffffff80000000n || (virtual >= 0xc0000000n && virtual < 2n ** 32n)) {
      return { virtual, physical: loads.physical[index] ?? 0 };
    }
  }
  return undefined;
}

function openKdump(parts: readonly KdumpPart[]): OpenDump | undefined {
  const [first] = parts;
  if (!first) return undefined;
  const { header, source } = first;
  const { sub, isLittleEndian } = header;
  const range = (at: { offset: number; size: number } | undefined) =>
    at && source.read(at.offset, Math.min(at.size, notesLimit));
  const info = range(sub?.vmcoreInfo);
  return finish({
    memory: kdumpMemory(parts),
    machine: header.uts.machine || undefined,
    notes: parseNotes(range(sub?.notes) ?? Buffer.alloc(0), isLittleEndian),
    info: info && info.length > 0 ? info : undefined,
    hints: { physBase: sub && BigInt.asIntN(64, sub.physBase), textLoad: undefined },
    uts: header.uts.release ? header.uts : undefined,
    crashTime: header.crashTime || undefined,
    isCompressed: true,
    is64: header.is64,
    isLittleEndian,
  });
}

interface Parts {
  readonly memory: PhysicalMemory;
  readonly machine: string | undefined;
  readonly notes: readonly Note[];
  readonly info: Buffer | undefined;
  readonly hints: PhysicalHints;
  readonly uts: Utsname | undefined;
  readonly crashTime: number | undefined;
  readonly isCompressed: boolean;
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
}

function finish(parts: Parts): OpenDump {
  const { memory, machine, notes, isLittleEndian } = parts;
  const isQemu = notes.some(({ name }) => name === 'QEMU');
  const noted = parts.info ?? notes.find(({ name }) => name === 'VMCOREINFO')?.content;
  const isNoted = noted?.includes('OSRELEASE=');
  const found = isNoted
    ? noted
    : findVmcoreInfo(memory, { isCompressed: parts.isCompressed, isLittleEndian });
  const info = found && parseVmcoreInfo(found);
  const crashTime = parts.crashTime ?? crashTimeOf(info);
  return {
    memory,
    machine,
    info,
    infoFrom: info && (isNoted ? 'note' : 'search'),
    // QEMU on arm64 writes no note of its own; a dump by kexec always knows its crash time.
    cpus: parseCpuRegisters(notes, machine, isQemu || crashTime === undefined),
    isQemu: isQemu || (info !== undefined && crashTime === undefined),
    isXen: notes.some(({ name }) => name === 'VMCOREINFO_XEN' || name === 'Xen'),
    uts: parts.uts,
    crashTime,
    kernel: openKernel(parts, info),
  };
}

function crashTimeOf(info: VmcoreInfo | undefined): number | undefined {
  const text = info?.get('CRASHTIME');
  return text && /^\d{1,11}$/.test(text) && text !== '0' ? Number(text) : undefined;
}

function openKernel(parts: Parts, info: VmcoreInfo | undefined): KernelMemory | string {
  if (!info) return 'the dump has no VMCOREINFO, and none was found in memory';
  const space = openAddressSpace(parts.machine, parts.memory, info, parts.hints);
  if (typeof space === 'string') return space;
  const wordSize = parts.is64 ? 8 : 4;
  return kernelMemory(parts.memory, space, {
    wordSize,
    isLittleEndian: parts.isLittleEndian,
  });
}
