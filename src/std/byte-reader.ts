/** What went wrong while decoding bytes: where, what was expected. `name` is the structure being read. */
export class DecodeError extends Error {
  readonly offset: number;

  constructor(name: string, offset: number, expected: string) {
    super(`${name}+0x${offset.toString(16)}: ${expected}`);
    this.name = 'DecodeError';
    this.offset = offset;
  }
}

/**
 * The only way binary structures are read: a bounds-checked cursor that knows the name and offset of what it
 * reads, so that an error can say `vmcore+0x2000: expected 8 bytes, found 3`. On failure nothing moves.
 */
export class ByteReader {
  readonly name: string;
  readonly bytes: Buffer;
  readonly isLittleEndian: boolean;
  readonly base: number;
  #position = 0;

  constructor(bytes: Buffer, options: { name: string; isLittleEndian?: boolean; base?: number }) {
    this.bytes = bytes;
    this.name = options.name;
    this.isLittleEndian = options.isLittleEndian ?? true;
    this.base = options.base ?? 0;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.bytes.length - this.#position;
  }

  /** Moves to an offset within the bytes. */
  seek(position: number): void {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.bytes.length) {
      throw this.error(`cannot seek to ${position}, ${this.bytes.length} bytes are there`);
    }
    this.#position = position;
  }

  skip(length: number): void {
    this.#take(length);
  }

  u8(): number {
    return this.bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    const at = this.#take(2);
    return this.isLittleEndian ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  u32(): number {
    const at = this.#take(4);
    return this.isLittleEndian ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  i32(): number {
    const at = this.#take(4);
    return this.isLittleEndian ? this.bytes.readInt32LE(at) : this.bytes.readInt32BE(at);
  }

  u64(): bigint {
    const at = this.#take(8);
    return this.isLittleEndian ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at);
  }

  /** A 64-bit size or offset that must fit a JavaScript number exactly. */
  size64(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#position -= 8;
      throw this.error(`expected a size below 2^53, found ${value}`);
    }
    return Number(value);
  }

  take(length: number): Buffer {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Text up to the first NUL in a field of fixed length. */
  text(length: number): string {
    const field = this.take(length);
    const end = field.indexOf(0);
    return field.toString('latin1', 0, end < 0 ? field.length : end);
  }

  error(expected: string): DecodeError {
    return new DecodeError(this.name, this.base + this.#position, expected);
  }

  #take(length: number): number {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.remaining) {
      throw this.error(`expected ${length} bytes, found ${this.remaining}`);
    }
    const at = this.#position;
    this.#position += length;
    return at;
  }
}
