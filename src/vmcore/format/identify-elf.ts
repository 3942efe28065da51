import type { ByteSource } from '../../model/byte-source.ts';
import { blankIdentity, type IdentifiedDump } from './dump-identity.ts';
import { type ElfHeader, machineName, readElfHeader } from './elf-header.ts';
import { type Note, notesLimit, parseNotes } from './notes.ts';

/** Says what an ELF file is: a vmcore, the core of a process, or a program. Undefined when it is not ELF. */
export function identifyElf(source: ByteSource): IdentifiedDump | undefined {
  const header = readElfHeader(source);
  if (!header) return undefined;
  const machine = machineName(header.machine);
  if (header.type !== 4) return { identity: notACore(machine), body: undefined };
  const notes = readNotes(source, header);
  if (isProcessCore(notes)) return { identity: processCore(machine), body: undefined };
  const missing = header.promisedSize - source.size;
  const isMarkedIncomplete = (header.flags & 1) !== 0;
  const problems = [...header.problems];
  if (isMarkedIncomplete) {
    problems.push(
      'makedumpfile marked the dump as incomplete: it ran out of space or hit its limit.',
    );
  }
  if (missing > 0) {
    problems.push(`The file is cut off: ${missing} of ${header.promisedSize} bytes are missing.`);
  }
  if (header.loads.count === 0) problems.push('The file has no memory segment.');
  const isWhole = problems.length === 0;
  const isFiltered = hasHoles(header);
  const identity = {
    ...blankIdentity(header.is64 ? 'elf64-core' : 'elf32-core', elfTitle(header, notes)),
    completeness: isWhole ? ('complete' as const) : ('incomplete' as const),
    pageCompression: 'none' as const,
    // ELF does not record the level; a file without holes was not filtered at all.
    dumpLevel: isFiltered ? undefined : 0,
    hasUserPages: isFiltered ? undefined : true,
    machine,
    release: releaseOf(notes),
    problems,
    facts: [
      { label: 'memory segments', value: String(header.loads.count) },
      { label: 'byte order', value: header.isLittleEndian ? 'little endian' : 'big endian' },
    ],
  };
  const advice = isFiltered || !isWhole ? [] : smallerAdvice(source);
  return { identity: { ...identity, advice }, body: { kind: 'elf', source, header, notes } };
}

// QEMU 7.2 and later write the section headers first; makedumpfile 1.7.2 takes the program headers to be at 64.
function smallerAdvice(source: ByteSource): string[] {
  const small =
    'Before sending, make it small and leave user pages out: makedumpfile -l -d 31 FILE SMALL';
  const tableAt = source.read(32, 8);
  const isMoved = tableAt.length === 8 && tableAt.readBigUInt64LE(0) !== 64n;
  return isMoved
    ? [`${small} (1.7.2 and older refuse this file: its program headers are not at byte 64)`]
    : [small];
}

function readNotes(source: ByteSource, header: ElfHeader): Note[] {
  const notes: Note[] = [];
  let room = notesLimit;
  for (const { offset, size } of header.noteRanges) {
    const bytes = source.read(offset, Math.min(size, room));
    room -= bytes.length;
    notes.push(...parseNotes(bytes, header.isLittleEndian));
  }
  return notes;
}

// NT_PRPSINFO 3, NT_AUXV 6, NT_FILE 'FILE' (linux/elf.h): only cores of processes have them.
function isProcessCore(notes: readonly Note[]): boolean {
  const isKernel = notes.some(({ name }) => name.startsWith('VMCOREINFO') || name === 'QEMU');
  return (
    !isKernel &&
    notes.some(({ name, type }) => name === 'CORE' && [3, 6, 0x46494c45].includes(type))
  );
}

function elfTitle(header: ElfHeader, notes: readonly Note[]): string {
  const width = header.is64 ? 'ELF64' : 'ELF32';
  if (notes.some(({ name }) => name === 'QEMU')) return `${width} vmcore written by QEMU`;
  return `${width} vmcore`;
}

function releaseOf(notes: readonly Note[]): string | undefined {
  const info = notes.find(({ name }) => name === 'VMCOREINFO');
  return info && /^OSRELEASE=(.{1,64})$/m.exec(info.content.toString('latin1', 0, 4096))?.[1];
}

function hasHoles({ loads }: ElfHeader): boolean {
  return loads.fileSize.some((size, index) => size < (loads.memorySize[index] ?? 0));
}

function notACore(machine: string | undefined): IdentifiedDump['identity'] {
  return {
    ...blankIdentity('executable', 'ELF program or object, not a dump'),
    machine,
    problems: ['This is an ELF program (perhaps vmlinux), not a dump.'],
    advice: ['Give the vmcore; vmlinux goes to crash beside it: crash vmlinux vmcore'],
  };
}

function processCore(machine: string | undefined): IdentifiedDump['identity'] {
  return {
    ...blankIdentity('user-core', 'core of a process, not of the kernel'),
    machine,
    problems: ['This is the core of one process, not a dump of the kernel.'],
    advice: ['Look at it with: gdb PROGRAM FILE, or coredumpctl debug'],
  };
}
