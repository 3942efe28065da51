import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { howFar, openJournal } from '../../src/upload/journal.ts';
import {
  beginReceipt,
  parseReceipt,
  proofs,
  type Receipt,
  renderReceipt,
} from '../../src/upload/receipt.ts';
import { continueReceipt, hasBegun } from '../../src/upload/resume.ts';
import { orderSet, type Shipment } from '../../src/upload/shipment.ts';

const sha = (digit: string) => digit.repeat(64);
const shipment: Shipment = {
  kind: 'chunk-set',
  path: '/var/crash/0042_vmcore.chunks',
  name: '0042_vmcore.chunks',
  id: '0123456789abcdef0123456789abcdef',
  case: '0042',
  owner: 'Acme Bank, Tokyo',
  files: ['0042_vmcore.zst.000', 'SHA256SUMS', 'chunk-set.json'].map((name, index) => ({
    name,
    remoteName: `0042_vmcore.chunks/${name}`,
    bytes: 100 + index,
    sha256: sha(String(index)),
  })),
};
const fresh = beginReceipt(shipment, {
  to: 'https://h.example/{name}',
  writer: 'sonae 0.1.0',
  startedAt: '2026-11-26T08:00:00.000Z',
});
const now = () => new Date('2026-11-26T09:00:00Z');

describe('a receipt', () => {
  it('is read as it was written, without the path of this machine', () => {
    const text = renderReceipt(fresh);
    expect(text).not.toContain('/var/crash');
    expect(parseReceipt(text)).toEqual({ receipt: fresh, problems: [] });
  });

  it('has every key and word that its page documents, and no other', () => {
    const page = readFileSync(
      new URL('../../docs/formats/upload-receipt.md', import.meta.url),
      'utf8',
    );
    const sent = { ...fresh.files[0], state: 'sent', proof: 'size', sentAt: now().toISOString() };
    const whole = JSON.parse(
      renderReceipt({ ...fresh, endedAt: now().toISOString(), files: [sent as never] }),
    );
    const keys = [...Object.keys(whole), ...Object.keys(whole.files[0]), ...proofs];
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it.each([
    ['nothing', '', /expected an object/],
    ['another format', '{"format":"x"}', /expected "sonae-upload-receipt"/],
    ['a newer version', '{"format":"sonae-upload-receipt","version":2}', /needs another sonae/],
    ['a state nobody knows', renderReceipt(fresh).replace('unfinished', 'fine'), /state: expected/],
    ['a digest that is none', renderReceipt(fresh).replace(sha('1'), 'x'), /sha256/],
    [
      'a negative size',
      renderReceipt(fresh).replace('"bytes": 100', '"bytes": -1'),
      /whole number/,
    ],
  ])('of %s is refused', (_what, text, problem) => {
    const { receipt, problems } = parseReceipt(text);
    expect(receipt).toBeUndefined();
    expect(problems.join('\n')).toMatch(problem);
  });

  it('ignores keys that it does not know', () => {
    const text = renderReceipt(fresh).replace('{', '{"new": [1],');
    expect(parseReceipt(text).receipt).toEqual(fresh);
  });

  it('never throws, whatever the text', () => {
    const text = renderReceipt(fresh);
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.nat(40),
        fc.oneof(fc.string(), fc.json(), fc.constantFrom('[]', 'null', '1e999', '{"__proto__":1}')),
        (at, length, junk) => {
          const { receipt, problems } = parseReceipt(
            text.slice(0, at) + junk + text.slice(at + length),
          );
          expect(receipt === undefined).toBe(problems.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('going on', () => {
  it('takes what was begun for the same place', () => {
    const files = fresh.files.map((file, index) =>
      index === 0 ? { ...file, state: 'sent' as const, tries: 1 } : file,
    );
    expect(continueReceipt('r.json', { ...fresh, state: 'complete', files }, fresh)).toEqual({
      ...fresh,
      files,
    });
    expect(hasBegun(fresh)).toBe(false);
    expect(hasBegun({ ...fresh, files })).toBe(true);
  });

  it.each([
    ['target', { to: 'https://other.example/{name}' }, /to is https:\/\/other/],
    ['case', { case: '0043' }, /case is 0043 in it, now 0042/],
    ['owner', { owner: 'Evil' }, /owner is Evil/],
    ['set', { id: 'f'.repeat(32) }, /id is f/],
    ['content', { files: fresh.files.map((file) => ({ ...file, sha256: sha('9') })) }, /zst\.000/],
    ['number of files', { files: [...fresh.files, fresh.files[0] as never] }, /a file is not/],
  ])('refuses a receipt of another %s', (_what, change, why) => {
    const found: Receipt = { ...fresh, ...change };
    expect(() => continueReceipt('r.json', found, fresh)).toThrow(why);
  });
});

describe('the journal', () => {
  it('writes every change, in order, and says what is there', async () => {
    const written: Receipt[] = [];
    const slowFirst = [20, 0, 0, 0];
    const journal = openJournal(
      fresh,
      async (receipt) => {
        await new Promise((resolve) => setTimeout(resolve, slowFirst.shift()));
        written.push(receipt);
      },
      now,
    );
    await Promise.all([
      journal.update('0042_vmcore.zst.000', { state: 'begun', tries: 1 }),
      journal.update('0042_vmcore.zst.000', { state: 'sent', proof: 'digest' }),
    ]);
    expect(written.map(({ files }) => files[0]?.state)).toEqual(['begun', 'sent']);
    expect(journal.receipt.files[0]).toMatchObject({
      proof: 'digest',
      sentAt: '2026-11-26T09:00:00.000Z',
    });
    expect(howFar(journal.receipt)).toBe('1 of 3 files of 0042_vmcore.chunks is there');
    await journal.update('0042_vmcore.zst.000', { state: 'waiting' });
    expect(journal.receipt.files[0]).not.toHaveProperty('proof');
    await journal.finish();
    expect(written.at(-1)).toMatchObject({
      state: 'complete',
      endedAt: '2026-11-26T09:00:00.000Z',
    });
  });
});

describe('the order of a set', () => {
  const names = {
    folder: '0042_vmcore.chunks',
    stem: '0042_vmcore',
    chunks: ['0042_vmcore.zst.000', '0042_vmcore.zst.001'],
    about: ['SHA256SUMS', 'README.txt', 'inspect.txt', 'chunk-set.json'],
  };

  it('ends with the manifest, in a folder of its own', () => {
    const remote = orderSet(names, { isFlat: false }).map(({ remoteName }) => remoteName);
    expect(remote.at(0)).toBe('0042_vmcore.chunks/0042_vmcore.zst.000');
    expect(remote.at(-1)).toBe('0042_vmcore.chunks/chunk-set.json');
  });

  it('gives what describes it a name of its own, where sets lie side by side', () => {
    const remote = orderSet(names, { isFlat: true }).map(({ remoteName }) => remoteName);
    expect(remote).toEqual([
      '0042_vmcore.zst.000',
      '0042_vmcore.zst.001',
      '0042_vmcore.SHA256SUMS',
      '0042_vmcore.README.txt',
      '0042_vmcore.inspect.txt',
      '0042_vmcore.chunk-set.json',
    ]);
  });
});
