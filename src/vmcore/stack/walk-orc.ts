import type { CodeMap } from '../kernel/code-map.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { OrcEntry, OrcTable } from './orc-table.ts';
import {
  findReturnAddress,
  type StackFrame,
  type StackWalk,
  type WalkStart,
  walkLimit,
} from './stack-walk.ts';

interface Place {
  readonly ip: bigint;
  readonly sp: bigint;
  readonly bp: bigint;
  /** After a scan rbp belongs to nobody knows whom. */
  readonly isFrameTrusted: boolean;
  /** The ip is where the CPU was, not a return address. */
  readonly isExact: boolean;
  readonly isReliable: boolean;
  /** r10, r13, di and dx are known right after a register frame only. */
  readonly others: Readonly<Record<'r10' | 'r13' | 'di' | 'dx' | 'ax', bigint>> | undefined;
}

/** Walks an x86_64 stack by the ORC tables; where they do not reach, it goes on from the next return address found. */
export function walkOrc(
  kernel: KernelMemory,
  code: CodeMap,
  orc: OrcTable,
  start: WalkStart,
): StackWalk {
  const frames: StackFrame[] = [];
  let place: Place | undefined = {
    ip: start.instruction,
    sp: start.stack,
    bp: start.frame,
    isFrameTrusted: true,
    isExact: true,
    isReliable: true,
    others: undefined,
  };
  const seen = new Set<bigint>();
  while (place && frames.length < walkLimit) {
    const { ip, isExact, isReliable, sp }: Place = place;
    seen.add(sp);
    frames.push({ ...code.describe(ip, !isExact), address: ip, isReliable });
    const entry = orc.lookup(isExact ? ip : ip - 1n);
    if (entry?.kind === 'end') return { frames, method: 'orc', end: 'end' };
    const next: Place | 'user' | undefined = entry && step(kernel, entry, place);
    if (next === 'user') return { frames, method: 'orc', end: 'user' };
    const isForward: boolean =
      next !== undefined && isAbove(next.sp, sp, seen) && code.isText(next.ip);
    place = isForward ? (next as Place) : resync(kernel, code, place);
  }
  return { frames, method: 'orc', end: 'lost' };
}

// Up on the same stack, or over to another one that was not visited: interrupts have their own.
function isAbove(next: bigint, sp: bigint, seen: ReadonlySet<bigint>): boolean {
  return next > sp || (next >> 14n !== sp >> 14n && !seen.has(next));
}

// The interrupted function of a crash dump is often at an address without an entry (kexec's own label, padding).
function resync(kernel: KernelMemory, code: CodeMap, { sp, bp }: Place): Place | undefined {
  const at = findReturnAddress(kernel, code, sp);
  if (at === undefined) return undefined;
  return {
    ip: kernel.u64(at),
    sp: at + 8n,
    bp,
    isFrameTrusted: false,
    isExact: false,
    isReliable: false,
    others: undefined,
  };
}

function step(kernel: KernelMemory, entry: OrcEntry, place: Place): Place | 'user' | undefined {
  const cfa = frameAddress(kernel, entry, place);
  if (cfa === undefined) return undefined;
  const word = (address: bigint) => {
    const read = kernel.read(address, 8);
    return read.kind === 'data' ? read.bytes.readBigUInt64LE(0) : undefined;
  };
  switch (entry.kind) {
    case 'call': {
      const ip = word(cfa - 8n);
      if (ip === undefined) return undefined;
      const frame = savedFrame(word, entry, cfa, place);
      return { ...blank, ip, sp: cfa, bp: frame.bp, isFrameTrusted: frame.isTrusted };
    }
    case 'registers':
      return fromRegisters(kernel, cfa);
    case 'partial-registers': {
      // An iret frame: ip, cs, flags, sp, ss.
      const [ip, cs, sp] = [word(cfa), word(cfa + 8n), word(cfa + 24n)];
      if (ip === undefined || cs === undefined || sp === undefined) return undefined;
      if (cs & 3n) return 'user';
      return { ...blank, ip, sp, bp: place.bp, isFrameTrusted: false, isExact: true };
    }
    default:
      return undefined;
  }
}

const blank = { isExact: false, isReliable: true, others: undefined } as const;

// struct pt_regs of x86_64: r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss.
function fromRegisters(kernel: KernelMemory, at: bigint): Place | 'user' | undefined {
  const read = kernel.read(at, 21 * 8);
  if (read.kind !== 'data') return undefined;
  const { bytes } = read;
  const value = (index: number) => bytes.readBigUInt64LE(index * 8);
  if (value(17) & 3n) return 'user';
  return {
    ip: value(16),
    sp: value(19),
    bp: value(4),
    isFrameTrusted: true,
    isExact: true,
    isReliable: true,
    others: { r10: value(7), r13: value(2), di: value(14), dx: value(12), ax: value(10) },
  };
}

function frameAddress(kernel: KernelMemory, entry: OrcEntry, place: Place): bigint | undefined {
  const { stackOffset: offset } = entry;
  const load = (address: bigint) => {
    const read = kernel.read(address, 8);
    return read.kind === 'data' ? read.bytes.readBigUInt64LE(0) : undefined;
  };
  switch (entry.stackRegister) {
    case 'sp':
      return place.sp + offset;
    case 'bp':
      return place.isFrameTrusted ? place.bp + offset : undefined;
    case 'sp-indirect': {
      const value = load(place.sp);
      return value === undefined ? undefined : value + offset;
    }
    case 'bp-indirect':
      return place.isFrameTrusted ? load(place.bp + offset) : undefined;
    case 'r10':
    case 'r13':
    case 'di':
    case 'dx':
    case 'ax':
      return place.others && place.others[entry.stackRegister] + offset;
    default:
      return undefined;
  }
}

function savedFrame(
  word: (address: bigint) => bigint | undefined,
  entry: OrcEntry,
  cfa: bigint,
  place: Place,
): { bp: bigint; isTrusted: boolean } {
  const same = { bp: place.bp, isTrusted: place.isFrameTrusted };
  if (entry.frameRegister === 'previous-sp') {
    const bp = word(cfa + entry.frameOffset);
    return bp === undefined ? same : { bp, isTrusted: true };
  }
  if (entry.frameRegister === 'bp' && place.isFrameTrusted) {
    const bp = word(place.bp + entry.frameOffset);
    return bp === undefined ? same : { bp, isTrusted: true };
  }
  return same;
}
