import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk, ChunkSet } from '../../src/chunks/chunk-set.ts';
import type { Crew } from '../../src/chunks/crew.ts';
import { joinToFile } from '../../src/chunks/join.ts';
import { openReadingCrew } from '../../src/chunks/reading-crew.ts';
import { type VerifyReport, verifySet } from '../../src/chunks/verify.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import { memoryLike, scratch } from './scratch.ts';

const room = scratch();
const original = memoryLike(2_500_000, 3);
const signal = new AbortController().signal;
const reporter = { emit() {} };
let set: ChunkSet;
let good: string;
let crew: Crew;
let other: string;

beforeAll(async () => {
  ({ set, target: good } = await room.splitWhole(original, { chunkBytes: 80_000 }));
  ({ target: other } = await room.splitWhole(memoryLike(2_500_000, 77), { chunkBytes: 80_000 }));
  crew = openReadingCrew(set.chunks, 2);
  expect(set.chunks.length).toBeGreaterThanOrEqual(4);
});
afterAll(async () => {
  await crew.close();
  room.remove();
});

async function withCopy<Value>(body: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(room.at('copy-'));
  try {
    cpSync(good, folder, { recursive: true });
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const verify = async (folder: string): Promise<VerifyReport> =>
  verifySet(set, { folder: await openOutputFolder(folder), crew, reporter, signal });

function chunk(index: number): Chunk {
  const one = set.chunks[index];
  if (one === undefined) throw new Error(`no chunk ${index}`);
  return one;
}

const rangeOf = ({ frames }: Chunk) => ({
  offset: frames[0]?.offset ?? 0,
  length: frames.reduce((sum, { length }) => sum + length, 0),
});

const bad = (report: VerifyReport) => report.chunks.filter(({ state }) => state !== 'good');

describe('verify', () => {
  it('finds one flipped bit anywhere and blames its chunk and no other', async () => {
    const all = fc.nat({ max: set.chunks.length - 1 }).chain((index) =>
      fc.record({
        index: fc.constant(index),
        at: fc.nat({ max: chunk(index).bytes - 1 }),
        bit: fc.nat({ max: 7 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(all, ({ index, at, bit }) =>
        withCopy(async (folder) => {
          const { name } = chunk(index);
          const bytes = readFileSync(join(folder, name));
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          writeFileSync(join(folder, name), bytes);
          const report = await verify(folder);
          expect(report.resend).toEqual([name]);
          expect(report.original).toBe('not-checked');
          const [one] = bad(report);
          // The blamed range holds the frame in which the bit lies.
          const frame = chunk(index).frames.find(
            ({ packedOffset, packedLength }) =>
              at >= packedOffset && at < packedOffset + packedLength,
          );
          const covered = one?.affected.some(
            ({ offset, length }) =>
              offset <= (frame?.offset ?? -1) &&
              offset + length >= (frame?.offset ?? 0) + (frame?.length ?? 0),
          );
          expect(covered).toBe(true);
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('names a missing chunk and the bytes it takes along', () =>
    withCopy(async (folder) => {
      rmSync(join(folder, chunk(1).name));
      expect(bad(await verify(folder))).toEqual([
        { name: chunk(1).name, state: 'missing', says: 'not there', affected: [rangeOf(chunk(1))] },
      ]);
    }));

  it('names swapped chunks by what they hold', () =>
    withCopy(async (folder) => {
      const [a, b] = [join(folder, chunk(1).name), join(folder, chunk(2).name)];
      renameSync(a, join(folder, 'tmp'));
      renameSync(b, a);
      renameSync(join(folder, 'tmp'), b);
      expect(bad(await verify(folder)).map(({ state, says }) => [state, says])).toEqual([
        ['swapped', `it holds ${chunk(2).name}`],
        ['swapped', `it holds ${chunk(1).name}`],
      ]);
    }));

  it('says how short a truncated chunk is, and spares the frames that are whole', () =>
    withCopy(async (folder) => {
      const { name, bytes, frames } = chunk(0);
      const last = frames.at(-1);
      truncateSync(join(folder, name), bytes - 1);
      const [one] = bad(await verify(folder));
      expect(one).toMatchObject({
        name,
        state: 'truncated',
        affected: [{ offset: last?.offset, length: last?.length }],
      });
      truncateSync(join(folder, name), 0);
      expect(bad(await verify(folder))[0]).toMatchObject({ affected: [rangeOf(chunk(0))] });
    }));

  it('tells a chunk with a tail from a damaged one', () =>
    withCopy(async (folder) => {
      writeFileSync(join(folder, chunk(0).name), 'tail', { flag: 'a' });
      expect(bad(await verify(folder))[0]).toMatchObject({ state: 'too-long', affected: [] });
    }));

  it('recognises a chunk of another set', () =>
    withCopy(async (folder) => {
      copyFileSync(join(other, chunk(1).name), join(folder, chunk(1).name));
      const [one] = bad(await verify(folder));
      expect(one?.name).toBe(chunk(1).name);
      expect(['foreign', 'damaged', 'truncated']).toContain(one?.state);
    }));

  it('follows no link and lists what is not of the set', () =>
    withCopy(async (folder) => {
      const { name } = chunk(1);
      renameSync(join(folder, name), room.at('elsewhere'));
      symlinkSync(room.at('elsewhere'), join(folder, name));
      writeFileSync(join(folder, '999_other.zst.000'), 'x');
      const report = await verify(folder);
      expect(bad(report)[0]).toMatchObject({ name, state: 'unreadable' });
      expect(report.extra).toEqual(['999_other.zst.000']);
    }));

  it('notices a SHA256SUMS that says something else', () =>
    withCopy(async (folder) => {
      writeFileSync(join(folder, 'SHA256SUMS'), 'nothing');
      expect((await verify(folder)).problems).toHaveLength(1);
    }));
});

describe('join', () => {
  async function restore(folder: string, isMissingAllowed: boolean) {
    const out = await openOutputFolder(room.root);
    rmSync(room.at('restored'), { force: true });
    return joinToFile(
      set,
      { folder: out, name: 'restored' },
      { folder: await openOutputFolder(folder), crew, isMissingAllowed, reporter, signal },
    );
  }

  it('refuses a set that is not whole, by name, and leaves nothing behind', () =>
    withCopy(async (folder) => {
      rmSync(join(folder, chunk(2).name));
      await expect(restore(folder, false)).rejects.toMatchObject({
        code: 'E_INTEGRITY',
        message: expect.stringContaining(chunk(2).name),
      });
      expect((await (await openOutputFolder(room.root)).list()).join()).not.toMatch(
        /partial|restored/,
      );
    }));

  it('restores the rest with --allow-missing, with zeros for the gap', () =>
    withCopy(async (folder) => {
      rmSync(join(folder, chunk(2).name));
      const { gaps, doubtful } = await restore(folder, true);
      const gap = rangeOf(chunk(2));
      expect(gaps).toEqual([gap]);
      expect(doubtful).toEqual([]);
      const expected = Buffer.from(original);
      expected.fill(0, gap.offset, gap.offset + gap.length);
      expect(readFileSync(room.at('restored')).equals(expected)).toBe(true);
    }));

  it('refuses a damaged chunk and says where', () =>
    withCopy(async (folder) => {
      const { name } = chunk(3);
      const bytes = readFileSync(join(folder, name));
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(join(folder, name), bytes);
      await expect(restore(folder, false)).rejects.toMatchObject({
        code: 'E_INTEGRITY',
        message: expect.stringContaining(name),
      });
    }));

  it('never writes over what is there', () =>
    withCopy(async (folder) => {
      const out = await openOutputFolder(room.root);
      writeFileSync(room.at('precious'), 'mine');
      await expect(
        joinToFile(
          set,
          { folder: out, name: 'precious' },
          {
            folder: await openOutputFolder(folder),
            crew,
            isMissingAllowed: false,
            reporter,
            signal,
          },
        ),
      ).rejects.toMatchObject({ code: 'E_EXISTS' });
      expect(readFileSync(room.at('precious'), 'utf8')).toBe('mine');
    }));
});
