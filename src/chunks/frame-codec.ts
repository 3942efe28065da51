import {
  createZstdCompress,
  createZstdDecompress,
  constants as zlib,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

/** Packs and unpacks whole frames between buffers of the caller, on the calling thread. Not for use by two at once. */
export interface FrameCodec {
  /** Writes `plain` as one frame to the front of `packed`, which has room for `packedBound`; returns its length. */
  pack(plain: Uint8Array, packed: Uint8Array): number;
  /** Fills `plain` exactly from one frame; returns why not, or undefined when it was well. */
  unpack(packed: Uint8Array, plain: Uint8Array): string | undefined;
}

/** zstd parameters by number (`ZSTD_c_*`). */
export type ZstdParameters = Readonly<Record<number, number>>;

/**
 * A codec that keeps its zstd contexts and writes straight into the caller's memory. The public one-shot functions make a
 * context and a result buffer for each call, which costs 15 % more CPU on 4 MiB frames and 40 MiB of memory. What this
 * uses instead is the object behind every zlib stream; where a future Node has none, the public functions serve.
 */
export function createFrameCodec(parameters: ZstdParameters): FrameCodec {
  let compressor = openContext(() => createZstdCompress({ params: parameters }));
  let decompressor = openContext(() => createZstdDecompress());
  return {
    pack(plain, packed) {
      compressor ??= openContext(() => createZstdCompress({ params: parameters }));
      if (compressor === undefined) {
        const frame = zstdCompressSync(plain, { params: parameters, chunkSize: packed.length });
        packed.set(frame);
        return frame.length;
      }
      const { error, inputLeft, outputLeft } = compressor.run(plain, packed);
      if (error !== undefined || inputLeft !== 0) {
        compressor.close();
        compressor = undefined;
        throw new Error(`zstd left ${inputLeft} of ${plain.length} bytes: ${error ?? 'no reason'}`);
      }
      return packed.length - outputLeft;
    },
    unpack(packed, plain) {
      decompressor ??= openContext(() => createZstdDecompress());
      if (decompressor === undefined) return unpackPublicly(packed, plain);
      const { error, inputLeft, outputLeft } = decompressor.run(packed, plain);
      if (error === undefined && inputLeft === 0 && outputLeft === 0) return undefined;
      // The context stands in the middle of a broken frame: the next one gets a new context.
      decompressor.close();
      decompressor = undefined;
      return error ?? `expected ${plain.length} bytes, found ${plain.length - outputLeft}`;
    },
  };
}

function unpackPublicly(packed: Uint8Array, plain: Uint8Array): string | undefined {
  try {
    const bytes = zstdDecompressSync(packed, { maxOutputLength: plain.length + 1 });
    if (bytes.length !== plain.length)
      return `expected ${plain.length} bytes, found ${bytes.length}`;
    plain.set(bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Context {
  run(
    input: Uint8Array,
    output: Uint8Array,
  ): { error: string | undefined; inputLeft: number; outputLeft: number };
  close(): void;
}

// What lib/zlib.js of Node keeps behind a stream (processChunkSync uses the same call).
interface StreamWithHandle {
  readonly _handle?: {
    writeSync?(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  /** After a call: what is left of the output, of the input. */
  readonly _writeState?: Uint32Array;
  readonly errored?: Error | null;
  on(event: 'error', listener: () => void): unknown;
  close(): void;
}

function openContext(open: () => unknown): Context | undefined {
  const stream = open() as StreamWithHandle;
  const handle = stream._handle;
  const state = stream._writeState;
  if (typeof handle?.writeSync !== 'function' || state?.length !== 2) return undefined;
  // An error is told twice: by `errored`, which is read below, and by an event, which nobody needs.
  stream.on('error', () => undefined);
  return {
    run(input, output) {
      handle.writeSync?.(zlib.ZSTD_e_end, input, 0, input.length, output, 0, output.length);
      return {
        error: stream.errored?.message,
        outputLeft: state[0] ?? 0,
        inputLeft: state[1] ?? 0,
      };
    },
    close: () => stream.close(),
  };
}
