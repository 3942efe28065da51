import type { ByteSource } from '../../model/byte-source.ts';
import { lastAtOrBelow } from './elf-memory.ts';

/** A flattened stream (`makedumpfile -F`) seen as the file that it would become. */
export interface FlattenedDump {
  readonly source: ByteSource;
  /** True when the end flag was read: the writer finished and nothing was cut off. */
  readonly hasEnd: boolean;
  readonly records: number;
  readonly problems: readonly string[];
}

/** Size of the stream's own header (makedumpfile.h, MAX_SIZE_MDF_HEADER). */
const headerSize = 4096;

/** Records kept at most, 60 bytes each: enough for a stream of 75 GB, whose records are about 50 kB. */
const maximumRecords = 1_500_000;

/** True when the first bytes are the signature, type 1, version 1 of a flattened stream; always big-endian. */
export function isFlattened(head: Buffer): boolean {
  return (
    head.length >= 32 &&
    head.toString('latin1', 0, 16) === 'makedumpfile\0\0\0\0' &&
    head.readBigInt64BE(16) === 1n &&
    head.readBigInt64BE(24) === 1n
  );
}

/** Indexes the records of a flattened stream (headers only) and offers the rebuilt file. */
export function openFlattened(source: ByteSource): FlattenedDump {
  const index = indexRecords(source);
  const extents = resolveOverlaps(index);
  let size = 0;
  for (let at = 0; at < index.count; at += 1) {
    size = Math.max(size, (index.target[at] ?? 0) + (index.size[at] ?? 0));
  }
  const read = (offset: number, length: number): Buffer => {
    const wanted = Math.max(0, Math.min(length, size - offset));
    if (!(wanted > 0) || offset < 0) return Buffer.alloc(0);
    const bytes = Buffer.alloc(wanted);
    let next = Math.max(0, lastAtOrBelow(extents.start, extents.count, offset));
    let filled = 0;
    for (; filled < wanted && next < extents.count; ) {
      const [start = 0, end = 0] = [extents.start[next], extents.end[next]];
      const at = offset + filled;
      if (start >= offset + wanted) break;
      if (end <= at) {
        next += 1;
        continue;
      }
      if (start > at) {
        // A hole: zeroes in a finished stream, missing in a cut one.
        if (!index.hasEnd) break;
        filled = start - offset;
        continue;
      }
      const count = Math.min(end - at, wanted - filled);
      const part = source.read((extents.from[next] ?? 0) + (at - start), count);
      part.copy(bytes, filled);
      filled += part.length;
      if (part.length < count) return bytes.subarray(0, filled);
      next += 1;
    }
    return filled === wanted || index.hasEnd ? bytes : bytes.subarray(0, filled);
  };
  return {
    source: { name: source.name, size, read, close: () => source.close() },
    hasEnd: index.hasEnd,
    records: index.count,
    problems: index.problems,
  };
}

interface RecordIndex {
  readonly count: number;
  /** Offset in the rebuilt file. */
  readonly target: Float64Array;
  readonly size: Float64Array;
  /** Offset of the data in the stream. */
  readonly from: Float64Array;
  readonly hasEnd: boolean;
  readonly problems: readonly string[];
}

function indexRecords(source: ByteSource): RecordIndex {
  // Room for as many records as can be; the system gives pages only where something is written.
  const room = Math.min(maximumRecords, Math.max(0, Math.ceil(source.size / 17)));
  const target = new Float64Array(room);
  const size = new Float64Array(room);
  const from = new Float64Array(room);
  let count = 0;
  const problems: string[] = [];
  let hasEnd = false;
  let at = headerSize;
  // A window, because the headers of small records lie close together.
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  while (count < room) {
    if (at < windowAt || at + 16 > windowAt + window.length) {
      window = source.read(at, 4096);
      windowAt = at;
    }
    const here = at - windowAt;
    if (here + 16 > window.length) {
      problems.push(
        `The flattened stream ends without its end mark, after ${count} records: it was cut off.`,
      );
      break;
    }
    // As two halves: a million bigints would only be garbage.
    const offset = window.readInt32BE(here) * 2 ** 32 + window.readUInt32BE(here + 4);
    const length = window.readInt32BE(here + 8) * 2 ** 32 + window.readUInt32BE(here + 12);
    if (offset === -1 && length === -1) {
      hasEnd = true;
      break;
    }
    const limit = 2 ** 52;
    if (offset < 0 || length <= 0 || offset >= limit || length >= limit) {
      problems.push(`Record ${count} of the flattened stream, at byte ${at}, is damaged.`);
      break;
    }
    // The data of the last record may be cut: what is there is used.
    const available = Math.min(length, source.size - at - 16);
    if (available > 0) {
      target[count] = offset;
      size[count] = available;
      from[count] = at + 16;
      count += 1;
    }
    at += 16 + length;
  }
  if (count >= maximumRecords) {
    problems.push(`Only the first ${maximumRecords} records of the flattened stream are used.`);
  }
  return {
    count,
    target,
    size,
    from,
    hasEnd,
    problems,
  };
}

/** Columns, sorted by start and without overlap. */
interface Extents {
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly from: Float64Array;
  count: number;
}

/** Pieces that overlaps may add; real streams rewrite a few headers. What a hostile one has beyond reads as missing. */
const overlapLimit = 65_536;

// Later records overwrite earlier ones. A sweep over the record starts and ends keeps a heap of the records that
// cover the current position, the latest on top; the result is sorted and without overlap.
function resolveOverlaps({ count, target, size, from }: RecordIndex): Extents {
  const order = new Uint32Array(count).map((_, index) => index);
  order.sort((a, b) => (target[a] ?? 0) - (target[b] ?? 0) || a - b);
  const endOf = (record: number) => (target[record] ?? 0) + (size[record] ?? 0);
  const room = count + overlapLimit;
  const column = () => new Float64Array(room);
  const extents: Extents = { start: column(), end: column(), from: column(), count: 0 };
  const heap = createMaxHeap();
  const emit = (record: number, start: number, end: number) => {
    if (end <= start || extents.count >= room) return;
    extents.start[extents.count] = start;
    extents.end[extents.count] = end;
    extents.from[extents.count] = (from[record] ?? 0) + (start - (target[record] ?? 0));
    extents.count += 1;
  };
  let position = 0;
  const advance = (until: number) => {
    for (let top = heap.top(); top !== undefined && position < until; top = heap.top()) {
      const end = Math.min(endOf(top), until);
      emit(top, position, end);
      position = Math.max(position, end);
      if (endOf(top) <= position) heap.pop();
    }
    position = until;
  };
  for (const record of order) {
    advance(target[record] ?? 0);
    heap.push(record);
  }
  advance(Number.POSITIVE_INFINITY);
  return extents;
}

function createMaxHeap() {
  const items: number[] = [];
  const at = (index: number) => items[index] ?? -1;
  const swap = (a: number, b: number) => {
    [items[a], items[b]] = [at(b), at(a)];
  };
  return {
    top: (): number | undefined => items[0],
    push(value: number): void {
      items.push(value);
      for (let index = items.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1;
        if (at(parent) >= at(index)) break;
        swap(index, parent);
        index = parent;
      }
    },
    pop(): void {
      const last = items.pop();
      if (items.length === 0 || last === undefined) return;
      items[0] = last;
      for (let index = 0; ; ) {
        const left = 2 * index + 1;
        const child = left + 1 < items.length && at(left + 1) > at(left) ? left + 1 : left;
        if (child >= items.length || at(index) >= at(child)) break;
        swap(index, child);
        index = child;
      }
    },
  };
}
