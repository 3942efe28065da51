import { ByteReader } from '../../std/byte-reader.ts';

/** A block of metadata, unpacked, and where the next one begins. */
export interface MetadataBlock {
  readonly bytes: Buffer;
  readonly next: number;
}

/** Reads fields from metadata that goes on in the next block wherever one ends. */
export class MetadataCursor {
  readonly #blockAt: (start: number) => MetadataBlock;
  #block: MetadataBlock;
  #offset: number;

  constructor(blockAt: (start: number) => MetadataBlock, start: number, offset: number) {
    this.#blockAt = blockAt;
    this.#block = blockAt(start);
    this.#offset = offset;
    if (offset > this.#block.bytes.length) throw this.error('a place within its block');
  }

  /** At most 8 KiB: fields and names are small. */
  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end <= this.#block.bytes.length) {
      const bytes = this.#block.bytes.subarray(this.#offset, end);
      this.#offset = end;
      return bytes;
    }
    const first = this.#block.bytes.subarray(this.#offset);
    this.#block = this.#blockAt(this.#block.next);
    this.#offset = 0;
    const left = length - first.length;
    if (left > this.#block.bytes.length) throw this.error(`${left} bytes more`);
    return Buffer.concat([first, this.take(left)]);
  }

  skip(length: number): void {
    this.take(length);
  }

  u16(): number {
    return this.take(2).readUInt16LE(0);
  }

  u32(): number {
    return this.take(4).readUInt32LE(0);
  }

  size64(): number {
    return new ByteReader(this.take(8), { name: 'squashfs' }).size64();
  }

  error(expected: string): Error {
    return new Error(`a table of it is damaged: expected ${expected}`);
  }
}
