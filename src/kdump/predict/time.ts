import { isRemote } from '../configuration/dump-target.ts';
import type { KdumpSettings } from '../configuration/settings.ts';
import type { PageCensus } from '../pages/page-census.ts';
import type { LevelSize } from './size.ts';

/** How long a capture will take, in seconds. */
export interface TimePrediction {
  readonly seconds: number;
  readonly highSeconds: number;
  /** Where the time goes, for people. */
  readonly parts: readonly {
    readonly what: string;
    readonly seconds: number;
    readonly highSeconds: number;
  }[];
}

const mebibyte = 1024 * 1024;

// Bytes of RAM per second and thread: [likely, slow]. Not measured here but taken from field reports: a range, not a promise.
const compressionRates: Readonly<Record<string, readonly [number, number]>> = {
  zlib: [80 * mebibyte, 40 * mebibyte],
  lzo: [400 * mebibyte, 200 * mebibyte],
  snappy: [400 * mebibyte, 200 * mebibyte],
  zstd: [250 * mebibyte, 120 * mebibyte],
  none: [1500 * mebibyte, 500 * mebibyte],
};

/** Predicts the time from the panic to a complete dump. */
export function predictTime(
  size: LevelSize,
  census: PageCensus,
  settings: KdumpSettings,
): TimePrediction {
  const isAway = isRemote(settings);
  const ramGib = (census.maxPage * census.pageBytes) / 1024 ** 3;
  const readBytes = (census.kernel + (size.level < 16 ? census.free : 0)) * census.pageBytes;
  const [rate, slowRate] = compressionRates[settings.collector.compression] ?? [1, 1];
  const threads = Math.max(1, settings.collector.threads > 1 ? 2 : 1);
  const targetRate = isAway ? [100 * mebibyte, 20 * mebibyte] : [200 * mebibyte, 60 * mebibyte];
  const write = Math.max(readBytes / rate / threads, size.bytes / (targetRate[0] ?? 1));
  const slowWrite = Math.max((readBytes * 1.5) / slowRate, size.highBytes / (targetRate[1] ?? 1));
  const once = [
    { what: 'start of the capture kernel', seconds: 20, highSeconds: 90 },
    ...(isAway ? [{ what: 'network and target', seconds: 20, highSeconds: 120 }] : []),
    { what: 'scan of the pages', seconds: 1 + ramGib / 50, highSeconds: 5 + ramGib / 15 },
    { what: 'filter, compress, write', seconds: write, highSeconds: slowWrite },
  ];
  // The capture kernel starts once, all else is done for each.
  const parts = [...once, ...settings.furtherTargets.flatMap(() => once.slice(1))];
  const sum = (pick: (part: (typeof parts)[number]) => number) =>
    Math.round(parts.reduce((total, part) => total + pick(part), 0));
  return {
    seconds: sum((part) => part.seconds),
    highSeconds: sum((part) => part.highSeconds),
    parts: parts.map(({ what, seconds, highSeconds }) => ({
      what,
      seconds: Math.round(seconds),
      highSeconds: Math.round(highSeconds),
    })),
  };
}
