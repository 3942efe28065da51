import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/collect/archive/codec.ts';
import { Spool, type Spooled, SpoolMemory } from '../../src/collect/spool.ts';

const codec = codecOf('zst');

function bytesOf({ content }: Spooled): Buffer {
  if (content.kind === 'raw') return content.bytes;
  return Buffer.concat(content.frames.map((frame) => codec.decompress(frame)));
}

function spool(
  chunks: readonly Buffer[],
  options: { limitBytes: number; keep: 'head' | 'tail'; memory?: SpoolMemory },
) {
  const filling = new Spool({ codec, memory: new SpoolMemory(1e9), ...options });
  for (const chunk of chunks) filling.write(chunk);
  const spooled = filling.finish();
  const bytes = bytesOf(spooled);
  expect(spooled.bytes).toBe(bytes.length);
  expect(spooled.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  return { spooled, bytes };
}

describe('Spool', () => {
  it('gives back what it was given, whatever the cuts', async () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400_000 }), { maxLength: 12 }), (pieces) => {
        const chunks = pieces.map((piece) => Buffer.from(piece));
        const { spooled, bytes } = spool(chunks, { limitBytes: 100_000_000, keep: 'tail' });
        expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
        expect(spooled.isTruncated).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the head to the byte', async () => {
    const { spooled, bytes } = spool([Buffer.alloc(3_000_000, 'a'), Buffer.alloc(9, 'b')], {
      limitBytes: 2_500_001,
      keep: 'head',
    });
    expect([bytes.length, spooled.isTruncated]).toEqual([2_500_001, true]);
  });

  it.each([
    [40_000, 1_000],
    [6_000_000, 2_000_000],
  ])('keeps the newest lines of %d bytes within %d', async (total, limitBytes) => {
    const lines = Array.from(
      { length: Math.floor(total / 10) },
      (_, index) => `${String(index).padStart(9, '0')}\n`,
    );
    const chunks = Buffer.from(lines.join(''));
    const pieces = Array.from({ length: Math.ceil(chunks.length / 65_536) }, (_, index) =>
      chunks.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const { spooled, bytes } = spool(pieces, { limitBytes, keep: 'tail' });
    const text = bytes.toString();
    expect(spooled.isTruncated).toBe(true);
    expect(text.endsWith(lines.at(-1) as string)).toBe(true);
    expect(text).toMatch(/^\d{9}\n/);
    expect(bytes.length).toBeLessThanOrEqual(limitBytes + 1024 * 1024);
    expect(bytes.length).toBeGreaterThan(limitBytes / 2);
  });

  it('holds no more compressed bytes than its memory', async () => {
    const noise = Array.from({ length: 12 }, () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))),
    );
    const chunks = Array.from({ length: 16 }, () => Buffer.concat([...noise, ...noise]));
    const { spooled } = spool(chunks, {
      limitBytes: 1e9,
      keep: 'tail',
      memory: new SpoolMemory(3_000_000),
    });
    expect(spooled.isTruncated).toBe(true);
    const held =
      spooled.content.kind === 'frames'
        ? spooled.content.frames.reduce((sum, { length }) => sum + length, 0)
        : 0;
    expect(held).toBeLessThan(4_500_000);
  });

  it('shares its memory with others, and gives it back when it is stored', () => {
    const noise = Array.from({ length: 4 }, () => Buffer.from(randomBytes(600_000)));
    const memory = new SpoolMemory(1_500_000);
    const open = () => new Spool({ codec, limitBytes: 1e9, keep: 'head', memory });
    const [first, second] = [open(), open()];
    for (const chunk of noise.slice(0, 2)) first.write(chunk);
    for (const chunk of noise) second.write(chunk);
    expect([first.finish().isTruncated, second.finish().isTruncated]).toEqual([false, true]);
    first.release();
    second.release();
    const third = open();
    for (const chunk of noise.slice(0, 2)) third.write(chunk);
    expect(third.finish().isTruncated).toBe(false);
  });
});
