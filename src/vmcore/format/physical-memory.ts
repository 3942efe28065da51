import { createLru } from '../../std/lru.ts';
import type { ByteRead } from './byte-read.ts';

/** The dumped machine's memory by physical address. */
export interface PhysicalMemory {
  /** Bytes per page of this view (a power of two). */
  readonly pageSize: number;
  /** One past the highest address that may hold memory. */
  readonly end: number;
  /** The lowest address at or above this one where memory may be; undefined when there is none. */
  next(address: number): number | undefined;
  /** At most some MiB; the first page that is not data decides the answer. */
  read(address: number, length: number): ByteRead;
}

/** Pages kept by one view of memory, in bytes: enough for page tables and the tables of symbols, small beside Node itself. */
const cacheBytes = 16 * 1024 * 1024;

/** Longest single read; nothing in a kernel that we look at is longer. */
export const readLimit = 64 * 1024 * 1024;

/** Physical memory from a function that gives one page, with the pages used last kept. */
export function pagedMemory(
  pageSize: number,
  end: number,
  readPage: (frame: number) => ByteRead,
  nextFrame: (frame: number) => number | undefined,
): PhysicalMemory {
  const cache = createLru<number, ByteRead>(Math.max(16, Math.floor(cacheBytes / pageSize)));
  const page = (frame: number): ByteRead => {
    const kept = cache.get(frame);
    if (kept) return kept;
    const read = readPage(frame);
    cache.set(frame, read);
    return read;
  };
  return {
    pageSize,
    end,
    next(address) {
      const frame = nextFrame(Math.ceil(address / pageSize));
      return frame === undefined || frame * pageSize >= end ? undefined : frame * pageSize;
    },
    read(address, length) {
      if (!Number.isSafeInteger(address) || address < 0 || address + length > end) {
        return { kind: 'not-ram' };
      }
      if (length > readLimit) return { kind: 'not-ram' };
      const within = address % pageSize;
      if (within + length <= pageSize) {
        const read = page(Math.floor(address / pageSize));
        return read.kind === 'data'
          ? { kind: 'data', bytes: read.bytes.subarray(within, within + length) }
          : read;
      }
      return readPages(page, pageSize, address, length);
    },
  };
}

function readPages(
  page: (frame: number) => ByteRead,
  pageSize: number,
  address: number,
  length: number,
): ByteRead {
  // Taken only when the first page is there, so that a hostile length costs nothing.
  let bytes: Buffer | undefined;
  for (let done = 0; done < length; ) {
    const at = address + done;
    const within = at % pageSize;
    const count = Math.min(pageSize - within, length - done);
    const read = page(Math.floor(at / pageSize));
    if (read.kind !== 'data') return read;
    bytes ??= Buffer.allocUnsafe(length);
    read.bytes.copy(bytes, done, within, within + count);
    done += count;
  }
  return { kind: 'data', bytes: bytes ?? Buffer.alloc(0) };
}
