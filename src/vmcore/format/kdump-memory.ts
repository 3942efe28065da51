import type { ByteSource } from '../../model/byte-source.ts';
import { createLru } from '../../std/lru.ts';
import type { ByteRead } from './byte-read.ts';
import { type FrameBitmap, frameBitmap } from './frame-bitmap.ts';
import type { KdumpHeader } from './kdump-header.ts';
import { decompressPage } from './page-codec.ts';
import { type PhysicalMemory, pagedMemory } from './physical-memory.ts';

/** Bytes of a page descriptor: offset u64, size u32, flags u32, page_flags u64. */
export const descriptorSize = 24;

/** Where a page is stored. */
export interface PageDescriptor {
  readonly offset: number;
  readonly size: number;
  readonly flags: number;
}

/** One file of kdump format: the whole dump, or one part of a split set. */
export interface KdumpPart {
  readonly source: ByteSource;
  readonly header: KdumpHeader;
  /** Frames that exist in the machine. */
  readonly ram: FrameBitmap;
  /** Frames that are stored. */
  readonly stored: FrameBitmap;
  /** Frames that this file is responsible for. */
  readonly start: number;
  readonly end: number;
  /** How many descriptors this file uses. */
  readonly descriptors: number;
}

/** Opens the bitmaps of a kdump file whose header is sound. */
export function openKdumpPart(source: ByteSource, header: KdumpHeader): KdumpPart {
  const { blockSize, bitmapBlocks, frames } = header;
  const bitmapAt = (1 + header.subHeaderBlocks) * blockSize;
  const half = (bitmapBlocks / 2) * blockSize;
  // Old diskdump has one bitmap, for what exists and what is stored alike.
  const isSingle = frames > half * 8;
  const ram = frameBitmap(source, bitmapAt, frames);
  const stored = isSingle ? ram : frameBitmap(source, bitmapAt + half, frames);
  const isSplit = header.sub?.isSplit === true;
  const start = isSplit ? Math.min(header.sub?.startFrame ?? 0, frames) : 0;
  const end = isSplit ? Math.min(header.sub?.endFrame ?? frames, frames) : frames;
  const descriptors = Math.max(0, stored.rank(end) - stored.rank(start));
  return { source, header, ram, stored, start, end, descriptors };
}

/** Memory of one kdump file, or of the parts of a split set together; parts that are not given are missing. */
export function kdumpMemory(parts: readonly KdumpPart[]): PhysicalMemory {
  const first = parts[0];
  if (!first) throw new RangeError('kdumpMemory needs at least one part');
  const { blockSize, frames } = first.header;
  const readers = parts.map((part) => ({ part, read: pageReader(part) }));
  const readPage = (frame: number): ByteRead => {
    const isStored = first.stored.has(frame);
    if (isStored === undefined) return { kind: 'beyond-end' };
    if (!isStored) return { kind: first.ram.has(frame) ? 'excluded' : 'not-ram' };
    const reader = readers.find(({ part }) => frame >= part.start && frame < part.end);
    return reader ? reader.read(frame) : { kind: 'beyond-end' };
  };
  return pagedMemory(blockSize, frames * blockSize, readPage, (frame) => first.stored.next(frame));
}

function pageReader(part: KdumpPart): (frame: number) => ByteRead {
  const { header, source, stored } = part;
  const perBlock = 170;
  const blocks = createLru<number, Buffer>(256);
  const rankOfStart = stored.rank(part.start);
  const descriptor = (rank: number): PageDescriptor | undefined => {
    const index = Math.floor(rank / perBlock);
    let block = blocks.get(index);
    if (!block) {
      const at = header.descriptorsAt + index * perBlock * descriptorSize;
      block = source.read(at, perBlock * descriptorSize);
      blocks.set(index, block);
    }
    return readDescriptor(block, (rank % perBlock) * descriptorSize, header.isLittleEndian);
  };
  return (frame) => {
    const found = descriptor(stored.rank(frame) - rankOfStart);
    // makedumpfile leaves offset 0 in descriptors of pages that it did not come to write.
    if (!found || found.offset === 0) return { kind: 'beyond-end' };
    if (found.size === 0 || found.size > header.blockSize) {
      return { kind: 'damaged', why: `its descriptor says ${found.size} bytes` };
    }
    const bytes = source.read(found.offset, found.size);
    if (bytes.length < found.size) return { kind: 'beyond-end' };
    const page = decompressPage(bytes, found.flags, header.blockSize);
    return typeof page === 'string'
      ? { kind: 'damaged', why: page }
      : { kind: 'data', bytes: page };
  };
}

/** Decodes the descriptor at `at`; undefined when the bytes end before. */
export function readDescriptor(
  bytes: Buffer,
  at: number,
  isLittleEndian: boolean,
): PageDescriptor | undefined {
  if (at + descriptorSize > bytes.length) return undefined;
  const u32 = (offset: number) =>
    isLittleEndian ? bytes.readUInt32LE(at + offset) : bytes.readUInt32BE(at + offset);
  const high = u32(isLittleEndian ? 4 : 0);
  const low = u32(isLittleEndian ? 0 : 4);
  const offset = high >= 2 ** 21 ? Number.MAX_SAFE_INTEGER : high * 2 ** 32 + low;
  return { offset, size: u32(8), flags: u32(12) };
}
