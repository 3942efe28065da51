import { deflateSync } from 'node:zlib';
import type { ByteSource } from '../../model/byte-source.ts';
import { kcoreHeadBytes, kcoreOffset, parseKcoreSegments } from './kcore-segments.ts';

/** What a random sample of the kernel's own pages holds: counts alone, never a byte of memory. */
export interface ContentSample {
  /** Pages that were read. */
  readonly pages: number;
  /** Of these, pages of nothing but zeros. */
  readonly zeroPages: number;
  /** Bytes that makedumpfile -c would store for the others. */
  readonly storedBytes: number;
}

/** How many pages are looked at: the mean of their sizes is then known to about 2 %. */
export const samplePages = 4096;

/**
 * Reads the given pages of physical memory through an open /proc/kcore, each deflated by itself as makedumpfile -c does.
 * `undefined` when fewer than a tenth of them could be read: lockdown, or a kernel whose kcore has no physical addresses.
 */
export function sampleContents(
  kcore: ByteSource,
  pageNumbers: readonly number[],
  pageBytes: number,
): ContentSample | undefined {
  const segments = parseKcoreSegments(kcore.read(0, kcoreHeadBytes));
  const zeros = Buffer.alloc(pageBytes);
  let pages = 0;
  let zeroPages = 0;
  let storedBytes = 0;
  for (const number of pageNumbers) {
    const offset = kcoreOffset(segments, number * pageBytes, pageBytes);
    if (offset === undefined) continue;
    const page = kcore.read(offset, pageBytes);
    if (page.length < pageBytes) continue;
    pages += 1;
    if (page.equals(zeros)) zeroPages += 1;
    // Level 1 is Z_BEST_SPEED, which makedumpfile uses; a page that does not shrink is stored as it is.
    else storedBytes += Math.min(pageBytes, deflateSync(page, { level: 1 }).length);
    page.fill(0);
  }
  const isEnough = pages > 0 && pages >= pageNumbers.length / 10;
  return isEnough ? { pages, zeroPages, storedBytes } : undefined;
}
