import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { ChunkSet } from '../../src/chunks/chunk-set.ts';
import { joinToFile, joinToStream } from '../../src/chunks/join.ts';
import { openReadingCrew } from '../../src/chunks/reading-crew.ts';
import { verifySet } from '../../src/chunks/verify.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import { describeWith } from '../require-tool.ts';
import { memoryLike, scratch } from './scratch.ts';

const room = scratch();
afterAll(room.remove);

let joined = 0;
async function readers(set: ChunkSet, target: string) {
  const folder = await openOutputFolder(target);
  const crew = openReadingCrew(set.chunks, 2);
  const options = {
    folder,
    crew,
    isMissingAllowed: false,
    reporter: { emit() {} },
    signal: new AbortController().signal,
  };
  return { folder, crew, options };
}

async function restore(set: ChunkSet, target: string): Promise<Buffer> {
  const { crew, options } = await readers(set, target);
  try {
    joined += 1;
    const out = await openOutputFolder(room.root);
    await joinToFile(set, { folder: out, name: `joined${joined}` }, options);
    return readFileSync(room.at(`joined${joined}`));
  } finally {
    await crew.close();
  }
}

describe('join of split', () => {
  it('is the original, for any bytes, sizes, cuts, levels and jobs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          length: fc.oneof(
            fc.integer({ min: 0, max: 3 }),
            fc.integer({ min: 0, max: 700_000 }),
            fc.constantFrom(65536, 65537, 131071, 131072, 262144),
          ),
          seed: fc.integer({ min: 1, max: 2 ** 31 }),
          chunkBytes: fc.integer({ min: 67_072, max: 900_000 }),
          level: fc.integer({ min: 1, max: 9 }),
          jobs: fc.integer({ min: 1, max: 3 }),
        }),
        async ({ length, seed, ...options }) => {
          const bytes = memoryLike(length, seed);
          const { set, target } = await room.splitWhole(bytes, options);
          expect(set.original.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
          expect(set.chunks.every((chunk) => chunk.bytes <= options.chunkBytes)).toBe(true);
          expect((await restore(set, target)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('verifies what was split, and streams it in order', async () => {
    const bytes = memoryLike(3_000_000, 5);
    const { set, target } = await room.splitWhole(bytes, { chunkBytes: 120_000 });
    expect(set.chunks.length).toBeGreaterThan(3);
    const { crew, options } = await readers(set, target);
    const report = await verifySet(set, options);
    expect(report).toMatchObject({ original: 'good', extra: [], problems: [], resend: [] });
    await crew.close();
    const again = await readers(set, target);
    const pieces: Buffer[] = [];
    await joinToStream(set, async (piece) => void pieces.push(Buffer.from(piece)), again.options);
    await again.crew.close();
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it('makes holes of zero regions', async () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024);
    bytes.fill('x', 5_000_000, 5_100_000);
    const { set, target } = await room.splitWhole(bytes);
    expect((await restore(set, target)).equals(bytes)).toBe(true);
    expect(statSync(room.at(`joined${joined}`)).blocks * 512).toBeLessThan(1_000_000);
  });
});

describeWith(['zstd', 'sha256sum', 'cat'], 'standard tools', () => {
  it('restore and check a set without sonae', async () => {
    const bytes = memoryLike(2_500_000, 9);
    const { set, target } = await room.splitWhole(bytes, { chunkBytes: 200_000 });
    expect(readdirSync(target).sort()).toEqual(
      ['README.txt', 'SHA256SUMS', 'chunk-set.json', ...set.chunks.map(({ name }) => name)].sort(),
    );
    const command = /^ {4}(cat .*)$/m.exec(readFileSync(`${target}/README.txt`, 'utf8'))?.[1] ?? '';
    const sh = (line: string) =>
      execFileSync('sh', ['-c', line], { cwd: target, encoding: 'utf8' });
    expect(sh('sha256sum -c --ignore-missing SHA256SUMS')).toMatch(/original\.zst\.000: OK/);
    sh(command);
    expect(sh('sha256sum -c SHA256SUMS')).toMatch(/original: OK/);
    expect(readFileSync(`${target}/original`).equals(bytes)).toBe(true);
  });

  it('decompress each chunk alone', async () => {
    const bytes = memoryLike(1_000_000, 11);
    const { set, target } = await room.splitWhole(bytes, { chunkBytes: 150_000 });
    for (const { name, frames } of set.chunks) {
      const start = frames[0]?.offset ?? 0;
      const length = frames.reduce((sum, frame) => sum + frame.length, 0);
      const plain = execFileSync('zstd', ['-d', '-q', '-c', `${target}/${name}`], {
        maxBuffer: 2 ** 24,
      });
      expect(plain.equals(bytes.subarray(start, start + length))).toBe(true);
    }
  });
});

it('creates files that nobody else can read', async () => {
  mkdirSync(room.at('modes'));
  const { target } = await room.splitWhole(memoryLike(10_000), { target: room.at('modes') });
  const modes = readdirSync(target).map((name) => statSync(`${target}/${name}`).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});
