import { describe, expect, it } from 'vitest';
import { bounded } from '../../src/std/bounded.ts';
import { copyInto } from '../../src/std/copy-into.ts';
import { nearest } from '../../src/std/nearest.ts';
import { printable, printableLines } from '../../src/std/printable.ts';

describe('bounded', () => {
  it('keeps to the limit and does everything', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await bounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('starts nothing new after a failure, waits for what runs, and rethrows', async () => {
    const started: number[] = [];
    const run = bounded([1, 2, 3, 4], 1, async (item) => {
      started.push(item);
      if (item === 2) throw new Error('two');
    });
    await expect(run).rejects.toThrow('two');
    expect(started).toEqual([1, 2]);
  });
});

describe('copyInto', () => {
  it.each([
    ['its own', new ArrayBuffer(64)],
    ['shared', new SharedArrayBuffer(64)],
  ])('puts bytes at any place of %s memory and nowhere else', (_, memory) => {
    const source = Uint8Array.from({ length: 20 }, (__, index) => index + 1);
    for (let at = 0; at <= 12; at += 1) {
      new Uint8Array(memory).fill(0);
      copyInto(new Uint8Array(memory, 16, 32), source, at);
      expect([...new Uint8Array(memory)]).toEqual([
        ...new Array(16 + at).fill(0),
        ...source,
        ...new Array(28 - at).fill(0),
      ]);
    }
  });

  it('copies nothing of nothing', () => {
    const target = Uint8Array.of(1, 2);
    copyInto(target, new Uint8Array(0), 1);
    expect([...target]).toEqual([1, 2]);
  });
});

describe('nearest', () => {
  it.each([
    ['netwrok', ['network']],
    ['meomry', ['memory']],
    ['dsik-full', ['disk-full']],
    ['mem', ['memory', 'memory-leak']],
    ['zzzzzz', []],
  ])('%s', (word, expected) => {
    expect(nearest(word, ['network', 'memory', 'memory-leak', 'disk-full'])).toEqual(expected);
  });
});

describe('printable', () => {
  it('neutralises escape sequences, C1 and bidirectional overrides', () => {
    expect(printable('a\u001b[31mb\u009bc\u202ed\n')).toBe('a\\x1b[31mb\\x9bc\\u202ed\\x0a');
  });
  it('keeps newlines and tabs in lines', () => {
    expect(printableLines('a\tb\nc\r')).toBe('a\tb\nc\\x0d');
  });
});
