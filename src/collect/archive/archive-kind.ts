import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { ByteQueue } from '../../std/byte-queue.ts';
import { unpackXz } from '../../std/xz.ts';
import { ZstdFrameSplitter } from '../../std/zstd-frames.ts';
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

/**
 * A small packed file unpacked in memory, whole, at most `limitBytes`; undefined when it is larger, damaged or of a kind
 * that is not unpacked here.
 */
export function unpackSmall(
  kind: ArchiveKind,
  bytes: Buffer,
  limitBytes: number,
): Buffer | undefined {
  try {
    if (kind === 'gz') return gunzipSync(bytes, { maxOutputLength: limitBytes });
    if (kind === 'zst') return unpackFrames(bytes, limitBytes);
    if (kind === 'xz') return unpackStreams(bytes, limitBytes);
    return kind === 'tar' && bytes.length <= limitBytes ? bytes : undefined;
  } catch {
    return undefined; // the caller says that it could not be looked into
  }
}

// Node stops after the first frame: what stands in the next ones must not go by unseen.
function unpackFrames(bytes: Buffer, limitBytes: number): Buffer {
  const splitter = new ZstdFrameSplitter(bytes.length);
  const whole = new ByteQueue();
  for (const frame of splitter.push(bytes))
    whole.append(zstdDecompressSync(frame, { maxOutputLength: limitBytes - whole.length }));
  splitter.end();
  return whole.bytes;
}

// One .xz file may be several streams, with zeros between them (The .xz File Format 1.2.1, section 2.2).
function unpackStreams(bytes: Buffer, limitBytes: number): Buffer {
  const whole = new ByteQueue();
  for (let at = 0; at < bytes.length; ) {
    const stream = unpackXz(bytes.subarray(at), limitBytes - whole.length);
    whole.append(stream.bytes);
    at += stream.length;
    while (bytes[at] === 0) at += 1;
  }
  return whole.bytes;
}
