import type { Fact } from '../../model/fact.ts';
import type { ContentSample } from '../pages/content-sample.ts';
import type { PageCensus } from '../pages/page-census.ts';
import type { Collector } from '../parse/collector.ts';

/** How many bytes a dump of one level will have. */
export interface LevelSize {
  readonly level: number;
  /** What is likely. */
  readonly bytes: number;
  /** What it will hardly exceed. */
  readonly highBytes: number;
}

/** Predicted size of the dump and what the prediction rests on. */
export interface SizePrediction {
  readonly basis: 'page-flags' | 'meminfo';
  /** One sentence for people. */
  readonly says: string;
  /** Pages by kind, from which the sizes follow; the lower pass. */
  readonly census: PageCensus;
  /** For the configured level. */
  readonly likely: LevelSize;
  readonly levels: readonly LevelSize[];
}

/** How the kernel's own pages are stored: share of pages that are all zeros, and size of the others, as a factor. */
interface KernelContents {
  readonly zeroShare: number;
  readonly ratio: number;
}

// Where the memory was not looked at: measured on Debian 6.1 and 6.12 guests against real dumps, whose means ran from
// 0.24 to 0.35 (zlib); the high value is the 95th percentile.
const usualRatios: readonly [number, number] = [0.27, 0.45];
const usualZeroShare = 0.16;
// Sizes of the other codecs as a factor of zlib's (same guests).
const codecFactors: Readonly<Record<Exclude<Collector['compression'], 'none'>, number>> = {
  zlib: 1,
  lzo: 1.4,
  snappy: 1.4,
  zstd: 1,
};
// Cache and user pages hold whatever people have; compressed files and encrypted data do not shrink.
const dataRatios: Readonly<Record<Collector['compression'], readonly [number, number]>> = {
  zlib: [0.6, 1],
  lzo: [0.7, 1],
  snappy: [0.7, 1],
  zstd: [0.55, 1],
  none: [1, 1],
};
const pageDescriptorBytes = 24; // struct page_desc of diskdump_mod.h
const headerBytes = 64 * 1024;

/**
 * Predicts the dump's size for every level from one or more passes over the page flags, and the pages that the
 * per-CPU lists may still take.
 */
export function predictSize(
  passes: readonly PageCensus[],
  collector: Collector,
  basis: SizePrediction['basis'],
  contents: Fact<ContentSample>,
  listRoomPages = 0,
): SizePrediction | undefined {
  const low = passes.toSorted((a, b) => a.kernel - b.kernel)[0];
  const high = passes.toSorted((a, b) => b.kernel - a.kernel)[0];
  if (!low || !high) return undefined;
  const margin = basis === 'page-flags' ? 1.1 : 1.5;
  const sampled = contents.state === 'known' ? contents.value : undefined;
  const likely = kernelContents(collector.compression, 0, sampled, low.pageBytes);
  const worst = kernelContents(collector.compression, 1, sampled, low.pageBytes);
  // The per-CPU lists of free pages are full or empty by chance: on a small machine that is a quarter of a dump.
  const worstKernelPages = high.kernel * margin + listRoomPages;
  const sizeOf = (level: number): LevelSize => ({
    level,
    bytes: Math.round(sizeAt(low, level, collector, 0, likely)),
    highBytes: Math.round(
      sizeAt({ ...high, kernel: worstKernelPages }, level, collector, 1, worst),
    ),
  });
  const level = collector.level ?? 0;
  return {
    basis,
    says:
      basis === 'page-flags'
        ? `counted from the flags of every page of RAM, twice${sampled ? `; ${sampled.pages} of the kernel's own compressed to see how well they shrink` : ''}`
        : 'estimated from /proc/meminfo; run as root to count the pages themselves',
    census: low,
    likely: sizeOf(Math.min(31, Math.max(0, level))),
    levels: [0, 1, 15, 16, 17, 23, 27, 31].map(sizeOf),
  };
}

