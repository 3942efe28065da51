import { ByteReader, DecodeError } from '../std/byte-reader.ts';

/** What the outside of a zstd frame says, and how long it really is. */
export interface FrameShape {
  readonly contentSize: number;
  readonly windowSize: number;
  readonly hasChecksum: boolean;
  /** Bytes from the magic to the end of the checksum. */
  readonly packedLength: number;
}

// RFC 8878, 3.1.1
const magic = 0xfd2fb528;
const maxWindowBytes = 128 * 1024 * 1024;

/**
 * Walks the headers of one zstd frame without decompressing: a string when it is no frame, or none that a set may hold.
 * This is what keeps a hostile chunk from being larger inside than its manifest says.
 */
export function parseFrameShape(bytes: Buffer): FrameShape | string {
  try {
    return walkFrame(new ByteReader(bytes, { name: 'frame' }));
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

function walkFrame(reader: ByteReader): FrameShape {
  if (reader.u32() !== magic) throw reader.error('expected the magic of a zstd frame');
  const descriptor = reader.u8();
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  if ((descriptor & 0x08) !== 0) throw reader.error('expected the reserved bit to be 0');
  if ((descriptor & 0x03) !== 0) throw reader.error('expected a frame without dictionary');
  const window = isSingleSegment ? undefined : windowOf(reader.u8());
  const contentSize = readContentSize(reader, descriptor >> 6, isSingleSegment);
  const windowSize = window ?? contentSize;
  if (windowSize > maxWindowBytes) throw reader.error(`expected a window of at most 128 MiB`);
  skipBlocks(reader);
  if (hasChecksum) reader.skip(4);
  return { contentSize, windowSize, hasChecksum, packedLength: reader.position };
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function readContentSize(reader: ByteReader, flag: number, isSingleSegment: boolean): number {
  switch (flag) {
    case 0:
      if (!isSingleSegment) throw reader.error('expected the content size in the header');
      return reader.u8();
    case 1:
      return reader.u16() + 256;
    case 2:
      return reader.u32();
    default:
      return reader.size64();
  }
}

function skipBlocks(reader: ByteReader): void {
  for (let isLast = false; !isLast; ) {
    const header = reader.u8() | (reader.u16() << 8);
    isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === 3) throw reader.error('expected a block of a known type');
    // A run-length block is one byte, whatever it stands for.
    reader.skip(type === 1 ? 1 : header >> 3);
  }
}
