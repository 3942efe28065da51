/**
 * Decompresses one LZO1X block (the format of `lzo1x_decompress_safe`, linux/lib/lzo/lzo1x_decompress_safe.c) to
 * at most `size` bytes. Undefined when the input is not such a block. Every read and write is bounds-checked.
 */
export function decompressLzo1x(input: Buffer, size: number): Buffer | undefined {
  const output = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  // How many literals ended the last instruction: changes what an instruction below 16 means.
  let state = 0;

  const copyLiterals = (count: number): boolean => {
    if (from + count > input.length || to + count > size) return false;
    input.copy(output, to, from, from + count);
    from += count;
    to += count;
    return true;
  };
  const copyMatch = (distance: number, count: number): boolean => {
    if (distance > to || to + count > size) return false;
    // Byte by byte, because a match may overlap what it writes.
    for (const end = to + count; to < end; to += 1) output[to] = output[to - distance] ?? 0;
    return true;
  };
  // A length of zero in the instruction goes on in 255s: `base` + 255 per zero byte + the first other byte.
  const longLength = (base: number): number => {
    let length = base;
    while (from < input.length && input[from] === 0) {
      length += 255;
      from += 1;
      if (length > size) return Number.POSITIVE_INFINITY;
    }
    return from < input.length ? length + (input[from++] ?? 0) : Number.POSITIVE_INFINITY;
  };

  const first = input[0];
  if (first === undefined) return undefined;
  if (first > 17) {
    from = 1;
    if (!copyLiterals(first - 17)) return undefined;
    state = Math.min(first - 17, 4);
  }
  while (from < input.length) {
    const code = input[from++] ?? 0;
    let trailing: number;
    if (code >= 16) {
      let length: number;
      let distance: number;
      if (code >= 64) {
        if (from >= input.length) return undefined;
        length = (code >> 5) + 1;
        distance = 1 + ((code >> 2) & 7) + ((input[from++] ?? 0) << 3);
        trailing = code & 3;
      } else {
        const mask = code >= 32 ? 31 : 7;
        length = (code & mask) === 0 ? longLength(mask + 2) : (code & mask) + 2;
        if (from + 2 > input.length) return undefined;
        const word = input.readUInt16LE(from);
        from += 2;
        trailing = word & 3;
        if (code >= 32) {
          distance = 1 + (word >> 2);
        } else {
          distance = ((code & 8) << 11) + (word >> 2);
          // Distance 0 ends the stream.
          if (distance === 0) return output.subarray(0, to);
          distance += 16384;
        }
      }
      if (!copyMatch(distance, length)) return undefined;
    } else if (state === 0) {
      const count = code === 0 ? longLength(18) : code + 3;
      if (!copyLiterals(count)) return undefined;
      state = 4;
      continue;
    } else {
      if (from >= input.length) return undefined;
      const next = (input[from++] ?? 0) << 2;
      const isShort = state !== 4;
      const distance = (isShort ? 1 : 2049) + (code >> 2) + next;
      if (!copyMatch(distance, isShort ? 2 : 3)) return undefined;
      trailing = code & 3;
    }
    if (!copyLiterals(trailing)) return undefined;
    state = trailing;
  }
  return undefined;
}
