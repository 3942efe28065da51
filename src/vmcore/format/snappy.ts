/**
 * Decompresses one raw snappy block (google/snappy format_description.txt) to exactly `size` bytes.
 * Undefined when the input is not such a block. Every read and write is bounds-checked.
 */
export function decompressSnappy(input: Buffer, size: number): Buffer | undefined {
  const header = readLength(input);
  if (header === undefined || header.length !== size) return undefined;
  const output = Buffer.allocUnsafe(size);
  let from = header.end;
  let to = 0;
  while (from < input.length) {
    const tag = input[from++] ?? 0;
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const width = length - 59;
        if (from + width > input.length) return undefined;
        length = input.readUIntLE(from, width);
        from += width;
      }
      length += 1;
      if (from + length > input.length || to + length > size) return undefined;
      input.copy(output, to, from, from + length);
      from += length;
      to += length;
      continue;
    }
    const width = [0, 1, 2, 4][tag & 3] ?? 0;
    if (from + width > input.length) return undefined;
    const low = input.readUIntLE(from, width);
    from += width;
    const isNear = (tag & 3) === 1;
    const length = isNear ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = isNear ? ((tag >> 5) << 8) | low : low;
    if (distance === 0 || distance > to || to + length > size) return undefined;
    // Byte by byte, because a copy may overlap what it writes.
    for (const end = to + length; to < end; to += 1) output[to] = output[to - distance] ?? 0;
  }
  return to === size ? output : undefined;
}

// The uncompressed length comes first, as a base-128 number of at most five bytes.
function readLength(input: Buffer): { length: number; end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 5 && index < input.length; index += 1) {
    const byte = input[index] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { length, end: index + 1 };
  }
  return undefined;
}
