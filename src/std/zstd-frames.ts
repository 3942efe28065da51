import { ByteQueue } from './byte-queue.ts';

// The zstd frame format is RFC 8878, section 3.1.
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50; // its low four bits are free
const blockHeaderBytes = 3;

/**
 * Cuts a stream of concatenated zstd frames into whole frames without decompressing them, by walking their block
 * headers: Node's streaming decompressor stops at the end of the first one. Skippable frames are dropped.
 */
export class ZstdFrameSplitter {
  readonly #mostFrameBytes: number;
  readonly #queue = new ByteQueue();

  constructor(mostFrameBytes: number) {
    this.#mostFrameBytes = mostFrameBytes;
  }

  /**
   * The frames completed by these bytes, good until the next `push`. Throws on what is no zstd or exceeds the bound.
   */
  push(bytes: Uint8Array): Buffer[] {
    this.#queue.append(bytes);
    const frames: Buffer[] = [];
    let waiting = this.#queue.bytes;
    for (;;) {
      const length = zstdFrameLength(waiting);
      if ((length ?? waiting.length) > this.#mostFrameBytes) {
        throw new Error(`a zstd frame of more than ${this.#mostFrameBytes} bytes`);
      }
      if (length === undefined || length > waiting.length) return frames;
      const frame = waiting.subarray(0, length);
      if (frame.readUInt32LE(0) === frameMagic) frames.push(frame);
      this.#queue.drop(length);
      waiting = waiting.subarray(length);
    }
  }

  /** Throws when the stream ended inside a frame. */
  end(): void {
    if (this.#queue.length > 0)
      throw new Error(`the last zstd frame is cut off after ${this.#queue.length} bytes`);
  }
}

/** Length of the zstd frame at the start; undefined when more bytes are needed to tell. Throws on what is no zstd. */
export function zstdFrameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 8) return undefined;
  const magic = bytes.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) return 8 + bytes.readUInt32LE(4);
  if (magic !== frameMagic) throw new Error('this is not zstd');
  const descriptor = bytes[4] as number;
  let at = 5 + headerBytes(descriptor);
  for (;;) {
    if (at + blockHeaderBytes > bytes.length) return undefined;
    const header = bytes.readUIntLE(at, blockHeaderBytes);
    const isLast = (header & 1) === 1;
    const isRunLength = ((header >> 1) & 3) === 1;
    at += blockHeaderBytes + (isRunLength ? 1 : header >> 3);
    if (isLast) return at + ((descriptor & 0b100) === 0 ? 0 : 4);
  }
}

// Window descriptor, dictionary id and content size, as the descriptor announces them.
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number;
  const size = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  return (isSingleSegment ? 0 : 1) + dictionary + size;
}
