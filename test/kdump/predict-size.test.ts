import { describe, expect, it } from 'vitest';
import type { ContentSample } from '../../src/kdump/pages/content-sample.ts';
import type { PageCensus } from '../../src/kdump/pages/page-census.ts';
import type { Collector } from '../../src/kdump/parse/collector.ts';
import { parseListRoom } from '../../src/kdump/parse/proc.ts';
import { predictSize } from '../../src/kdump/predict/size.ts';
import { known, unreadable } from '../../src/model/fact.ts';

// Three Debian 12 guests that panicked: the page flags a second before, what the dump's pages then held (taken from its
// page descriptors), and the bytes of the flattened file.
const guests = [
  {
    name: 'at work, 1 GiB',
    census: census(76_006, 61_647, 3760, 20_247, 34_806, 262_106),
    contents: { pages: 34_865, zeroPages: 7366, storedBytes: 27_181_695 },
    bytes: 28_110_239,
  },
  {
    name: 'idle, 1 GiB',
    census: census(141_789, 14_019, 1223, 2351, 37_084, 262_106),
    contents: { pages: 37_150, zeroPages: 7685, storedBytes: 41_798_808 },
    bytes: 42_789_712,
  },
  {
    name: 'busy, 2 GiB',
    census: census(86_458, 215_658, 7865, 81_759, 66_870, 524_250),
    contents: { pages: 66_969, zeroPages: 7862, storedBytes: 51_975_126 },
    bytes: 53_752_150,
  },
] as const satisfies readonly {
  census: PageCensus;
  contents: ContentSample;
  name: string;
  bytes: number;
}[];

const collector: Collector = {
  text: 'makedumpfile -F -c -d 31',
  level: 31,
  compression: 'zlib',
  isFlattened: true,
  threads: 1,
  isMakedumpfile: true,
};

describe('predictSize', () => {
  it.each(guests)('meets the real dump when it knows what the pages hold: $name', (guest) => {
    const size = predictSize(
      [guest.census],
      collector,
      'page-flags',
      known(guest.contents, 'kcore'),
    );
    expect(relativeError(size?.likely.bytes, guest.bytes)).toBeLessThan(0.01);
    expect(size?.likely.highBytes).toBeGreaterThan(guest.bytes);
  });

  it('counts the free pages that the per-CPU lists may take to what it will hardly exceed', () => {
    // As /proc/zoneinfo of a guest of 1 GiB; the zone's own "high" is a watermark.
    const zoneinfo =
      'Node 0, zone    DMA32\n  pages free     55615\n        low      10732\n        high     12000\n  pagesets\n    cpu: 0\n              count: 732\n              high:  10732\n              batch: 31\n';
    expect(parseListRoom(zoneinfo)).toBe(10_000);
    expect(parseListRoom('')).toBe(0);
    const [{ census, contents }] = guests;
    const sizeWith = (room: number) =>
      predictSize([census], collector, 'page-flags', known(contents, 'kcore'), room);
    const [empty, full] = [sizeWith(0), sizeWith(10_000)];
    expect(full?.likely.bytes).toBe(empty?.likely.bytes);
    expect((full?.likely.highBytes ?? 0) - (empty?.likely.highBytes ?? 0)).toBeGreaterThan(8e6);
  });

  it.each(guests)('stays near without a look at the pages: $name', (guest) => {
    const unknown = unreadable('/proc/kcore', 'lockdown');
    const size = predictSize([guest.census], collector, 'page-flags', unknown);
    expect(relativeError(size?.likely.bytes, guest.bytes)).toBeLessThan(0.25);
    expect(size?.likely.highBytes).toBeGreaterThan(guest.bytes);
  });

  it('grows with everything that a lower level leaves in', () => {
    const [guest] = guests;
    const size = predictSize(
      [guest.census],
      collector,
      'page-flags',
      known(guest.contents, 'kcore'),
    );
    const bytesOf = (level: number) =>
      size?.levels.find((each) => each.level === level)?.bytes ?? 0;
    expect(bytesOf(31)).toBeLessThan(bytesOf(23));
    expect(bytesOf(23)).toBeLessThan(bytesOf(17));
    expect(bytesOf(17)).toBeLessThan(bytesOf(1));
    expect(bytesOf(1)).toBeLessThanOrEqual(bytesOf(0));
  });

  it('counts every page whole where nothing is compressed', () => {
    const [guest] = guests;
    const plain: Collector = { ...collector, compression: 'none', level: 0 };
    const size = predictSize([guest.census], plain, 'page-flags', known(guest.contents, 'kcore'));
    const pages = 76_006 + 61_647 + 3760 + 20_247 + 34_806;
    expect(relativeError(size?.likely.bytes, pages * 4096)).toBeLessThan(0.01);
  });
});

function census(
  free: number,
  cache: number,
  cachePrivate: number,
  user: number,
  kernel: number,
  maxPage: number,
): PageCensus {
  return { pageBytes: 4096, free, cache, cachePrivate, user, kernel, never: 0, maxPage };
}

function relativeError(predicted: number | undefined, real: number): number {
  return Math.abs((predicted ?? Number.NaN) / real - 1);
}
