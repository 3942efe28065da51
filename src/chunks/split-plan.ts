import { SonaeError } from '../model/error.ts';
import { formatSize } from '../std/units.ts';
import { packedBound } from './chunk-set.ts';
import { digitsFor } from './names.ts';

/** How an original is cut; decided before anything is read. */
export interface SplitPlan {
  readonly chunkBytes: number;
  readonly frameBytes: number;
  readonly level: number;
  readonly digits: number;
}

const kib = 1024;
const mib = 1024 * kib;
const smallestFrame = 64 * kib;

// A pipe may turn out to be anything: five digits are 100,000 chunks.
const pipeDigits = 5;

/**
 * Cuts for an original of `bytes` (undefined: a pipe). Frames are small enough that a chunk wastes little at its end and that
 * memory stays small, larger for huge originals so that the manifest stays small.
 */
export function planSplit(
  bytes: number | undefined,
  { chunkBytes, level }: { readonly chunkBytes: number; readonly level: number },
): SplitPlan {
  const frameBytes = frameBytesFor(bytes, chunkBytes);
  const digits =
    bytes === undefined
      ? pipeDigits
      : digitsFor(Math.ceil(bytes / framesThatFit(chunkBytes, frameBytes) / frameBytes));
  if (digits > 6) {
    throw new SonaeError('E_USAGE', `--size ${chunkBytes} would make more than 1,000,000 chunks`, {
      hint: `Choose at least ${formatSize(Math.ceil((bytes ?? 0) / 900_000))}.`,
    });
  }
  return { chunkBytes, frameBytes, level, digits };
}

function frameBytesFor(bytes: number | undefined, chunkBytes: number): number {
  let frameBytes = (bytes ?? 0) > 1024 * 1024 * mib ? 8 * mib : 4 * mib;
  while (frameBytes > smallestFrame && packedBound(frameBytes) * 8 > chunkBytes) frameBytes /= 2;
  if (packedBound(frameBytes) <= chunkBytes) return frameBytes;
  throw new SonaeError('E_USAGE', `--size ${chunkBytes} is too small`, {
    hint: `A chunk must hold at least one frame: ${packedBound(smallestFrame)} bytes or more.`,
  });
}

// Frames of the worst kind in one chunk.
function framesThatFit(chunkBytes: number, frameBytes: number): number {
  return Math.max(1, Math.floor(chunkBytes / packedBound(frameBytes)));
}
