import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Codec } from './codec.ts';

/** How an archive is packed. */
export type ArchiveKind = 'zst' | 'gz' | 'xz' | 'bz2' | 'tar';

/** Tells from the first 512 bytes how a file is packed; undefined when it is no archive that we know. */
export function judgeArchiveKind(head: Buffer): ArchiveKind | undefined {
  const starts = (...bytes: readonly number[]) =>
    bytes.every((byte, index) => head[index] === byte);
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zst';
  if (starts(0x1f, 0x8b)) return 'gz';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) return 'xz';
  if (starts(0x42, 0x5a, 0x68)) return 'bz2';
  return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

/** For what is not compressed, or was decompressed by somebody else. */
export const plainCodec: Pick<Codec, 'decompressor'> = {
  decompressor: (onData) => ({
    async push(bytes) {
      onData(Buffer.from(bytes));
    },
    async end() {},
  }),
};

/** A small packed file unpacked in memory, at most `limitBytes`; undefined when it is larger, damaged or of a kind Node does not unpack. */
export function unpackSmall(
  kind: ArchiveKind,
  bytes: Buffer,
  limitBytes: number,
): Buffer | undefined {
  try {
    if (kind === 'gz') return gunzipSync(bytes, { maxOutputLength: limitBytes });
    if (kind === 'zst') return zstdDecompressSync(bytes, { maxOutputLength: limitBytes });
    return kind === 'tar' && bytes.length <= limitBytes ? bytes : undefined;
  } catch {
    return undefined; // the caller says that it could not be looked into
  }
}
