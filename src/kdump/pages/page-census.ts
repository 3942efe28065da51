import type { AddressRange } from '../parse/proc.ts';

/** How many pages of RAM are of which kind, as makedumpfile would sort them (kpageflags of the running kernel). */
export interface PageCensus {
  readonly pageBytes: number;
  readonly free: number;
  readonly cache: number;
  /** Cache with private data: buffer heads, iomap state. */
  readonly cachePrivate: number;
  readonly user: number;
  readonly kernel: number;
  /** Poisoned, offline or absent: never dumped. */
  readonly never: number;
  /** End of the highest range, in pages: decides the size of the bitmaps. */
  readonly maxPage: number;
}

const kinds = ['free', 'cache', 'cachePrivate', 'user', 'kernel', 'never'] as const;
const [free, cache, cachePrivate, user, kernel, never] = [0, 1, 2, 3, 4, 5] as const;
const tail = 6; // a tail page is what its head is

// Bits of /proc/kpageflags (include/uapi/linux/kernel-page-flags.h); those below 32 in the low word.
const bit = (n: number) => (1 << n) >>> 0;
const lru = bit(5);
const buddy = bit(10);
const anon = bit(12);
const swapCache = bit(13);
const swapBacked = bit(14);
const compoundTail = bit(16);
const huge = bit(17);
const hwPoison = bit(19);
const noPage = bit(20);
const offline = bit(23);
const privateHigh = bit(35 - 32);

/**
 * Counts pages from the bytes of /proc/kpageflags as they come, 8 a page in order of page number. Only pages in `ram`
 * count. No object is made per page. `onKernelPage` is told the number of each page of the kernel's own.
 */
export function pageCounter(
  ram: readonly AddressRange[],
  excluded: readonly AddressRange[],
  pageBytes: number,
  onKernelPage?: (page: number) => void,
): { add(bytes: Uint8Array): void; finish(): PageCensus } {
  const spans = wantedSpans(ram, excluded, pageBytes);
  const counts = new Float64Array(6);
  let page = 0;
  let span = 0;
  let head: number = kernel;
  let rest: Uint8Array = new Uint8Array(0);

  const addAligned = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const words =
      bytes.byteOffset % 4 === 0
        ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
        : undefined;
    const pages = bytes.byteLength / 8;
    for (let index = 0; index < pages; ) {
      while (span < spans.length && (spans[span]?.end ?? 0) <= page + index) span += 1;
      const wanted = spans[span];
      if (!wanted || wanted.start >= page + pages) break;
      index = Math.max(index, wanted.start - page);
      const end = Math.min(pages, wanted.end - page);
      for (; index < end; index += 1) {
        const low = words ? (words[index * 2] as number) : view.getUint32(index * 8, true);
        const high = words ? (words[index * 2 + 1] as number) : view.getUint32(index * 8 + 4, true);
        const kind = kindOf(low, high);
        if (kind !== tail) head = kind;
        counts[head] = (counts[head] as number) + 1;
        if (head === kernel && onKernelPage) onKernelPage(page + index);
      }
    }
    page += pages;
  };

  return {
    add(bytes) {
      const joined = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const whole = joined.length - (joined.length % 8);
      addAligned(joined.subarray(0, whole));
      rest = Uint8Array.from(joined.subarray(whole));
    },
    finish() {
      const tally = Object.fromEntries(kinds.map((kind, index) => [kind, counts[index] ?? 0]));
      return {
        ...(tally as Record<(typeof kinds)[number], number>),
        pageBytes,
        maxPage: spans.at(-1)?.end ?? 0,
      };
    },
  };
}

// The order of makedumpfile's __exclude_unnecessary_pages(): the first match wins.
function kindOf(low: number, high: number): number {
  if ((low & noPage) !== 0) return never;
  if ((low & compoundTail) !== 0) return tail;
  if ((low & buddy) !== 0) return free;
  const isCache = (low & lru) !== 0 || ((low & swapCache) !== 0 && (low & swapBacked) !== 0);
  if (isCache && (low & anon) === 0) return (high & privateHigh) === 0 ? cache : cachePrivate;
  if ((low & (anon | huge)) !== 0) return user;
  if ((low & (hwPoison | offline)) !== 0) return never;
  return kernel;
}

// RAM without what is excluded, as page numbers [start, end) in order.
function wantedSpans(
  ram: readonly AddressRange[],
  excluded: readonly AddressRange[],
  pageBytes: number,
): readonly AddressRange[] {
  let spans = ram.map(({ start, end }) => ({
    start: Math.ceil(start / pageBytes),
    end: Math.floor((end + 1) / pageBytes),
  }));
  for (const hole of excluded) {
    const from = Math.floor(hole.start / pageBytes);
    const to = Math.ceil((hole.end + 1) / pageBytes);
    spans = spans.flatMap(({ start, end }) =>
      to <= start || from >= end
        ? [{ start, end }]
        : [
            { start, end: Math.min(end, from) },
            { start: Math.max(start, to), end },
          ].filter((span) => span.end > span.start),
    );
  }
  return spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
}