function sizeAt(
  census: PageCensus,
  level: number,
  collector: Collector,
  percentile: 0 | 1,
  contents: KernelContents,
): number {
  const { pageBytes, maxPage } = census;
  const dataRatio = dataRatios[collector.compression][percentile];
  const has = (bit: number) => (level & bit) !== 0;
  // A page of zeros has a descriptor at every level; but with bit 1 all of them share one stored page, and without it
  // each compresses to next to nothing.
  const isZeroFree = has(1) || collector.compression !== 'none';
  const storedKernelPages = census.kernel * (isZeroFree ? 1 - contents.zeroShare : 1);
  const dataPages =
    (has(8) ? 0 : census.user) +
    (has(2) || has(4) ? 0 : census.cache) +
    (has(4) ? 0 : census.cachePrivate);
  // Free pages hold old data or zeros: a third of a data page, unless nothing is compressed.
  const freePages = has(16) ? 0 : census.free;
  const freeRatio =
    collector.compression === 'none' ? 1 : dataRatio * (percentile === 0 ? 0.33 : 1);
  const descriptors = (census.kernel + dataPages + freePages) * pageDescriptorBytes;
  return (
    pageBytes *
      (storedKernelPages * contents.ratio + dataPages * dataRatio + freePages * freeRatio) +
    descriptors +
    2 * Math.ceil(maxPage / 8) +
    headerBytes
  );
}

function kernelContents(
  compression: Collector['compression'],
  percentile: 0 | 1,
  sample: ContentSample | undefined,
  pageBytes: number,
): KernelContents {
  const stored = sample ? sample.pages - sample.zeroPages : 0;
  const zeroShare = sample ? sample.zeroPages / sample.pages : usualZeroShare;
  // A worse hour than this one: fewer zeros, and a quarter more in what is not.
  const share = percentile === 0 ? zeroShare : sample ? zeroShare / 2 : 0;
  if (compression === 'none') return { zeroShare: share, ratio: 1 };
  const zlib =
    sample && stored > 0
      ? (sample.storedBytes / stored / pageBytes) * (percentile === 0 ? 1 : 1.25)
      : usualRatios[percentile];
  return { zeroShare: share, ratio: Math.min(1, zlib * codecFactors[compression]) };
}

/** The census that /proc/meminfo allows, for users other than root and captured trees. */
export function censusOfMeminfo(
  meminfo: ReadonlyMap<string, number>,
  ramBytes: number,
  crashBytes: number,
  pageBytes: number,
): PageCensus | undefined {
  const get = (name: string) => meminfo.get(name) ?? 0;
  const total = get('MemTotal');
  if (total === 0) return undefined;
  const pages = (bytes: number) => Math.max(0, Math.round(bytes / pageBytes));
  const free = get('MemFree');
  const buffers = get('Buffers');
  const cache = Math.max(0, get('Cached') + get('SwapCached'));
  const huge = get('HugePages_Total') * get('Hugepagesize');
  const user = get('AnonPages') + huge;
  // RAM is more than MemTotal: the kernel image and the page structures are not counted there.
  const ram = Math.max(total, ramBytes > 0 ? ramBytes - crashBytes : total * 1.03);
  return {
    pageBytes,
    free: pages(free),
    cache: pages(cache),
    cachePrivate: pages(buffers),
    user: pages(user),
    kernel: pages(ram - free - cache - buffers - user),
    never: 0,
    maxPage: pages(ram * 1.1),
  };
}

/** Sizes rest on the page flags where they were counted, else on meminfo. */
export function chooseCensus(
  pages: Fact<readonly PageCensus[]>,
  fallback: PageCensus | undefined,
): { readonly passes: readonly PageCensus[]; readonly basis: SizePrediction['basis'] } | undefined {
  if (pages.state === 'known' && pages.value.length > 0)
    return { passes: pages.value, basis: 'page-flags' };
  return fallback ? { passes: [fallback], basis: 'meminfo' } : undefined;
}
