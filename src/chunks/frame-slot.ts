import { packedBound } from './chunk-set.ts';
import type { ZstdParameters } from './frame-codec.ts';

/** What the threads share: room for one frame, plain and packed, in each slot. */
export interface CrewMemory {
  readonly shared: SharedArrayBuffer;
  readonly frameBytes: number;
  readonly parameters: ZstdParameters;
}

/** The memory one frame passes through. */
export interface Slot {
  readonly index: number;
  readonly plain: Uint8Array;
  readonly packed: Uint8Array;
}

const pageBytes = 4096;
const toPage = (bytes: number) => Math.ceil(bytes / pageBytes) * pageBytes;
/** Bytes of memory one slot takes. */
export function slotBytes(frameBytes: number): number {
  return toPage(frameBytes) + toPage(packedBound(frameBytes));
}

/** The memory of one slot, in any thread. */
export function slotOf({ shared, frameBytes }: CrewMemory, index: number): Slot {
  const start = index * slotBytes(frameBytes);
  const plain = new Uint8Array(shared, start, frameBytes);
  const packed = new Uint8Array(shared, start + toPage(frameBytes), packedBound(frameBytes));
  return { index, plain, packed };
}
