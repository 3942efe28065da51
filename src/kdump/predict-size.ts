import type { Fact } from '../model/fact.ts';
import type { PageCensus } from './page-census.ts';
import type { Collector } from './settings.ts';

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

// Measured on Debian 6.1 and 6.12 guests against real dumps; the high value is the 95th percentile.
const kernelRatios: Readonly<Record<Collector['compression'], readonly [number, number]>> = {
  zlib: [0.27, 0.45],
  lzo: [0.38, 0.55],
  snappy: [0.38, 0.55],
  zstd: [0.27, 0.45],
  none: [1, 1],
};
// Cache and user pages hold whatever people have; compressed files and encrypted data do not shrink.
const dataRatios: Readonly<Record<Collector['compression'], readonly [number, number]>> = {
  zlib: [0.6, 1],
  lzo: [0.7, 1],
  snappy: [0.7, 1],
  zstd: [0.55, 1],
  none: [1, 1],
};
// Share of kernel pages that hold nothing but zeros (same measurements).
const zeroShare = 0.16;
const pageDescriptorBytes = 24; // struct page_desc of diskdump_mod.h
const headerBytes = 64 * 1024;

/** Predicts the dump's size for every level from one or more passes over the page flags. */
export function predictSize(
  passes: readonly PageCensus[],
  collector: Collector,
  basis: SizePrediction['basis'],
): SizePrediction | undefined {
  const low = passes.toSorted((a, b) => a.kernel - b.kernel)[0];
  const high = passes.toSorted((a, b) => b.kernel - a.kernel)[0];
  if (!low || !high) return undefined;
  const margin = basis === 'page-flags' ? 1.1 : 1.5;
  const sizeOf = (level: number): LevelSize => ({
    level,
    bytes: Math.round(sizeAt(low, level, collector, 0)),
    highBytes: Math.round(sizeAt({ ...high, kernel: high.kernel * margin }, level, collector, 1)),
  });
  const level = collector.level ?? 0;
  return {
    basis,
    says:
      basis === 'page-flags'
        ? 'counted from the flags of every page of RAM, twice'
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
): number {
  const { pageBytes, maxPage } = census;
  const kernelRatio = kernelRatios[collector.compression][percentile];
  const dataRatio = dataRatios[collector.compression][percentile];
  const has = (bit: number) => (level & bit) !== 0;
  const kernelPages = census.kernel * (has(1) ? 1 - (percentile === 0 ? zeroShare : 0) : 1);
  const dataPages =
    (has(8) ? 0 : census.user) +
    (has(2) || has(4) ? 0 : census.cache) +
    (has(4) ? 0 : census.cachePrivate);
  // Free pages hold old data or zeros: a third of a data page, unless nothing is compressed.
  const freePages = has(16) ? 0 : census.free;
  const freeRatio =
    collector.compression === 'none' ? 1 : dataRatio * (percentile === 0 ? 0.33 : 1);
  const descriptors = (kernelPages + dataPages + freePages) * pageDescriptorBytes;
  return (
    pageBytes * (kernelPages * kernelRatio + dataPages * dataRatio + freePages * freeRatio) +
    descriptors +
    2 * Math.ceil(maxPage / 8) +
    headerBytes
  );
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
