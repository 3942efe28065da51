import type { ByteSource } from '../../model/byte-source.ts';
import { createLru } from '../../std/lru.ts';

/** A bitmap of page frames in a file, with counts. Nothing but the blocks asked for is read or kept. */
export interface FrameBitmap {
  /** Undefined where the file does not hold that part of the bitmap. */
  has(frame: number): boolean | undefined;
  /** The first set bit at or above `frame`; undefined when there is none. */
  next(frame: number): number | undefined;
  /** Set bits below `frame`. */
  rank(frame: number): number;
}

const blockBytes = 4096;
const blockFrames = blockBytes * 8;

/** Frames counted at most: 32 TiB of memory in pages of 4 KiB; a bitmap of 1 GiB. */
const frameLimit = 2 ** 33;

/** The bitmap of `frames` bits at `offset`. */
export function frameBitmap(source: ByteSource, offset: number, frames: number): FrameBitmap {
  const held = Math.max(0, Math.min(frames, (source.size - offset) * 8, frameLimit));
  const blocks = Math.ceil(held / blockFrames);
  const bytes = Math.ceil(frames / 8);
  const cache = createLru<number, Buffer>(64);
  // ranks[b] counts the set bits below block b; filled from the front as far as somebody asked.
  const ranks: number[] = [0];
  const block = (index: number): Buffer => {
    const kept = cache.get(index);
    if (kept) return kept;
    const at = index * blockBytes;
    const read = source.read(offset + at, Math.min(blockBytes, bytes - at));
    cache.set(index, read);
    return read;
  };
  const countUpTo = (wanted: number) => {
    const step = 256;
    while (ranks.length <= wanted) {
      const first = ranks.length - 1;
      const at = first * blockBytes;
      const run = source.read(offset + at, Math.min(step * blockBytes, bytes - at));
      const last = Math.min(wanted, first + step);
      for (let index = first; index < last; index += 1) {
        const from = (index - first) * blockBytes;
        ranks.push((ranks[index] ?? 0) + countBits(run, from, from + blockBytes));
      }
    }
  };
  return {
    has(frame) {
      if (frame < 0 || frame >= frames) return false;
      const byte = block(Math.floor(frame / blockFrames))[(frame % blockFrames) >> 3];
      return byte === undefined ? undefined : ((byte >> (frame & 7)) & 1) === 1;
    },
    next(frame) {
      for (let at = Math.max(0, frame); at < held; ) {
        const bits = block(Math.floor(at / blockFrames));
        const byte = bits[(at % blockFrames) >> 3] ?? 0;
        const rest = byte >> (at & 7);
        if (rest !== 0) return at + (31 - Math.clz32(rest & -rest));
        at =
          skipZeroes(bits, (at % blockFrames) >> 3) * 8 +
          Math.floor(at / blockFrames) * blockFrames;
      }
      return undefined;
    },
    rank(frame) {
      const bounded = Math.max(0, Math.min(frame, held));
      const index = Math.min(Math.floor(bounded / blockFrames), Math.max(0, blocks - 1));
      countUpTo(index);
      const within = bounded - index * blockFrames;
      const bits = block(index);
      const whole = within >> 3;
      const rest = (bits[whole] ?? 0) & ((1 << (within & 7)) - 1);
      return (ranks[index] ?? 0) + countBits(bits, 0, whole) + (perByte[rest] ?? 0);
    },
  };
}

/** Index of the first byte after `from` that is not zero; the length of a block when there is none. */
function skipZeroes(bits: Buffer, from: number): number {
  for (let at = from + 1; at < bits.length; at += 1) if (bits[at] !== 0) return at;
  return blockBytes;
}

const perByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});

/** Set bits in `bytes[from..to)`; beyond the end there are none. */
function countBits(bytes: Buffer, from: number, to: number): number {
  const end = Math.min(to, bytes.length);
  let at = from;
  let count = 0;
  for (; at + 4 <= end; at += 4) {
    let word = bytes.readInt32LE(at);
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  for (; at < end; at += 1) count += perByte[bytes[at] ?? 0] ?? 0;
  return count;
}
