import { zstdDecompressSync } from 'node:zlib';
import type { ByteSource } from '../model/byte-source.ts';
import type { ByteRange, Chunk, Frame } from './chunk-set.ts';
import { parseFrameShape } from './frame-header.ts';

/** The original of a set that was not joined, as random-access bytes. */
export interface ChunkSource extends ByteSource {
  /** Ranges that turned out to be missing or damaged so far; a read ends short where one begins. */
  readonly unread: readonly ByteRange[];
}

/** What a source needs of a set. */
export interface ChunkSourceSet {
  readonly chunks: readonly Chunk[];
  /** For messages. */
  readonly name: string;
  /** Bytes of the original; for an unfinished set, as far as its chunks go. */
  readonly bytes: number;
}

// Analysis jumps between a few regions; 16 frames of 4 MiB hold those, and the memory stays small.
const cachedBytes = 64 * 1024 * 1024;

/**
 * Reads any range through the seek table, unpacking only the frames it touches. `open` gives the bytes of a chunk by name,
 * or undefined where it is missing. Each frame is held against its own checksum; digests are not computed.
 */
export function openChunkSource(
  set: ChunkSourceSet,
  open: (name: string) => ByteSource | undefined,
): ChunkSource {
  const places = set.chunks.flatMap((chunk) => chunk.frames.map((frame) => ({ chunk, frame })));
  const files = new Map<string, ByteSource | undefined>();
  const cache = new Map<number, Buffer>();
  const unread: ByteRange[] = [];
  let cacheSize = 0;

  function fileOf(name: string): ByteSource | undefined {
    if (!files.has(name)) files.set(name, open(name));
    return files.get(name);
  }

  function frameAt(index: number): Buffer | undefined {
    const cached = cache.get(index);
    if (cached !== undefined) {
      // Last used, last dropped.
      cache.delete(index);
      cache.set(index, cached);
      return cached;
    }
    const place = places[index];
    if (place === undefined) return undefined;
    const file = fileOf(place.chunk.name);
    const bytes = file === undefined ? undefined : unpackFrame(file, place.frame);
    if (bytes === undefined) {
      const { offset, length } = place.frame;
      if (!unread.some((range) => range.offset === offset)) unread.push({ offset, length });
      return undefined;
    }
    cache.set(index, bytes);
    cacheSize += bytes.length;
    for (const [oldest, dropped] of cache) {
      if (cacheSize <= cachedBytes || oldest === index) break;
      cache.delete(oldest);
      cacheSize -= dropped.length;
    }
    return bytes;
  }

  return {
    name: set.name,
    size: set.bytes,
    unread,
    read(offset, length) {
      const end = Math.min(set.bytes, offset + length);
      const pieces: Buffer[] = [];
      let position = offset;
      for (let index = findFrame(places, offset); position < end && index >= 0; index += 1) {
        const bytes = frameAt(index);
        const frame = places[index]?.frame;
        if (bytes === undefined || frame === undefined) break;
        const piece = bytes.subarray(position - frame.offset, end - frame.offset);
        pieces.push(piece);
        position += piece.length;
      }
      const [only] = pieces;
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    },
    close() {
      for (const file of files.values()) file?.close();
      files.clear();
      cache.clear();
    },
  };
}

// Index of the frame that holds a byte; -1 when none does.
function findFrame(places: readonly { readonly frame: Frame }[], offset: number): number {
  if (offset < 0) return -1;
  let low = 0;
  let high = places.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const frame = places[middle]?.frame;
    if (frame === undefined) return -1;
    if (offset < frame.offset) high = middle - 1;
    else if (offset >= frame.offset + frame.length) low = middle + 1;
    else return middle;
  }
  return -1;
}

function unpackFrame(file: ByteSource, frame: Frame): Buffer | undefined {
  const packed = file.read(frame.packedOffset, frame.packedLength);
  const shape = parseFrameShape(packed);
  if (typeof shape === 'string' || shape.contentSize !== frame.length) return undefined;
  if (shape.packedLength !== frame.packedLength || packed.length !== frame.packedLength) {
    return undefined;
  }
  try {
    const bytes = zstdDecompressSync(packed, {
      maxOutputLength: frame.length + 1,
      chunkSize: Math.max(64, frame.length),
    });
    return bytes.length === frame.length ? bytes : undefined;
  } catch {
    // A damaged frame reads as missing; `unread` lists it.
    return undefined;
  }
}
