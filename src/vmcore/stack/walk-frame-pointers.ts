import type { CodeMap } from '../kernel/code-map.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { type StackFrame, type StackWalk, type WalkStart, walkLimit } from './stack-walk.ts';

/**
 * Walks an arm64 stack along x29: each frame record holds the next frame pointer and a return address, which may carry
 * a pointer authentication code in the bits of `pacMask`.
 */
export function walkFramePointers(
  kernel: KernelMemory,
  code: CodeMap,
  start: WalkStart,
  pacMask: bigint,
): StackWalk {
  const first = start.instruction | pacMask;
  const frames: StackFrame[] = [
    { ...code.describe(first, false), address: first, isReliable: true },
  ];
  const seen = new Set<bigint>();
  for (let frame = start.frame; frames.length < walkLimit; ) {
    if (frame === 0n) return { frames, method: 'frame pointers', end: 'end' };
    if (seen.has(frame)) break;
    seen.add(frame);
    const read = kernel.read(frame, 16);
    if (read.kind !== 'data') break;
    const address = read.bytes.readBigUInt64LE(8) | pacMask;
    if (!code.isText(address)) {
      const isBottom = read.bytes.readBigUInt64LE(0) === 0n;
      return { frames, method: 'frame pointers', end: isBottom ? 'end' : 'lost' };
    }
    frames.push({ ...code.describe(address, true), address, isReliable: true });
    frame = read.bytes.readBigUInt64LE(0);
  }
  return { frames, method: 'frame pointers', end: 'lost' };
}
