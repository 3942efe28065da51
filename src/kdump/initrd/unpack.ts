import { zstdDecompressSync } from 'node:zlib';
import { unpackGzip } from '../../std/gzip.ts';
import { unpackLegacyLz4 } from '../../std/lz4.ts';
import { unpackLzop } from '../../std/lzop.ts';
import type { Unpacked } from '../../std/unpacked.ts';
import { UnsupportedFormat } from '../../std/unsupported-format.ts';
import { unpackLzmaAlone, unpackXz } from '../../std/xz.ts';
import { zstdFrameLength } from '../../std/zstd-frames.ts';

// Node makes 16 KiB at a time unless told, and puts the pieces together in the end.
const pieceBytes = 256 * 1024;

type Unpack = (bytes: Buffer, mostBytes: number) => Unpacked;

// What the kernel unpacks (linux/lib/decompress.c), by its first bytes.
const formats: readonly (readonly [magic: string, unpack: Unpack])[] = [
  ['\x1f\x8b', unpackGzip],
  ['\x28\xb5\x2f\xfd', unpackZstd],
  ['\xfd7zXZ\0', unpackXz],
  ['\x5d\0\0', unpackLzmaAlone],
  ['\x89LZO', unpackLzop],
  ['\x02\x21\x4c\x18', unpackLegacyLz4],
  ['BZh', notOpened('bzip2')],
  ['\x04\x22\x4d\x18', notOpened("lz4's frame format, which the kernel does not unpack either")],
];

/** Unpacks the compressed part of an initrd that begins here. Throws on damage, `UnsupportedFormat` on what is not opened. */
export function unpackInitrd(bytes: Buffer, mostBytes: number): Unpacked {
  const format = formats.find(([magic]) => bytes.toString('latin1', 0, magic.length) === magic);
  if (!format)
    throw new Error('what follows is neither cpio nor a compression that the kernel knows');
  return format[1](bytes, mostBytes);
}

function notOpened(what: string): Unpack {
  return () => {
    throw new UnsupportedFormat(what);
  };
}

// One frame after the other: Node's own decompressor stops behind the first.
function unpackZstd(bytes: Buffer, mostBytes: number): Unpacked {
  const frames: Buffer[] = [];
  let total = 0;
  let at = 0;
  while (at + 4 <= bytes.length && isZstd(bytes, at)) {
    const length = zstdFrameLength(bytes.subarray(at));
    if (length === undefined || at + length > bytes.length) throw new Error('zstd is cut short');
    const frame = zstdDecompressSync(bytes.subarray(at, at + length), {
      maxOutputLength: mostBytes - total,
      chunkSize: pieceBytes,
    });
    frames.push(frame);
    total += frame.length;
    at += length;
  }
  return { bytes: frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames), length: at };
}

function isZstd(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at) === 0xfd2fb528;
}
