import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedBound } from '../../src/chunks/chunk-set.ts';
import { parseJournal } from '../../src/chunks/journal.ts';
import { parseManifest, renderManifest } from '../../src/chunks/manifest.ts';

const corpus = fileURLToPath(new URL('../corpus/chunks/', import.meta.url));
const digest = 'a'.repeat(64);

function manifest(change: (value: Record<string, unknown>) => void = () => undefined): string {
  const value = {
    format: 'sonae-chunk-set',
    version: 1,
    setId: '0'.repeat(32),
    host: 'h',
    createdAt: '2026-11-23T00:00:00.000Z',
    writer: 'sonae test',
    chunkBytes: 1000,
    level: 3,
    readBack: 'direct',
    original: { name: 'o', sourceName: 'o', bytes: 300, sha256: digest },
    chunks: [
      {
        name: 'o.zst.000',
        bytes: 50,
        sha256: digest,
        frames: [
          [0, 100, 0, 20],
          [100, 100, 20, 30],
        ],
      },
      { name: 'o.zst.001', bytes: 40, sha256: digest, frames: [[200, 100, 0, 40]] },
    ],
  };
  change(value);
  return JSON.stringify(value);
}

// As version 2 has it: 16 bytes of tag and some of header more than the frames of each chunk.
function encrypt(value: Record<string, unknown>): void {
  value['version'] = 2;
  value['encryption'] = { format: 'age', receivers: ['age1x'] };
  for (const chunk of value['chunks'] as Record<string, unknown>[]) {
    chunk['plainBytes'] = chunk['bytes'];
    chunk['bytes'] = Number(chunk['bytes']) + 216;
  }
}

const hostileEncrypted: readonly (readonly [what: string, ...changes: Change[]])[] = [
  ['the version of a set in the clear', ['version', 1]],
  ['no word on the encryption', ['encryption', undefined]],
  ['an unknown encryption', ['encryption.format', 'rot13']],
  ['receivers that are no list', ['encryption.receivers', 'age1x']],
  ['a chunk in the clear among the others', ['chunks.1.plainBytes', undefined]],
  ['a chunk that decrypts to more than it is', ['chunks.1.bytes', 40]],
  ['a chunk that decrypts to another size than its frames', ['chunks.1.plainBytes', 41]],
  ['a chunk above the limit', ['chunkBytes', 265]],
];

// Each change breaks one rule of docs/formats/chunk-set.md: where, and what to put there.
type Change = readonly [path: string, value: unknown];
const hostile: readonly (readonly [what: string, ...changes: Change[]])[] = [
  ['another format', ['format', 'tar']],
  ['a newer version', ['version', 3]],
  ['a name that leads out', ['chunks.0.name', '../../etc/passwd']],
  ['an absolute name', ['chunks.0.name', '/etc/passwd']],
  ['a hidden name', ['chunks.0.name', '.o.zst.000']],
  ['a name with a newline', ['chunks.0.name', 'o\n.zst.000']],
  ['the name of another file of the set', ['chunks.0.name', 'SHA256SUMS']],
  ['a name twice', ['chunks.1.name', 'o.zst.000']],
  ['an original that leads out', ['original.name', '../o']],
  ['an original named like a chunk', ['original.name', 'o.zst.001']],
  ['a negative size', ['original.bytes', -1]],
  ['a size beyond 2^53', ['original.bytes', 1e300]],
  ['a fractional size', ['chunks.0.bytes', 50.5]],
  ['a size as text', ['chunks.0.bytes', '50']],
  ['a gap in the original', ['chunks.1.frames.0.0', 201]],
  ['an overlap', ['chunks.0.frames.1.0', 99]],
  ['a gap in a chunk', ['chunks.0.frames.1.2', 21]],
  ['a chunk of another size than its frames', ['chunks.1.bytes', 41]],
  ['a chunk above the limit', ['chunkBytes', 45]],
  ['an end before the original', ['original.bytes', 301]],
  ['an absurd frame', ['chunks.1.frames.0.1', 2 ** 40], ['original.bytes', 200 + 2 ** 40]],
  [
    'a frame packed larger than it can be',
    ['chunks.1.frames.0.3', packedBound(100) + 1],
    ['chunks.1.bytes', packedBound(100) + 1],
    ['chunkBytes', 1e6],
  ],
  ['an empty frame', ['chunks.1.frames.0.1', 0], ['original.bytes', 200]],
  ['no frames', ['chunks.1.frames', []]],
  ['no chunks', ['chunks', []], ['original.bytes', 0]],
  ['chunks that are no list', ['chunks', { length: 3 }]],
  ['a frame that is no list', ['chunks.0.frames.0', 7]],
  ['a frame of five numbers', ['chunks.0.frames.0', [0, 100, 0, 20, 1]]],
  ['a digest that is none', ['chunks.0.sha256', 'z'.repeat(64)]],
  ['no original', ['original', undefined]],
  ['a case that leads out', ['case', '../x']],
  ['a dump that is a text', ['original.dump', 'elf']],
];

function put(value: unknown, [path, to]: Change): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let parent = value as Record<string, unknown>;
  for (const key of keys) parent = parent[key] as Record<string, unknown>;
  parent[last] = to;
}

describe('manifest', () => {
  it('reads what it renders', () => {
    const { set, problems } = parseManifest(manifest());
    expect(problems).toEqual([]);
    if (set === undefined) throw new Error('no set');
    expect(parseManifest(renderManifest(set)).set).toEqual(set);
  });

  it.each(hostile.map(([what, ...changes]) => ({ what, changes })))(
    'refuses $what',
    ({ changes }) => {
      const text = manifest((value) => {
        for (const change of changes) put(value, change);
      });
      const { set, problems } = parseManifest(text);
      expect(set).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
    },
  );

  it('reads what it renders of an encrypted set', () => {
    const { set, problems } = parseManifest(manifest(encrypt));
    expect(problems).toEqual([]);
    if (set === undefined) throw new Error('no set');
    expect(parseManifest(renderManifest(set)).set).toEqual(set);
    expect(JSON.parse(renderManifest(set))).toMatchObject({ version: 2 });
  });

  it.each(hostileEncrypted.map(([what, ...changes]) => ({ what, changes })))(
    'refuses, encrypted, $what',
    ({ changes }) => {
      const { set, problems } = parseManifest(
        manifest((value) => {
          encrypt(value);
          for (const change of changes) put(value, change);
        }),
      );
      expect(set).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
    },
  );

  it('ignores keys that it does not know', () => {
    expect(
      parseManifest(manifest((value) => Object.assign(value, { future: [1] }))).set,
    ).toBeDefined();
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated(manifest())), (text) => {
        const { set, problems } = parseManifest(text);
        expect(set === undefined).toBe(problems.length > 0);
        parseJournal(text);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on the corpus', () => {
    const files = readdirSync(corpus);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = readFileSync(corpus + file, 'utf8');
      expect(parseManifest(text).set, file).toBeUndefined();
      parseJournal(text);
    }
  });
});

// The text with one piece cut out, doubled or replaced.
function mutated(text: string) {
  return fc
    .record({
      at: fc.nat({ max: text.length }),
      length: fc.nat({ max: 40 }),
      by: fc.constantFrom('', '-', '9'.repeat(30), '"', '[', '}', 'null', '\u0000', '1e999'),
    })
    .map(({ at, length, by }) => text.slice(0, at) + by + text.slice(at + length));
}
