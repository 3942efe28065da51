import type { CodeMap, CodePlace } from '../kernel/code-map.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';

/** One frame of a stack that we unwound. */
export interface StackFrame extends CodePlace {
  readonly address: bigint;
  /** False for what a scan found: it may be left over from an earlier call. */
  readonly isReliable: boolean;
}

/** A stack and how its walk ended. */
export interface StackWalk {
  readonly frames: readonly StackFrame[];
  readonly method: 'orc' | 'frame pointers' | 'scan';
  /** `user`: reached the entry from user space; `end`: the bottom of a kernel thread. */
  readonly end: 'user' | 'end' | 'lost';
}

/** Where a walk starts. */
export interface WalkStart {
  readonly instruction: bigint;
  readonly stack: bigint;
  readonly frame: bigint;
}

/** Frames of one stack at most. */
export const walkLimit = 64;

/** Kernel stacks are 16 KiB on x86_64 and arm64, aligned to their size. */
const stackSize = 16_384n;

/** Finds the next slot at or above `from` that holds a return address: text, and preceded by a call. */
export function findReturnAddress(
  kernel: KernelMemory,
  code: CodeMap,
  from: bigint,
): bigint | undefined {
  const end = (from & ~(stackSize - 1n)) + stackSize;
  for (let at = (from + 7n) & ~7n; at < end; at += 8n) {
    const read = kernel.read(at, 8);
    if (read.kind !== 'data') return undefined;
    const address = read.bytes.readBigUInt64LE(0);
    if (code.isText(address) && isAfterCall(kernel, address)) return at;
  }
  return undefined;
}

// x86_64: e8 rel32, or ff /2 with 2, 3, 6 or 7 bytes (Intel SDM, CALL).
function isAfterCall(kernel: KernelMemory, address: bigint): boolean {
  const read = kernel.read(address - 7n, 7);
  if (read.kind !== 'data') return false;
  const { bytes } = read;
  if (bytes[2] === 0xe8) return true;
  return [5, 4, 1, 0].some((at) => bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0x38) === 0x10);
}

/** Every plausible return address from the stack pointer up, all marked as unreliable. For when nothing better works. */
export function scanStack(kernel: KernelMemory, code: CodeMap, start: WalkStart): StackWalk {
  const frames: StackFrame[] = [];
  if (code.isText(start.instruction)) {
    const place = code.describe(start.instruction, false);
    frames.push({ ...place, address: start.instruction, isReliable: true });
  }
  for (let from = start.stack; frames.length < walkLimit; ) {
    const at = findReturnAddress(kernel, code, from);
    if (at === undefined) break;
    const address = kernel.u64(at);
    frames.push({ ...code.describe(address, true), address, isReliable: false });
    from = at + 8n;
  }
  return { frames, method: 'scan', end: 'lost' };
}
