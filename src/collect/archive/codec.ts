import { once } from 'node:events';
import { promisify } from 'node:util';
import { constants, createGunzip, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
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
  /** One whole frame with a checksum, made off the main thread. */
  compress(bytes: Buffer): Promise<Buffer>;
  /** The bytes of one frame. */
  decompress(frame: Buffer): Promise<Buffer>;
  /** The bytes of all frames, handed to `onData` in order. */
  decompressor(onData: (bytes: Buffer) => void): Decompressor;
}

const compressZstd = promisify(zstdCompress);
const decompressZstd = promisify(zstdDecompress);
const compressGzip = promisify(gzip);
const decompressGzip = promisify(gunzip);

// Level 7 costs about twice level 3's time and gives an archive no larger than xz -3 does (docs/benchmarks.md).
const zstdParams = {
  [constants.ZSTD_c_compressionLevel]: 7,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/** No frame of ours is larger, raw or compressed: a bound on what a hostile one may make us allocate. */
const mostFrameBytes = 64 * 1024 * 1024;

const zstdCodec: Codec = {
  name: 'zst',
  compress: (bytes) => compressZstd(bytes, { params: zstdParams }),
  decompress: (frame) => decompressZstd(frame, { maxOutputLength: mostFrameBytes }),
  decompressor(onData) {
    const splitter = new ZstdFrameSplitter(mostFrameBytes);
    return {
      async push(bytes) {
        // A copy: the pusher uses its buffer again.
        for (const frame of splitter.push(Buffer.from(bytes)))
          onData(await zstdCodec.decompress(frame));
      },
      async end() {
        splitter.end();
      },
    };
  },
};

const gzipCodec: Codec = {
  name: 'gz',
  compress: (bytes) => compressGzip(bytes, { level: 6 }),
  decompress: (member) => decompressGzip(member, { maxOutputLength: mostFrameBytes }),
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
