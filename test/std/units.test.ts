import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  parseWhen,
} from '../../src/std/units.ts';

describe('parseSize', () => {
  it.each([
    ['500M', 524_288_000],
    ['1G', 1_073_741_824],
    ['1g', 1_073_741_824],
    ['8MiB', 8_388_608],
    ['1000000000', 1_000_000_000],
    ['1.5K', 1536],
    ['10B', 10],
    ['0', undefined],
    ['-5', undefined],
    ['', undefined],
    ['5X', undefined],
    ['1e9', undefined],
    ['NaN', undefined],
    ['99999999999T', undefined],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseSize(text);
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['0s', undefined],
    ['-1s', undefined],
    ['10', undefined],
    ['s', undefined],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
});

describe('parseWhen', () => {
  const now = Date.parse('2026-11-01T12:00:00Z');
  it.each([
    ['2 hours ago', now - 7_200_000],
    ['1 day ago', now - 86_400_000],
    ['24h', now - 86_400_000],
    ['2026-10-31T12:00:00Z', now - 86_400_000],
    ['2026-10-31', Date.parse('2026-10-31')],
    ['soon', undefined],
    ['2026-13-45', undefined],
  ])('%s', (text, ms) => expect(parseWhen(text, now)).toBe(ms));
});

describe('format', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1_073_741_824, '1.0 GiB'],
  ])('size %d', (bytes, text) => expect(formatSize(bytes)).toBe(text));
  it.each([
    [850, '850 ms'],
    [4200, '4.2 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
  ])('duration %d', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatCount', () => {
  it('counts one and many', () => {
    expect([formatCount(1, 'chunk'), formatCount(0, 'chunk')]).toEqual(['1 chunk', '0 chunks']);
    expect(formatCount(2, 'piece of evidence', 'pieces of evidence')).toBe('2 pieces of evidence');
  });
});
