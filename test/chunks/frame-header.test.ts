import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedBound } from '../../src/chunks/chunk-set.ts';
import { createFrameCodec } from '../../src/chunks/frame-codec.ts';
import { parseFrameShape } from '../../src/chunks/frame-header.ts';
import { dataRuns, isAllZero } from '../../src/chunks/zero-runs.ts';
import { zstdParameters } from '../../src/chunks/zstd-level.ts';
import { memoryLike } from './scratch.ts';

const parameters = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 1 };

describe('frame shape', () => {
  it('tells size and length of any frame zstd makes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400_000 }), fc.integer({ min: 1, max: 9 }), (length, seed) => {
        const frame = zstdCompressSync(memoryLike(length, seed), { params: parameters });
        expect(parseFrameShape(frame)).toMatchObject({
          hasChecksum: true,
          packedLength: frame.length,
        });
      }),
      { numRuns: 60 },
    );
  });

  it('ends in a sentence at every truncation and at any flipped byte', () => {
    const frame = zstdCompressSync(memoryLike(300_000, 4), { params: parameters });
    for (let length = 0; length < frame.length; length += length < 40 ? 1 : 997) {
      expect(typeof parseFrameShape(frame.subarray(0, length))).toBe('string');
    }
    for (let at = 0; at < Math.min(64, frame.length); at += 1) {
      const bytes = Buffer.from(frame);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      parseFrameShape(bytes);
    }
  });

  it('refuses a dictionary, an unknown size and a window nobody has memory for', () => {
    expect(parseFrameShape(Buffer.from('28b52ffd250c', 'hex'))).toMatch(/dictionary/);
    expect(parseFrameShape(Buffer.from('28b52ffd0400', 'hex'))).toMatch(/content size/);
    const window = Buffer.from('28b52ffd84ff00008000010000', 'hex');
    expect(parseFrameShape(window)).toMatch(/window/);
  });
});

describe('frame codec', () => {
  it('packs and unpacks in the same memory, again and again, also after a broken frame', () => {
    const length = 200_000;
    const codec = createFrameCodec(zstdParameters(3, 2 ** 20));
    const packed = new Uint8Array(new SharedArrayBuffer(packedBound(length)));
    const plain = new Uint8Array(new SharedArrayBuffer(length));
    for (let seed = 1; seed < 20; seed += 1) {
      const bytes = memoryLike(length, seed);
      const size = codec.pack(bytes, packed);
      if (seed % 3 === 0) {
        const broken = Buffer.from(packed.slice(0, size));
        broken[size >> 1] = (broken[size >> 1] ?? 0) ^ 0x10;
        expect(codec.unpack(broken, plain)).toBeTypeOf('string');
      }
      expect(codec.unpack(packed.subarray(0, size), plain)).toBeUndefined();
      expect(Buffer.from(plain).equals(bytes)).toBe(true);
    }
    const size = codec.pack(memoryLike(length, 1), packed);
    expect(codec.unpack(packed.subarray(0, size), plain.subarray(1))).toBeTypeOf('string');
  });

  it('never makes a frame larger than the bound', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 19 }),
        (bytes, level) => {
          const codec = createFrameCodec(zstdParameters(level, 65536));
          const packed = Buffer.alloc(packedBound(bytes.length));
          expect(codec.pack(bytes, packed)).toBeLessThanOrEqual(packed.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('zero runs', () => {
  it('covers every byte that is not zero, and no granule that is', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400_000 }), fc.integer({ min: 1, max: 99 }), (length, seed) => {
        const bytes = memoryLike(length, seed);
        const copy = Buffer.alloc(length);
        for (const { start, end } of dataRuns(bytes)) bytes.copy(copy, start, start, end);
        expect(copy.equals(bytes)).toBe(true);
        expect(isAllZero(bytes)).toBe(bytes.every((byte) => byte === 0));
      }),
      { numRuns: 50 },
    );
    expect(dataRuns(Buffer.alloc(1_000_000))).toEqual([]);
    expect(isAllZero(Buffer.from([0, 0, 1]))).toBe(false);
  });
});
