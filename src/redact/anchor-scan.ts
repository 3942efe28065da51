/**
 * The places where some rule may have something to say. One pass over the bytes with a table of three
 * neighbouring characters finds them many times faster than patterns would; only the few lines around them
 * pay for exact rules.
 */
export interface AnchorTable {
  /** For each three classes of characters, 6 bits each: 0, or 1 + the index of their bucket. */
  readonly triples: Uint16Array;
  /** The same as yes or no: small enough to stay in the cache during the scan. */
  readonly isTriple: Uint8Array;
  readonly buckets: readonly (readonly Anchor[])[];
}

interface Anchor {
  readonly id: number;
  /** Bytes as compared: folded to lower case unless `isExact`. */
  readonly codes: Uint8Array;
  /** Where in the word its rarest three characters are. */
  readonly offset: number;
  readonly isExact: boolean;
}

/** Anchors found in a piece of text, in order of the characters that gave them away; reused from piece to piece. */
export interface AnchorHits {
  count: number;
  positions: Int32Array;
  ids: Uint16Array;
}

/** An empty list of hits that grows as needed. */
export function anchorHits(): AnchorHits {
  return { count: 0, positions: new Int32Array(1024), ids: new Uint16Array(1024) };
}

const fold = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

// Characters of system logs, the commonest first (counted over kernel, package and service logs).
const byFrequency = ' eso1t02nia:rdcl-3p.hmu4=65fbg7v9/"8yk[]x(),_<>w&z+q?j~@*\'#|;`';
const rarity = new Uint8Array(256).fill(byFrequency.length + 8);
for (let index = 0; index < byFrequency.length; index += 1) {
  rarity[byFrequency.charCodeAt(index)] = index;
}

// 64 classes: letters in either case, digits, punctuation in a few groups; 0 for everything else.
const classes = new Uint8Array(256);
for (let code = 0x21; code < 0x7f; code += 1) {
  const folded = fold[code] as number;
  if (folded >= 0x61 && folded <= 0x7a) classes[code] = 1 + folded - 0x61;
  else if (code >= 0x30 && code <= 0x39) classes[code] = 27 + code - 0x30;
  else classes[code] = 37 + (code % 27);
}

/**
 * Prepares words for `findAnchors`; the index of a word is its id. Words of lower case are found in any case,
 * words with a capital only as written. Words have at least three characters, all below 0x80.
 */
export function buildAnchorTable(words: readonly string[]): AnchorTable {
  const triples = new Uint16Array(0x40000);
  const buckets: Anchor[][] = [];
  for (const [id, word] of words.entries()) {
    const codes = Buffer.from(word, 'latin1');
    const offset = rarestTriple(word);
    const isExact = word !== word.toLowerCase();
    const key = keyAt(codes, offset);
    if (triples[key] === 0) triples[key] = buckets.push([]);
    buckets[(triples[key] as number) - 1]?.push({ id, codes, offset, isExact });
  }
  return { triples, isTriple: Uint8Array.from(triples, (bucket) => Math.min(1, bucket)), buckets };
}

function keyAt(codes: Uint8Array, at: number): number {
  const classOf = (index: number) => classes[codes[at + index] as number] as number;
  return (classOf(0) << 12) | (classOf(1) << 6) | classOf(2);
}

function rarestTriple(word: string): number {
  if (word.length < 3) throw new RangeError(`anchor ${JSON.stringify(word)} is too short`);
  let best = 0;
  let bestRarity = -1;
  for (let offset = 0; offset + 3 <= word.length; offset += 1) {
    let sum = 0;
    for (const code of Buffer.from(word.slice(offset, offset + 3).toLowerCase(), 'latin1')) {
      sum += rarity[code] as number;
    }
    if (sum > bestRarity) {
      best = offset;
      bestRarity = sum;
    }
  }
  return best;
}

/** Fills `hits` with every anchor that begins in `bytes[from, to)` and lies wholly before `to`. */
export function findAnchors(
  table: AnchorTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  hits: AnchorHits,
): void {
  const { triples, isTriple } = table;
  hits.count = 0;
  let even = 0;
  let odd = 0;
  let at = from;
  // Two bytes a turn: this loop is most of what the redaction of ordinary text costs.
  for (; at + 1 < to; at += 2) {
    even = ((odd << 6) | (classes[bytes[at] as number] as number)) & 0x3ffff;
    odd = ((even << 6) | (classes[bytes[at + 1] as number] as number)) & 0x3ffff;
    if (((isTriple[even] as number) | (isTriple[odd] as number)) !== 0) {
      if (isTriple[even] !== 0)
        compare(table, triples[even] as number, bytes, at - 2, from, to, hits);
      if (isTriple[odd] !== 0)
        compare(table, triples[odd] as number, bytes, at - 1, from, to, hits);
    }
  }
  if (at < to) {
    even = ((odd << 6) | (classes[bytes[at] as number] as number)) & 0x3ffff;
    if (isTriple[even] !== 0)
      compare(table, triples[even] as number, bytes, at - 2, from, to, hits);
  }
}

function compare(
  table: AnchorTable,
  bucket: number,
  bytes: Uint8Array,
  tripleAt: number,
  from: number,
  to: number,
  hits: AnchorHits,
): void {
  for (const anchor of table.buckets[bucket - 1] ?? []) {
    const start = tripleAt - anchor.offset;
    if (start >= from && start + anchor.codes.length <= to && isHere(anchor, bytes, start)) {
      push(hits, start, anchor.id);
    }
  }
}

function isHere({ codes, isExact }: Anchor, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < codes.length; index += 1) {
    const byte = bytes[start + index] as number;
    if ((isExact ? byte : fold[byte]) !== codes[index]) return false;
  }
  return true;
}

function push(hits: AnchorHits, position: number, id: number): void {
  if (hits.count === hits.positions.length) {
    const positions = new Int32Array(hits.count * 2);
    positions.set(hits.positions);
    hits.positions = positions;
    const ids = new Uint16Array(hits.count * 2);
    ids.set(hits.ids);
    hits.ids = ids;
  }
  hits.positions[hits.count] = position;
  hits.ids[hits.count] = id;
  hits.count += 1;
}
