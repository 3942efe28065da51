import type { InputFile } from '../model/storage.ts';
import { formatSize } from '../std/units.ts';
import type { Crew } from './crew.ts';

/** What a few samples say about the whole. */
export interface SizeEstimate {
  /** Likely size of all chunks, bytes. */
  readonly packedBytes: number;
  readonly samples: number;
}

const sampleBytes = 512 * 1024;
const maxSamples = 32;

/** Packs samples spread evenly over the input; undefined where it cannot be read in places (a pipe, a bad sector). */
export async function estimateSize(
  input: InputFile,
  crew: Crew,
): Promise<SizeEstimate | undefined> {
  const { size } = input;
  if (size === undefined || input.kind === 'pipe') return undefined;
  if (size === 0) return { packedBytes: 0, samples: 0 };
  const count = Math.max(1, Math.min(maxSamples, Math.ceil(size / sampleBytes)));
  const stride = size / count;
  let plain = 0;
  let packed = 0;
  for (let index = 0; index < count; index += 1) {
    // From the middle of each stretch, at a page: the head of a dump is not like the rest.
    const middle = Math.floor((index + 0.5) * stride - sampleBytes / 2);
    const at = Math.max(0, Math.floor(middle / 4096) * 4096);
    const slot = await crew.take();
    try {
      const length = await input.read(slot.plain.subarray(0, sampleBytes), at);
      packed += await crew.pack(slot, length);
      plain += length;
    } catch {
      // A bad place in a sample says nothing about the size; the real pass reports it with its offset.
    } finally {
      crew.give(slot);
    }
  }
  return plain === 0
    ? undefined
    : { packedBytes: Math.round((packed / plain) * size), samples: count };
}

/** How the room on the disk compares with what will be written. */
export interface SpaceVerdict {
  readonly isEnough: boolean;
  /** For people. */
  readonly message: string;
}

// Samples miss; a set also has its manifest and the file system its own needs.
const margin = 1.05;
const overheadBytes = 2 * 1024 * 1024;

/** Compares the free space with the estimate for what is still to be written. */
export function judgeSpace(neededBytes: number, freeBytes: number): SpaceVerdict {
  const needed = Math.ceil(neededBytes * margin) + overheadBytes;
  return {
    isEnough: freeBytes >= needed,
    message: `needs about ${formatSize(needed)}, ${formatSize(freeBytes)} free`,
  };
}
