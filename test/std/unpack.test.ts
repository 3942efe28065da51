import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackGzip } from '../../src/std/gzip.ts';
import { decompressLz4, unpackLegacyLz4 } from '../../src/std/lz4.ts';
import { unpackLzop } from '../../src/std/lzop.ts';
import type { Unpacked } from '../../src/std/unpacked.ts';
import { UnsupportedFormat } from '../../src/std/unsupported-format.ts';
import { unpackLzmaAlone, unpackXz } from '../../src/std/xz.ts';
import { describeWith } from '../require-tool.ts';

type Unpack = (bytes: Buffer, mostBytes: number) => Unpacked;

// Text that repeats near and far, bytes that do not repeat, and zeros: every kind of symbol that a packer has.
function mixture(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  };
  for (let at = 0; at < length; ) {
    const run = 1 + (next() % 400);
    const kind = next() % 4;
    for (const end = Math.min(length, at + run); at < end; at += 1) {
      if (kind === 0) bytes[at] = next() & 255;
      else if (kind === 1) bytes[at] = 97 + (at % 7);
      else if (kind === 2 && at > 5000) bytes[at] = bytes[at - 4999] as number;
    }
  }
  return bytes;
}

const tools: readonly (readonly [tool: string, options: string, unpack: Unpack])[] = [
  ['gzip', '-9', unpackGzip],
  ['gzip', '-1n', unpackGzip],
  ['xz', '-0 --check=crc32', unpackXz],
  ['xz', '-9', unpackXz],
  ['xz', '-T2 --block-size=65536 --check=sha256', unpackXz],
  ['xz', '--check=none --lzma2=preset=6,lc=0,lp=3,pb=4', unpackXz],
  ['xz', '--format=lzma', unpackLzmaAlone],
  ['lz4', '-l -1 -q', unpackLegacyLz4],
  ['lz4', '-l -12 -q', unpackLegacyLz4],
  ['lzop', '-1', unpackLzop],
  ['lzop', '-9', unpackLzop],
];

describeWith(['gzip', 'xz', 'lz4', 'lzop'], 'what the tools pack is unpacked', () => {
  const pack = (tool: string, options: string, input: Buffer) =>
    execFileSync(tool, [...options.split(' '), '-c'], { input, maxBuffer: 2 ** 26 });

  it.each(tools)('%s %s', (tool, options, unpack) => {
    // More than one block of each: 8 MiB of lz4, 2 MiB of a chunk of LZMA.
    const largest = tool === 'lz4' ? 9_000_000 : 2_500_000;
    for (const length of [1, 100, 70_000, largest]) {
      const bytes = mixture(length, length);
      const packed = pack(tool, options, bytes);
      const after = Buffer.concat([packed, Buffer.from([0, 0, 0, 0, 7])]);
      const unpacked = unpack(after, length);
      expect(unpacked.bytes.equals(bytes)).toBe(true);
      // Where it ends matters: another archive may follow.
      expect([0, 4]).toContain(unpacked.length - packed.length);
      expect(() => unpack(packed, length - 1)).toThrow();
      expect(() => unpack(packed.subarray(0, packed.length - 5), length)).toThrow();
    }
  });

  it.each(tools)(
    '%s %s never answers other bytes than a size allows, whatever is changed',
    (...of) => {
      const [tool, options, unpack] = of;
      const packed = pack(tool, options, mixture(5000, 3));
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), {
            minLength: 1,
            maxLength: 5,
          }),
          (changes) => {
            const changed = Buffer.from(packed);
            for (const [at, value] of changes) changed[at] = value;
            try {
              expect(unpack(changed, 6000).bytes.length).toBeLessThanOrEqual(6000);
            } catch (error) {
              expect(error).toBeInstanceOf(Error);
            }
          },
        ),
        { numRuns: 200 },
      );
    },
  );

  it('tells a filter for machine code from damage', () => {
    const packed = pack('xz', '--x86 --lzma2', mixture(5000, 3));
    expect(() => unpackXz(packed, 5000)).toThrow(UnsupportedFormat);
  });
});

describe('an LZ4 block', () => {
  it('may repeat what it is just writing', () => {
    const packed = Buffer.from([0x1f, 0x61, 1, 0, 10, 0x10, 0x62]);
    expect(decompressLz4(packed, 100)?.toString()).toBe(`${'a'.repeat(30)}b`);
    expect(decompressLz4(packed, 30)).toBeUndefined();
  });

  it('takes no more memory than its input can fill, whatever size is allowed', () => {
    const block = Buffer.from([0x10, 0x61]);
    const { buffer } = decompressLz4(block, 2 ** 30) as Buffer;
    expect(buffer.byteLength).toBeLessThan(2 ** 20);
  });
});
