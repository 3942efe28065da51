import type { Unpacked } from './unpacked.ts';

const legacyMagic = 0x184c_2102;
const legacyBlockBytes = 8 * 1024 * 1024;

/**
 * Decompresses one LZ4 block (lz4_Block_format.md) to at most `size` bytes. Undefined when the input is not such a
 * block. Every read and write is bounds-checked.
 */
export function decompressLz4(input: Buffer, size: number): Buffer | undefined {
  // No byte of input makes more than 255 of output.
  const output = Buffer.allocUnsafe(Math.min(size, 255 * input.length));
  let from = 0;
  let to = 0;
  // Lengths of 15 go on in 255s.
  const longLength = (start: number): number => {
    let length = start;
    if (start < 15) return length;
    for (;;) {
      const byte = input[from];
      if (byte === undefined || length > size) return Number.POSITIVE_INFINITY;
      from += 1;
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (from < input.length) {
    const token = input[from++] as number;
    const literals = longLength(token >> 4);
    if (from + literals > input.length || to + literals > output.length) return undefined;
    input.copy(output, to, from, from + literals);
    from += literals;
    to += literals;
    // The last sequence has literals only.
    if (from === input.length) return output.subarray(0, to);
    if (from + 2 > input.length) return undefined;
    const distance = input.readUInt16LE(from);
    from += 2;
    const length = longLength(token & 15) + 4;
    if (distance === 0 || distance > to || to + length > output.length) return undefined;
    // Byte by byte, because a match may overlap what it writes.
    for (const end = to + length; to < end; to += 1) output[to] = output[to - distance] as number;
  }
  return undefined;
}

/** Unpacks what `lz4 -l` writes and the kernel reads: blocks of 8 MiB, each after its length, to the end or a length of zero. Throws on damage. */
export function unpackLegacyLz4(bytes: Buffer, mostBytes: number): Unpacked {
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== legacyMagic) throw new Error('this is not lz4');
  const pieces: Buffer[] = [];
  let total = 0;
  let at = 4;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw new Error('lz4 is cut short');
    const packed = bytes.readUInt32LE(at);
    if (packed === 0) break;
    at += 4;
    if (packed === legacyMagic) continue;
    if (at + packed > bytes.length) throw new Error('lz4 is cut short');
    const piece = decompressLz4(
      bytes.subarray(at, at + packed),
      Math.min(legacyBlockBytes, mostBytes - total),
    );
    if (!piece) throw new Error('an lz4 block is damaged or too large');
    pieces.push(piece);
    total += piece.length;
    at += packed;
  }
  return { bytes: Buffer.concat(pieces), length: at };
}
