/**
 * The places where some rule may have something to say. One pass over the bytes with a table of byte pairs
 * finds them many times faster than patterns would; only the few lines around them pay for exact rules.
 */
export interface AnchorTable {
  /** For each pair of bytes (first << 8 | second): 0, or 1 + the index of its bucket. */
  readonly pairs: Uint16Array;
  readonly buckets: readonly (readonly Anchor[])[];
}

interface Anchor {
  readonly id: number;
  /** Bytes as compared: folded to lower case unless `isExact`. */
  readonly codes: Uint8Array;
  /** Where in the word its rarest pair is. */
  readonly offset: number;
  readonly isExact: boolean;
}

/** Anchors found in a piece of text, in order of the pair that gave them away; reused from piece to piece. */
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

// The commonest pairs of letters in system logs, most frequent first: a word is looked for by its rarest pair.
const commonPairs =
  'er in te st re on es en or se ti at le de to ed io th is nd an me co al ro ar it ng ri ce ve ra ic ' +
  'ne el ma ch om us as et ke li so tr la ta ot ex lo pe si ol mo ac ct di ha he hi il un ur ut vi ss ec ' +
  'em id ad am po ge pr nt ns os su sy ys rt rs ser ev ew cl ca sh mp ir pa be im iv ea sc up ey';
const rank = new Map(commonPairs.split(' ').map((pair, index) => [pair, index]));

/**
 * Prepares words for `findAnchors`; the index of a word is its id. Words of lower case are found in any case,
 * words with a capital only as written. Words have at least two characters, all below 0x80.
 */
export function buildAnchorTable(words: readonly string[]): AnchorTable {
  const pairs = new Uint16Array(0x10000);
  const buckets: Anchor[][] = [];
  for (const [id, word] of words.entries()) {
    const anchor = { id, codes: Buffer.from(word, 'latin1'), offset: rarestPair(word) };
    const isExact = word !== word.toLowerCase();
    for (const pair of spellings(word.slice(anchor.offset, anchor.offset + 2), isExact)) {
      if (pairs[pair] === 0) pairs[pair] = buckets.push([]);
      buckets[(pairs[pair] ?? 0) - 1]?.push({ ...anchor, isExact });
    }
  }
  return { pairs, buckets };
}

function rarestPair(word: string): number {
  let best = 0;
  let bestRank = -1;
  for (let offset = 0; offset + 2 <= word.length; offset += 1) {
    const pair = word.slice(offset, offset + 2);
    const pairRank = rank.get(pair) ?? (/^[a-z]{2}$/i.test(pair) ? 1000 : 1001);
    if (pairRank > bestRank) {
      best = offset;
      bestRank = pairRank;
    }
  }
  return best;
}

function spellings(pair: string, isExact: boolean): Set<number> {
  const [first = '', second = ''] = pair;
  const cases = (letter: string) => (isExact ? [letter] : [letter, letter.toUpperCase()]);
  return new Set(
    cases(first).flatMap((a) => cases(second).map((b) => (a.charCodeAt(0) << 8) | b.charCodeAt(0))),
  );
}

/** Fills `hits` with every anchor that begins in `bytes[from, to)` and lies wholly before `to`. */
export function findAnchors(
  table: AnchorTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  hits: AnchorHits,
): void {
  const { pairs } = table;
  hits.count = 0;
  let previous = bytes[from] ?? 0;
  for (let at = from + 1; at < to; at += 1) {
    const current = bytes[at] as number;
    const bucket = pairs[(previous << 8) | current] as number;
    if (bucket !== 0) compare(table, bucket - 1, bytes, at - 1, from, to, hits);
    previous = current;
  }
}

function compare(
  table: AnchorTable,
  bucket: number,
  bytes: Uint8Array,
  pairAt: number,
  from: number,
  to: number,
  hits: AnchorHits,
): void {
  for (const anchor of table.buckets[bucket] ?? []) {
    const start = pairAt - anchor.offset;
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
