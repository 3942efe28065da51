import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sampleContents } from '../../src/kdump/pages/content-sample.ts';
import type { ByteSource } from '../../src/model/byte-source.ts';

const pageBytes = 4096;
const headBytes = 4096;

// A kcore of one segment: physical page 16 is the first after the header.
function kcoreOf(pages: readonly Buffer[], denied: ReadonlySet<number> = new Set()): ByteSource {
  const head = Buffer.alloc(headBytes);
  head.write('\x7fELF', 'latin1');
  head.set([2, 1, 1], 4);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64);
  head.writeBigUInt64LE(BigInt(headBytes), 64 + 8);
  head.writeBigUInt64LE(BigInt(16 * pageBytes), 64 + 24);
  head.writeBigUInt64LE(BigInt(pages.length * pageBytes), 64 + 32);
  const file = Buffer.concat([head, ...pages]);
  return {
    name: '/proc/kcore',
    size: file.length,
    read: (offset, length) =>
      denied.has((offset - headBytes) / pageBytes)
        ? Buffer.alloc(0)
        : Buffer.from(file.subarray(offset, offset + length)),
    close: () => undefined,
  };
}

describe('sampleContents', () => {
  const zero = Buffer.alloc(pageBytes);
  const text = Buffer.alloc(pageBytes, 'kernel text, much alike; ');
  const noise = randomBytes(pageBytes);

  it('counts zeros, shrinks what shrinks, and stores the rest whole', () => {
    const sample = sampleContents(kcoreOf([zero, text, noise, zero]), [16, 17, 18, 19], pageBytes);
    expect(sample?.pages).toBe(4);
    expect(sample?.zeroPages).toBe(2);
    expect(sample?.storedBytes).toBeGreaterThan(pageBytes);
    expect(sample?.storedBytes).toBeLessThan(pageBytes + 200);
  });

  it('leaves out what no segment holds and what cannot be read', () => {
    const kcore = kcoreOf([noise, noise, noise], new Set([1]));
    expect(sampleContents(kcore, [15, 16, 17, 18, 19], pageBytes)).toEqual({
      pages: 2,
      zeroPages: 0,
      storedBytes: 2 * pageBytes,
    });
  });

  it('says nothing where nearly nothing can be read', () => {
    const kcore = kcoreOf([noise]);
    const asked = Array.from({ length: 20 }, (_, index) => 16 + index);
    expect(sampleContents(kcore, asked, pageBytes)).toBeUndefined();
    expect(sampleContents(kcore, [], pageBytes)).toBeUndefined();
  });
});
