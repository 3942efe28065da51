import { describe, expect, it } from 'vitest';
import {
  kcoreHeadBytes,
  kcoreOffset,
  parseKcoreSegments,
} from '../../src/kdump/pages/kcore-segments.ts';

interface Segment {
  readonly type?: number;
  readonly offset: bigint;
  readonly physical: bigint;
  readonly bytes: bigint;
}

const none = 0xffff_ffff_ffff_ffffn;

function kcoreHead(segments: readonly Segment[], isLittle = true): Buffer {
  const head = Buffer.alloc(64 + segments.length * 56);
  const put = (value: bigint, at: number) =>
    isLittle ? head.writeBigUInt64LE(value, at) : head.writeBigUInt64BE(value, at);
  const putHalf = (value: number, at: number) =>
    isLittle ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at);
  head.write('\x7fELF', 'latin1');
  head.set([2, isLittle ? 1 : 2, 1], 4);
  put(64n, 32);
  putHalf(56, 54);
  putHalf(segments.length, 56);
  for (const [index, { type = 1, offset, physical, bytes }] of segments.entries()) {
    const at = 64 + index * 56;
    if (isLittle) head.writeUInt32LE(type, at);
    else head.writeUInt32BE(type, at);
    put(offset, at + 8);
    put(physical, at + 24);
    put(bytes, at + 32);
  }
  return head;
}

const ram: readonly Segment[] = [
  { type: 4, offset: 0x300n, physical: 0n, bytes: 0x100n },
  { offset: 0x7fff_8000_3000n, physical: none, bytes: 0x1_0000_0000n },
  { offset: 0x3000n + 0x1000n, physical: 0x1000n, bytes: 0x9f000n },
  { offset: 0x3000n + 0x10_0000n, physical: 0x10_0000n, bytes: 0x3ff0_0000n },
];

describe('parseKcoreSegments', () => {
  it.each([true, false])(
    'takes the loads that have a physical address (little end: %s)',
    (isLittle) => {
      expect(parseKcoreSegments(kcoreHead(ram, isLittle))).toEqual([
        { physical: 0x1000, bytes: 0x9f000, offset: 0x4000 },
        { physical: 0x10_0000, bytes: 0x3ff0_0000, offset: 0x10_3000 },
      ]);
    },
  );

  it('gives nothing where an old kernel leaves all addresses zero', () => {
    const zero = ram.map((segment) => ({ ...segment, physical: 0n }));
    expect(parseKcoreSegments(kcoreHead(zero))).toEqual([]);
  });

  it('stops at the end of a head that is cut', () => {
    const head = kcoreHead(ram);
    expect(parseKcoreSegments(head.subarray(0, head.length - 1))).toHaveLength(1);
    expect(parseKcoreSegments(head.subarray(0, 63))).toEqual([]);
  });

  it('reads no other file as memory', () => {
    expect(parseKcoreSegments(Buffer.alloc(kcoreHeadBytes))).toEqual([]);
    const narrow = kcoreHead(ram);
    narrow[4] = 1; // 32 bit
    expect(parseKcoreSegments(narrow)).toEqual([]);
  });
});

describe('kcoreOffset', () => {
  const segments = parseKcoreSegments(kcoreHead(ram));

  it('finds a page in its segment', () => {
    expect(kcoreOffset(segments, 0x1000, 4096)).toBe(0x4000);
    expect(kcoreOffset(segments, 0x2000_0000, 4096)).toBe(0x2000_3000);
  });

  it('knows no page that is in a hole or crosses an end', () => {
    expect(kcoreOffset(segments, 0xa_0000, 4096)).toBeUndefined();
    expect(kcoreOffset(segments, 0x9_f000, 8192)).toBeUndefined();
    expect(kcoreOffset(segments, 0x4000_0000, 4096)).toBeUndefined();
  });
});
