import { createHash } from 'node:crypto';
import { ByteQueue } from '../std/byte-queue.ts';
import type { Codec } from './archive/codec.ts';

/** Evidence that has been taken whole: its size and digest are known, so its archive header can be written. */
export interface Spooled {
  readonly bytes: number;
  readonly sha256: string;
  /** More was offered than was kept. */
  readonly isTruncated: boolean;
  readonly content:
    | { readonly kind: 'raw'; readonly bytes: Buffer }
    /** Compressed already: goes into the archive as it is. */
    | { readonly kind: 'frames'; readonly frames: readonly Buffer[] };
}

/** What a spool keeps, and how much memory it may take for that. */
export interface SpoolOptions {
  readonly codec: Codec;
  readonly limitBytes: number;
  readonly keep: 'head' | 'tail';
  /** Shared with others that are open at the same time: a bound that no limit of a profile can lift. */
  readonly memory: SpoolMemory;
}

/** Compressed bytes that some spools may hold together. */
export class SpoolMemory {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isSpent(): boolean {
    return this.#heldBytes > this.#limitBytes;
  }

  /** Counts bytes as held; negative when they are given back. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }
}

interface Block {
  readonly frame: Buffer;
  readonly rawBytes: number;
}

/** Evidence below this size is stored raw and compressed together with its neighbours. */
const blockBytes = 512 * 1024;

/**
 * Holds evidence of unknown size until it is complete, compressed block by block, in bounded memory. Keeping the
 * head it says when it is full; keeping the tail it forgets the oldest blocks.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #hash = createHash('sha256');
  #blocks: Block[] = [];
  readonly #pending = new ByteQueue();
  #rawBytes = 0;
  #isTruncated = false;
  #hasDropped = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** True when nothing more will be kept: the producer may stop. */
  get isFull(): boolean {
    return this.#isTruncated && this.#options.keep === 'head';
  }

  write(chunk: Buffer): void {
    if (chunk.length === 0 || this.isFull) return;
    const { keep, limitBytes } = this.#options;
    const room = keep === 'head' ? limitBytes - this.#rawBytes : chunk.length;
    const piece = chunk.subarray(0, room);
    if (piece.length < chunk.length) this.#isTruncated = true;
    this.#hash.update(piece);
    this.#pending.append(piece);
    this.#rawBytes += piece.length;
    if (this.#pending.length >= blockBytes) this.#compressPending();
  }

  /** Marks the evidence as cut by somebody else: a limit of time, a child that was stopped. */
  markTruncated(): void {
    this.#isTruncated = true;
  }

  finish(): Spooled {
    if (this.#blocks.length === 0) return this.#finishRaw();
    if (this.#pending.length > 0) this.#compressPending();
    if (this.#hasDropped) this.#startAtLine();
    return {
      bytes: this.#rawBytes,
      sha256: this.#hasDropped ? this.#digestOfBlocks() : this.#hash.digest('hex'),
      isTruncated: this.#isTruncated,
      content: { kind: 'frames', frames: this.#blocks.map(({ frame }) => frame) },
    };
  }

  /** To be called when what `finish` gave is no longer needed: its memory is for others then. */
  release(): void {
    for (const { frame } of this.#blocks) this.#options.memory.hold(-frame.length);
    this.#blocks = [];
  }

  #finishRaw(): Spooled {
    let { bytes } = this.#pending;
    const { limitBytes } = this.#options;
    if (bytes.length > limitBytes) {
      bytes = fromLineStart(bytes.subarray(bytes.length - limitBytes));
      this.#isTruncated = true;
      return {
        bytes: bytes.length,
        sha256: digest([bytes]),
        isTruncated: true,
        content: { kind: 'raw', bytes },
      };
    }
    const sha256 = this.#hash.digest('hex');
    return {
      bytes: bytes.length,
      sha256,
      isTruncated: this.#isTruncated,
      content: { kind: 'raw', bytes },
    };
  }

  #compressPending(): void {
    this.#push(this.#pending.bytes);
    this.#pending.clear();
    if (this.#options.keep === 'head' && this.#options.memory.isSpent) this.#isTruncated = true;
    while (this.#options.keep === 'tail' && this.#isOldestSpare()) this.#dropOldest();
  }

  #push(raw: Buffer): void {
    const frame = this.#options.codec.compress(raw);
    this.#blocks.push({ frame, rawBytes: raw.length });
    this.#options.memory.hold(frame.length);
  }

  #isOldestSpare(): boolean {
    const oldest = this.#blocks[0];
    if (!oldest || this.#blocks.length < 2) return false;
    return (
      this.#rawBytes - oldest.rawBytes >= this.#options.limitBytes || this.#options.memory.isSpent
    );
  }

  #dropOldest(): void {
    const oldest = this.#blocks.shift() as Block;
    this.#rawBytes -= oldest.rawBytes;
    this.#options.memory.hold(-oldest.frame.length);
    this.#hasDropped = true;
    this.#isTruncated = true;
  }

  // What is kept begins at the start of a line, not in the middle of one.
  #startAtLine(): void {
    const first = this.#blocks.shift() as Block;
    this.#rawBytes -= first.rawBytes;
    this.#options.memory.hold(-first.frame.length);
    const raw = fromLineStart(this.#options.codec.decompress(first.frame));
    const rest = this.#blocks;
    this.#blocks = [];
    this.#push(raw);
    this.#blocks.push(...rest);
    this.#rawBytes += raw.length;
  }

  #digestOfBlocks(): string {
    const hash = createHash('sha256');
    for (const { frame } of this.#blocks) hash.update(this.#options.codec.decompress(frame));
    return hash.digest('hex');
  }
}

function fromLineStart(bytes: Buffer): Buffer {
  const newline = bytes.indexOf(0x0a);
  return newline < 0 ? bytes : bytes.subarray(newline + 1);
}

function digest(pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
