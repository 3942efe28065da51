import { ByteReader } from './byte-reader.ts';
import { decompressLzo1x } from './lzo1x.ts';
import type { Unpacked } from './unpacked.ts';

const magic = Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a]);
const mostBlockBytes = 64 * 1024 * 1024;
// Flags of the header and the version from which on it has all fields (linux/lib/decompress_unlzo.c).
const hasFilter = 0x800;
const hasChecksum = 0x1 | 0x100;
const hasPackedChecksum = 0x2 | 0x200;
const fullHeader = 0x940;

/** Unpacks what `lzop` writes: blocks, each with both its lengths and checksums. Throws on damage. */
export function unpackLzop(bytes: Buffer, mostBytes: number): Unpacked {
  const reader = new ByteReader(bytes, { name: 'lzop', isLittleEndian: false });
  const flags = skipHeader(reader);
  const pieces: Buffer[] = [];
  let total = 0;
  for (let size = reader.u32(); size !== 0; size = reader.u32()) {
    const packed = reader.u32();
    total += size;
    if (size > mostBlockBytes || packed > size || total > mostBytes)
      throw reader.error('a block of a possible size');
    if (flags & hasChecksum) reader.skip(4);
    if (flags & hasPackedChecksum && packed < size) reader.skip(4);
    const stored = reader.take(packed);
    const piece = packed === size ? stored : decompressLzo1x(stored, size);
    if (piece?.length !== size) throw reader.error(`a block that unpacks to ${size} bytes`);
    pieces.push(piece);
  }
  return { bytes: Buffer.concat(pieces), length: reader.position };
}

function skipHeader(reader: ByteReader): number {
  if (!reader.take(magic.length).equals(magic)) throw reader.error('lzop');
  const version = reader.u16();
  const isFull = version >= fullHeader;
  reader.skip(isFull ? 4 : 2);
  reader.skip(isFull ? 2 : 1);
  const flags = reader.u32();
  if (flags & hasFilter) reader.skip(4);
  reader.skip(isFull ? 12 : 8);
  reader.skip(reader.u8());
  reader.skip(4);
  return flags;
}
