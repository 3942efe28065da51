/**
 * A page as LZO1X: literals, then one long match where the page ends in a run of one byte. Enough to be a valid
 * stream; what real compressors write is checked against real dumps.
 */
export function compressLzoLiterally(page: Buffer): Buffer {
  const run = trailingRun(page);
  const literals = page.length - run;
  const parts: Buffer[] = [];
  // A first instruction above 17 is a short literal run; longer runs are 0, zeroes, rest.
  if (literals <= 238) parts.push(Buffer.from([17 + literals]));
  else parts.push(Buffer.from([0]), extended(literals - 18));
  parts.push(page.subarray(0, literals));
  // 001LLLLL with L = 0: length 33 and more, distance 1, no trailing literals.
  if (run > 0) parts.push(Buffer.from([32]), extended(run - 33), Buffer.from([0, 0]));
  parts.push(Buffer.from([17, 0, 0]));
  return Buffer.concat(parts);
}

/** A page as snappy: its length, literals, then copies of distance 1 for a run at the end. */
export function compressSnappyLiterally(page: Buffer): Buffer {
  const run = trailingRun(page);
  const literals = page.length - run;
  const parts: Buffer[] = [Buffer.from([(page.length & 0x7f) | 0x80, page.length >> 7])];
  parts.push(Buffer.from([61 << 2, (literals - 1) & 0xff, (literals - 1) >> 8]));
  parts.push(page.subarray(0, literals));
  for (let left = run; left > 0; ) {
    const count = Math.min(64, left);
    parts.push(Buffer.from([((count - 1) << 2) | 2, 1, 0]));
    left -= count;
  }
  return Buffer.concat(parts);
}

// Bytes at the end that repeat the one before them; short runs are not worth it.
function trailingRun(page: Buffer): number {
  let at = page.length - 1;
  while (at > 1 && page[at] === page[at - 1]) at -= 1;
  const run = page.length - 1 - at;
  return run >= 64 ? run : 0;
}

function extended(rest: number): Buffer {
  const zeroes = Math.floor((rest - 1) / 255);
  return Buffer.concat([Buffer.alloc(zeroes), Buffer.from([rest - zeroes * 255])]);
}
