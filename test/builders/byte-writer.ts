/** Numbers and text at offsets of a growing buffer, in either byte order and word size; for building dumps by hand. */
export interface ByteWriter {
  u8(at: number, value: number): void;
  u16(at: number, value: number): void;
  u32(at: number, value: number): void;
  u64(at: number, value: number | bigint): void;
  /** A long of the machine: 4 or 8 bytes. */
  word(at: number, value: number | bigint): void;
  text(at: number, text: string): void;
  bytes(at: number, bytes: Uint8Array): void;
  /** Makes the result at least this long. */
  reach(end: number): void;
  result(): Buffer;
}

/** How the machine that "wrote" a dump stores numbers. */
export interface Layout {
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
}

/** The usual one. */
export const x64: Layout = { is64: true, isLittleEndian: true };

/** An empty writer; bytes not written are zero. */
export function byteWriter({ is64, isLittleEndian }: Layout): ByteWriter {
  let buffer = Buffer.alloc(65536);
  let size = 0;
  const reach = (end: number) => {
    if (end > buffer.length) {
      buffer = Buffer.concat([buffer, Buffer.alloc(Math.max(buffer.length, end - buffer.length))]);
    }
    size = Math.max(size, end);
  };
  const writer: ByteWriter = {
    u8(at, value) {
      reach(at + 1);
      buffer.writeUInt8(value, at);
    },
    u16(at, value) {
      reach(at + 2);
      if (isLittleEndian) buffer.writeUInt16LE(value, at);
      else buffer.writeUInt16BE(value, at);
    },
    u32(at, value) {
      reach(at + 4);
      if (isLittleEndian) buffer.writeUInt32LE(value >>> 0, at);
      else buffer.writeUInt32BE(value >>> 0, at);
    },
    u64(at, value) {
      reach(at + 8);
      const wrapped = BigInt.asUintN(64, BigInt(value));
      if (isLittleEndian) buffer.writeBigUInt64LE(wrapped, at);
      else buffer.writeBigUInt64BE(wrapped, at);
    },
    word(at, value) {
      if (is64) writer.u64(at, value);
      else writer.u32(at, Number(value));
    },
    text(at, text) {
      writer.bytes(at, Buffer.from(text, 'utf8'));
    },
    bytes(at, bytes) {
      reach(at + bytes.length);
      buffer.set(bytes, at);
    },
    reach,
    result: () => Buffer.from(buffer.subarray(0, size)),
  };
  return writer;
}

/** A buffer as a source of bytes. */
export function bufferSource(bytes: Buffer, name = 'built') {
  return {
    name,
    size: bytes.length,
    read: (offset: number, length: number) =>
      offset < 0 || !(length > 0) ? Buffer.alloc(0) : bytes.subarray(offset, offset + length),
    close() {},
  };
}
