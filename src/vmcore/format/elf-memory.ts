import type { ByteSource } from '../../model/byte-source.ts';
import type { ByteRead, Missing } from './byte-read.ts';
import type { LoadTable } from './elf-header.ts';
import { type PhysicalMemory, pagedMemory } from './physical-memory.ts';

/** Segments that may overlap one address before we stop looking; the kernel makes two. */
const overlapLimit = 64;

/** The memory that the PT_LOAD segments of an ELF dump hold. */
export function elfMemory(source: ByteSource, loads: LoadTable): PhysicalMemory {
  const pageSize = 4096;
  const reach = new Float64Array(loads.count);
  let end = 0;
  for (let index = 0; index < loads.count; index += 1) {
    end = Math.max(end, (loads.physical[index] ?? 0) + (loads.memorySize[index] ?? 0));
    reach[index] = end;
  }
  const bounded = Math.min(end, Number.MAX_SAFE_INTEGER - 2 * pageSize);
  const readPage = (frame: number): ByteRead => {
    const address = frame * pageSize;
    const whole = readPiece(source, loads, reach, address, pageSize);
    if (whole.read.kind === 'data' && whole.length === pageSize) return whole.read;
    return joinPieces(source, loads, reach, address, pageSize);
  };
  return pagedMemory(pageSize, Math.ceil(bounded / pageSize) * pageSize, readPage, (frame) => {
    const address = frame * pageSize;
    const last = lastAtOrBelow(loads.physical, loads.count, address);
    if (last >= 0 && (reach[last] ?? 0) > address) return frame;
    const following = loads.physical[last + 1];
    return following === undefined ? undefined : Math.floor(following / pageSize);
  });
}

interface Piece {
  /** Bytes that this answer speaks of. */
  readonly length: number;
  readonly read: ByteRead;
}

// A page at the edge of a segment: the pieces are put together; a page with no data at all has the first reason.
function joinPieces(
  source: ByteSource,
  loads: LoadTable,
  reach: Float64Array,
  address: number,
  size: number,
): ByteRead {
  const bytes = Buffer.alloc(size);
  let missing: Missing | undefined;
  let isAnyData = false;
  for (let done = 0, steps = 0; done < size && steps < 256; steps += 1) {
    const piece = readPiece(source, loads, reach, address + done, size - done);
    if (piece.read.kind === 'data') {
      piece.read.bytes.copy(bytes, done);
      isAnyData = true;
    } else {
      missing ??= piece.read;
    }
    done += Math.max(1, piece.length);
  }
  if (isAnyData && missing?.kind !== 'beyond-end') return { kind: 'data', bytes };
  return missing ?? { kind: 'data', bytes };
}

function readPiece(
  source: ByteSource,
  loads: LoadTable,
  reach: Float64Array,
  address: number,
  length: number,
): Piece {
  let best: Piece | undefined;
  const last = lastAtOrBelow(loads.physical, loads.count, address);
  for (let index = last; index >= 0 && last - index < overlapLimit; index -= 1) {
    if ((reach[index] ?? 0) <= address) break;
    const within = address - (loads.physical[index] ?? 0);
    const fileSize = loads.fileSize[index] ?? 0;
    const memorySize = loads.memorySize[index] ?? 0;
    if (within < fileSize) {
      const count = Math.min(length, fileSize - within);
      const bytes = source.read((loads.offset[index] ?? 0) + within, count);
      if (bytes.length === count) return { length: count, read: { kind: 'data', bytes } };
      best = { length: count, read: { kind: 'beyond-end' } };
    } else if (within < memorySize) {
      // makedumpfile -E writes excluded runs as memory without file bytes.
      best ??= { length: Math.min(length, memorySize - within), read: { kind: 'excluded' } };
    }
  }
  if (best) return best;
  const next = loads.physical[last + 1] ?? Number.POSITIVE_INFINITY;
  return { length: Math.min(length, next - address), read: { kind: 'not-ram' } };
}

/** Index of the last value that is not above `wanted` among the first `count` sorted values; -1 when all are above. */
export function lastAtOrBelow(
  sorted: { readonly [index: number]: number },
  count: number,
  wanted: number,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
