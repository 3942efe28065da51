import { once } from 'node:events';
import {
  constants,
  createGunzip,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { ZstdFrameSplitter } from '../../std/zstd-frames.ts';

/** Names of the compressions a bundle can have, as in `--format` and the file name. */
export const codecNames = ['zst', 'gz'] as const;
export type CodecName = (typeof codecNames)[number];

/** A stream of frames on its way back to bytes; `push` and `end` reject on damage. */
export interface Decompressor {
  push(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** A compression whose outputs can be put one behind the other: zstd frames, gzip members. */
export interface Codec {
  readonly name: CodecName;
  /**
   * One whole frame with a checksum. Synchronous on purpose: blocks are small, and each thread that compresses
   * keeps megabytes of its own.
   */
  compress(bytes: Buffer): Buffer;
  /** The bytes of one frame. */
  decompress(frame: Buffer): Buffer;
  /** The bytes of all frames, handed to `onData` in order. */
  decompressor(onData: (bytes: Buffer) => void): Decompressor;
}

// Level 7 gives an archive as small as xz -3 at a tenth of its time (docs/benchmarks.md).
const zstdParams = {
  [constants.ZSTD_c_compressionLevel]: 7,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/** No frame of ours is larger, raw or compressed: a bound on what a hostile one may make us allocate. */
const mostFrameBytes = 64 * 1024 * 1024;

/** Output is gathered in pieces of this size; more than one would be copied together. No block of ours is larger raw. */
const outputBytes = 1024 * 1024 + 64 * 1024;

const zstdCodec: Codec = {
  name: 'zst',
  // A copy, since what zlib gives is the beginning of a piece of `outputBytes`, and frames are kept for long.
  compress: (bytes) =>
    Buffer.from(zstdCompressSync(bytes, { params: zstdParams, chunkSize: outputBytes })),
  decompress: (frame) =>
    zstdDecompressSync(frame, { maxOutputLength: mostFrameBytes, chunkSize: outputBytes }),
  decompressor(onData) {
    const splitter = new ZstdFrameSplitter(mostFrameBytes);
    return {
      async push(bytes) {
        for (const frame of splitter.push(bytes)) onData(zstdCodec.decompress(frame));
      },
      async end() {
        splitter.end();
      },
    };
  },
};

const gzipCodec: Codec = {
  name: 'gz',
  compress: (bytes) => gzipSync(bytes, { level: 6 }),
  decompress: (member) => gunzipSync(member, { maxOutputLength: mostFrameBytes }),
  decompressor(onData) {
    const stream = createGunzip();
    const ended = once(stream, 'end');
    ended.catch(() => undefined); // push and end await it
    stream.on('data', onData);
    return {
      async push(bytes) {
        if (!stream.write(Buffer.from(bytes))) await Promise.race([once(stream, 'drain'), ended]);
      },
      async end() {
        stream.end();
        await ended;
      },
    };
  },
};

/** The codec of a name. */
export function codecOf(name: CodecName): Codec {
  return name === 'gz' ? gzipCodec : zstdCodec;
}
