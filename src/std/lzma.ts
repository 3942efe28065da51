// LZMA as in the public-domain specification of its author (LZMA SDK, DOC/lzma-specification.txt); names are those there.
// All probabilities lie in one array: state is at most 12, positions within 16, so that every place is a constant.
const isMatch = 0;
const isRep = 192;
const isRepG0 = 204;
const isRepG1 = 216;
const isRepG2 = 228;
const isRep0Long = 240;
const posSlot = 432;
const posSpecial = 688;
const posAlign = 803;
const matchLength = 819;
const repLength = 1333;
const literals = 1847;

// A length coder: two choices, then trees for short (by position), middle (by position) and long lengths.
const lowTrees = 2;
const middleTrees = lowTrees + 16 * 8;
const highTree = middleTrees + 16 * 8;

const longestMatch = 273;
const halfChance = 1024;
const endOfStream = 0xffff_ffff;

/**
 * Decodes LZMA into a buffer that is its own dictionary. Knows neither where its input came from nor how long the
 * output gets: `decode` is told both. Throws on what is no LZMA; every read and write is bounds-checked.
 */
export class LzmaDecoder {
  /** What was decoded so far is `output` up to `length`. */
  output: Buffer = Buffer.alloc(0);
  length = 0;

  readonly #mostBytes: number;
  #dictionaryStart = 0;
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #probabilities = new Uint16Array(0);
  #state = 0;
  readonly #distances = new Uint32Array(4);
  // The range coder: input and place in it; range and code are unsigned 32-bit numbers.
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #coder = new Uint32Array(2);

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Takes the byte that says how many bits of context literals and positions have. */
  setProperties(byte: number): void {
    if (byte >= 9 * 5 * 5) throw new Error('LZMA with impossible properties');
    const contextBits = byte % 9;
    const positionBits = Math.floor(byte / 9) % 5;
    this.#literalContextBits = contextBits;
    this.#literalPositionMask = (1 << positionBits) - 1;
    this.#positionMask = (1 << Math.floor(byte / 45)) - 1;
    this.#probabilities = new Uint16Array(literals + (0x300 << (contextBits + positionBits)));
    this.resetState();
  }

  /** Forgets what was learned of the data, but not the data. */
  resetState(): void {
    this.#probabilities.fill(halfChance);
    this.#state = 0;
    this.#distances.fill(0);
  }

  /** Makes nothing of what was written so far reachable for matches. */
  resetDictionary(): void {
    this.#dictionaryStart = this.length;
  }

