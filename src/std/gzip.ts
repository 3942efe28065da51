import { crc32, inflateRawSync } from 'node:zlib';
import type { Unpacked } from './unpacked.ts';

// Node makes 16 KiB at a time unless told, and puts the pieces together in the end.
const pieceBytes = 256 * 1024;
const headerBytes = 10;
const trailerBytes = 8;
// Flags of the header (RFC 1952, section 2.3.1).
const hasHeaderChecksum = 2;
const hasExtra = 4;
const hasName = 8;
const hasComment = 16;

/** Unpacks the gzip member that begins here and no further: Node's own decompressor takes what follows for damage. Throws on damage. */
export function unpackGzip(bytes: Buffer, mostBytes: number): Unpacked {
  const start = headerLength(bytes);
  // With `info` the answer tells how far it read.
  const { buffer, engine } = inflateRawSync(bytes.subarray(start), {
    maxOutputLength: mostBytes,
    chunkSize: pieceBytes,
    info: true,
  }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  const end = start + engine.bytesWritten;
  if (end + trailerBytes > bytes.length) throw new Error('gzip is cut short');
  if (bytes.readUInt32LE(end) !== crc32(buffer) || bytes.readUInt32LE(end + 4) !== buffer.length)
    throw new Error('what gzip holds does not match its checksum');
  return { bytes: buffer, length: end + trailerBytes };
}

function headerLength(bytes: Buffer): number {
  if (bytes.length < headerBytes) throw new Error('gzip is cut short');
  if (bytes.readUIntBE(0, 3) !== 0x1f8b08) throw new Error('this is not gzip');
  const flags = bytes[3] as number;
  let at = headerBytes;
  if (flags & hasExtra) at += at + 2 <= bytes.length ? 2 + bytes.readUInt16LE(at) : 2;
  for (const flag of [hasName, hasComment]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new Error('gzip is cut short');
    at = end + 1;
  }
  return at + (flags & hasHeaderChecksum ? 2 : 0);
}
