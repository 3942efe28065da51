import { crc32 } from 'node:zlib';
import { LzmaDecoder } from './lzma.ts';
import type { Unpacked } from './unpacked.ts';
import { UnsupportedFormat } from './unsupported-format.ts';

const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const footerMagic = 'YZ';
const headerBytes = 12;
const lzma2Filter = 0x21;
// The size of a block's check by its kind (The .xz File Format 1.2.1, section 2.1.1.2).
const checkBytes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const crc32Check = 1;

/** Unpacks one .xz stream: its blocks, index and footer. Throws on damage, `UnsupportedFormat` on filters other than LZMA2. */
export function unpackXz(bytes: Buffer, mostBytes: number): Unpacked {
  if (bytes.length < headerBytes || !bytes.subarray(0, 6).equals(magic))
    throw new Error('this is not xz');
  const check = (bytes[7] as number) & 15;
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(6, 8)))
    throw new Error('the xz header does not match its checksum');
  const decoder = new LzmaDecoder(mostBytes);
  let at = headerBytes;
  while (byteAt(bytes, at) !== 0) at = readBlock(bytes, at, check, decoder);
  at = skipIndex(bytes, at);
  if (bytes.toString('latin1', at + 10, at + headerBytes) !== footerMagic)
    throw new Error('xz is cut short');
  return { bytes: decoder.output.subarray(0, decoder.length), length: at + headerBytes };
}

/** Unpacks the older .lzma format: 13 bytes of header, then LZMA to a size or an end marker. Throws on damage. */
export function unpackLzmaAlone(bytes: Buffer, mostBytes: number): Unpacked {
  if (bytes.length < 18) throw new Error('LZMA is cut short');
  const decoder = new LzmaDecoder(mostBytes);
  decoder.setProperties(byteAt(bytes, 0));
  const size = bytes.readBigUInt64LE(5);
  const known = size === 0xffff_ffff_ffff_ffffn ? undefined : Number(size);
  const length = decoder.decode(bytes, 13, known);
  return { bytes: decoder.output.subarray(0, decoder.length), length };
}

function readBlock(bytes: Buffer, start: number, check: number, decoder: LzmaDecoder): number {
  const headerEnd = start + (byteAt(bytes, start) + 1) * 4;
  if (headerEnd > bytes.length) throw new Error('xz is cut short');
  if (bytes.readUInt32LE(headerEnd - 4) !== crc32(bytes.subarray(start, headerEnd - 4)))
    throw new Error('an xz block does not match its checksum');
  const flags = byteAt(bytes, start + 1);
  let at = start + 2;
  if (flags & 0x40) at = readNumber(bytes, at).next;
  if (flags & 0x80) at = readNumber(bytes, at).next;
  const filter = readNumber(bytes, at).value;
  if ((flags & 3) !== 0 || filter !== lzma2Filter)
    throw new UnsupportedFormat('xz with a filter for machine code');

  const from = decoder.length;
  const end = decodeLzma2(bytes, headerEnd, decoder);
  const padded = end + ((4 - ((end - headerEnd) & 3)) & 3);
  const next = padded + (checkBytes[check] as number);
  if (next > bytes.length) throw new Error('xz is cut short');
  if (
    check === crc32Check &&
    bytes.readUInt32LE(padded) !== crc32(decoder.output.subarray(from, decoder.length))
  )
    throw new Error('what xz holds does not match its checksum');
  return next;
}

// Chunks of LZMA, or of bytes stored as they are; the first byte of each says which, and what is forgotten before it.
function decodeLzma2(bytes: Buffer, start: number, decoder: LzmaDecoder): number {
  let at = start;
  for (;;) {
    const control = byteAt(bytes, at);
    if (control === 0) return at + 1;
    if (at + 6 > bytes.length) throw new Error('xz is cut short');
    if (control === 1 || control >= 0xe0) decoder.resetDictionary();
    if (control < 0x80) {
      if (control > 2) throw new Error('an xz chunk of an unknown kind');
      const stored = bytes.readUInt16BE(at + 1) + 1;
      if (at + 3 + stored > bytes.length) throw new Error('xz is cut short');
      decoder.store(bytes.subarray(at + 3, at + 3 + stored));
      at += 3 + stored;
      continue;
    }
    const size = ((control & 0x1f) << 16) + bytes.readUInt16BE(at + 1) + 1;
    const packed = bytes.readUInt16BE(at + 3) + 1;
    const hasProperties = control >= 0xc0;
    if (hasProperties) decoder.setProperties(byteAt(bytes, at + 5));
    else if (control >= 0xa0) decoder.resetState();
    at += hasProperties ? 6 : 5;
    decoder.decode(bytes.subarray(at, at + packed), 0, size);
    at += packed;
  }
}

// The index lists the blocks once more; it is walked for its length alone.
function skipIndex(bytes: Buffer, start: number): number {
  const { value: count, next } = readNumber(bytes, start + 1);
  let at = next;
  for (let record = 0; record < count; record += 1)
    at = readNumber(bytes, readNumber(bytes, at).next).next;
  const end = at + ((4 - ((at - start) & 3)) & 3);
  if (end + 4 > bytes.length) throw new Error('xz is cut short');
  return end + 4;
}

// Seven bits at a time, the lowest first.
function readNumber(bytes: Buffer, start: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 7; index += 1) {
    const byte = byteAt(bytes, start + index);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new Error('a number in xz is too large');
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Error('xz is cut short');
  return byte;
}