  /** Bytes that are stored as they are. */
  store(bytes: Buffer): void {
    if (this.length + bytes.length > this.#mostBytes)
      throw new Error(`LZMA of more than ${this.#mostBytes} bytes`);
    this.#reserve(bytes.length);
    bytes.copy(this.output, this.length);
    this.length += bytes.length;
  }

  /** Decodes `size` bytes, or to the end marker when it is undefined; returns where the input ended. */
  decode(input: Buffer, from: number, size: number | undefined): number {
    this.#input = input;
    this.#at = from + 5;
    if (this.#probabilities.length === 0) throw new Error('LZMA without properties');
    if (this.#at > input.length) throw new Error('LZMA is cut short');
    this.#coder[0] = 0xffff_ffff;
    this.#coder[1] = input.readUInt32BE(from + 1);
    const end = size === undefined ? this.#mostBytes : this.length + size;
    if (end > this.#mostBytes) throw new Error(`LZMA of more than ${this.#mostBytes} bytes`);
    while (this.length < end || size === undefined) {
      this.#reserve(longestMatch);
      if (!this.#symbol(end)) {
        if (size === undefined) return this.#at;
        throw new Error('LZMA ends too early');
      }
    }
    return this.#at;
  }

  // One literal or match; false at the end marker.
  #symbol(end: number): boolean {
    const position = (this.length - this.#dictionaryStart) & this.#positionMask;
    const state = this.#state;
    const distances = this.#distances;
    if (this.#bit(isMatch + (state << 4) + position) === 0) {
      if (this.length >= end) throw new Error('LZMA writes beyond its end');
      this.#literal();
      return true;
    }
    let length: number;
    if (this.#bit(isRep + state) === 0) {
      distances.copyWithin(1, 0, 3);
      length = this.#matchLength(matchLength, position);
      this.#state = state < 7 ? 7 : 10;
      distances[0] = this.#distance(length);
      if (distances[0] === endOfStream) return false;
    } else {
      if (this.#bit(isRepG0 + state) === 0) {
        if (this.#bit(isRep0Long + (state << 4) + position) === 0) {
          this.#state = state < 7 ? 9 : 11;
          this.#copy(1, end);
          return true;
        }
      } else {
        let rank = 1;
        if (this.#bit(isRepG1 + state) === 1) rank = this.#bit(isRepG2 + state) === 0 ? 2 : 3;
        const distance = distances[rank] as number;
        distances.copyWithin(1, 0, rank);
        distances[0] = distance;
      }
      length = this.#matchLength(repLength, position);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copy(length, end);
    return true;
  }

  #literal(): void {
    const { output, length } = this;
    const place = length - this.#dictionaryStart;
    const before = place > 0 ? (output[length - 1] as number) : 0;
    const bits = this.#literalContextBits;
    const context = ((place & this.#literalPositionMask) << bits) + (before >> (8 - bits));
    const tree = literals + 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      // After a match the byte that would have followed it tells much about this one.
      const distance = this.#distances[0] as number;
      if (distance >= place) throw new Error('LZMA refers to before its start');
      let match = output[length - distance - 1] as number;
      do {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(tree + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(tree + symbol);
    output[length] = symbol;
    this.length = length + 1;
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #matchLength(coder: number, position: number): number {
    if (this.#bit(coder) === 0) return 2 + this.#tree(coder + lowTrees + (position << 3), 3);
    if (this.#bit(coder + 1) === 0)
      return 10 + this.#tree(coder + middleTrees + (position << 3), 3);
    return 18 + this.#tree(coder + highTree, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(posSlot + (Math.min(length - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const distance = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return distance + this.#reverseTree(posSpecial + distance - slot, bits);
    // The sum is at most 2^32 - 1, which is the end marker.
    return distance + this.#directBits(bits - 4) * 16 + this.#reverseTree(posAlign, 4);
  }

  #copy(length: number, end: number): void {
    const distance = (this.#distances[0] as number) + 1;
    if (distance > this.length - this.#dictionaryStart)
      throw new Error('LZMA refers to before its start');
    if (this.length + length > end) throw new Error('LZMA writes beyond its end');
    const { output } = this;
    let to = this.length;
    for (const stop = to + length; to < stop; to += 1) output[to] = output[to - distance] as number;
    this.length = to;
  }

  #tree(start: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.#bit(start + node);
    return node - (1 << bits);
  }

  #reverseTree(start: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.#bit(start + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  #directBits(count: number): number {
    const coder = this.#coder;
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      const half = (coder[0] as number) >>> 1;
      const bit = (coder[1] as number) >= half ? 1 : 0;
      if (bit === 1) coder[1] = (coder[1] as number) - half;
      coder[0] = half;
      value = value * 2 + bit;
      this.#normalise();
    }
    return value;
  }

  #bit(index: number): number {
    const coder = this.#coder;
    const probabilities = this.#probabilities;
    const probability = probabilities[index] as number;
    const range = coder[0] as number;
    const code = coder[1] as number;
    const bound = Math.imul(range >>> 11, probability) >>> 0;
    let bit: number;
    if (code < bound) {
      coder[0] = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      coder[0] = range - bound;
      coder[1] = code - bound;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.#normalise();
    return bit;
  }

  #normalise(): void {
    const coder = this.#coder;
    if ((coder[0] as number) >= 0x100_0000) return;
    const byte = this.#input[this.#at];
    if (byte === undefined) throw new Error('LZMA is cut short');
    this.#at += 1;
    coder[0] = (coder[0] as number) << 8;
    coder[1] = ((coder[1] as number) << 8) | byte;
  }

  // Grows with what is there, not with what a header promises.
  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.output.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.length));
    this.output.copy(larger, 0, 0, this.length);
    this.output = larger;
  }
}
