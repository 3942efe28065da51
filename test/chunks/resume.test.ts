import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/chunks/manifest.ts';
import { openInput } from '../../src/host/input-file.ts';
import { SonaeError } from '../../src/model/error.ts';
import type { Event } from '../../src/model/event.ts';
import type { InputFile } from '../../src/model/storage.ts';
import { memoryLike, scratch } from './scratch.ts';

const room = scratch();
afterAll(room.remove);
const original = memoryLike(4_000_000, 21);
const chunkBytes = 90_000;

// Stops after a few finished chunks, as Ctrl-C does.
async function stopped(target: string, afterChunks: number, medium?: InputFile) {
  const controller = new AbortController();
  let finished = 0;
  return room.split(medium ?? room.at('input'), {
    target,
    chunkBytes,
    isBadSkipped: medium !== undefined,
    signal: controller.signal,
    reporter: {
      emit(event: Event) {
        if (event.type === 'item' && ++finished >= afterChunks) controller.abort();
      },
    },
  });
}

function restored(target: string): Buffer {
  const chunks = readdirSync(target).filter((name) => /\.zst\.\d+$/.test(name));
  return Buffer.concat(chunks.map((name) => framesOf(readFileSync(join(target, name)))));
}

// zstdDecompressSync reads all frames of a buffer.
const framesOf = (bytes: Buffer) => zstdDecompressSync(bytes);

function prepare(name: string): string {
  writeFileSync(room.at('input'), original);
  utimesSync(room.at('input'), 1_700_000_000, 1_700_000_000);
  return room.at(name);
}

describe('an interrupted split', () => {
  it('keeps what it has as good chunks and goes on from there', async () => {
    const target = prepare('interrupted');
    const { result } = await stopped(target, 2);
    expect(result.state).toBe('interrupted');
    const before = readdirSync(target).filter((name) => /\.zst\.\d+$/.test(name));
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(readdirSync(target)).not.toContain('chunk-set.json');
    const times = before.map((name) => statSync(join(target, name)).mtimeMs);
    const { result: end } = await room.split(room.at('input'), {
      target,
      chunkBytes,
      isResumed: true,
    });
    expect(end.state).toBe('complete');
    expect(restored(target).equals(original)).toBe(true);
    // Verified, not written again.
    expect(before.map((name) => statSync(join(target, name)).mtimeMs)).toEqual(times);
    expect(readdirSync(target).filter((name) => /journal|partial|ballast/.test(name))).toEqual([]);
  });

  it('writes a damaged chunk again, and what follows it', async () => {
    const target = prepare('damaged');
    await stopped(target, 3);
    const name = readdirSync(target).filter((one) => /\.zst\.\d+$/.test(one))[1] ?? '';
    const bytes = readFileSync(join(target, name));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(join(target, name), bytes);
    const { result } = await room.split(room.at('input'), { target, chunkBytes, isResumed: true });
    expect(result.state).toBe('complete');
    expect(restored(target).equals(original)).toBe(true);
  });

  it('survives a torn journal', async () => {
    const target = prepare('torn');
    await stopped(target, 3);
    const journal = join(target, 'chunk-set.journal');
    const text = readFileSync(journal, 'utf8');
    writeFileSync(journal, text.slice(0, text.trimEnd().lastIndexOf('\n') + 30));
    const { result } = await room.split(room.at('input'), { target, chunkBytes, isResumed: true });
    expect(result.state).toBe('complete');
    expect(restored(target).equals(original)).toBe(true);
  });

  it('refuses to go on with an input of another size, time or content', async () => {
    const target = prepare('other');
    await stopped(target, 2);
    const resume = () => room.split(room.at('input'), { target, chunkBytes, isResumed: true });
    writeFileSync(room.at('input'), original.subarray(1));
    await expect(resume()).rejects.toMatchObject({ code: 'E_INPUT_CHANGED' });
    writeFileSync(room.at('input'), original);
    await expect(resume()).rejects.toMatchObject({ code: 'E_INPUT_CHANGED' });
    const changed = Buffer.from(original);
    changed[5] = (changed[5] ?? 0) ^ 1;
    writeFileSync(room.at('input'), changed);
    utimesSync(room.at('input'), 1_700_000_000, 1_700_000_000);
    await expect(resume()).rejects.toMatchObject({
      code: 'E_INPUT_CHANGED',
      message: expect.stringContaining('not those split before'),
    });
  });

  it('is not touched without --resume, nor is a finished set', async () => {
    const target = prepare('taken');
    await stopped(target, 1);
    const again = (isResumed: boolean) =>
      room.split(room.at('input'), { target, chunkBytes, isResumed });
    await expect(again(false)).rejects.toMatchObject({ code: 'E_EXISTS' });
    await again(true);
    // Nothing left to do.
    expect((await again(true)).result.state).toBe('complete');
    await expect(again(false)).rejects.toMatchObject({ code: 'E_EXISTS' });
    rmSync(join(target, 'chunk-set.json'));
    await expect(again(false)).rejects.toMatchObject({ code: 'E_EXISTS' });
  });
});

// A real file in front of which some sectors are bad.
async function failing(path: string, bad: readonly number[]): Promise<InputFile> {
  const input = await openInput(path);
  return {
    ...input,
    async read(buffer, position) {
      const hit = bad.find((at) => at >= position && at < position + buffer.length);
      if (hit !== undefined) throw new SonaeError('E_INTEGRITY', `EIO somewhere after ${position}`);
      return input.read(buffer, position);
    },
  };
}

describe('a failing medium', () => {
  it('ends the split with the offset of the bad place, and what came before is kept', async () => {
    prepare('');
    const target = room.at('bad');
    await expect(
      room.split(await failing(room.at('input'), [2_000_000]), { target, chunkBytes }),
    ).rejects.toMatchObject({
      code: 'E_INTEGRITY',
      message: expect.stringContaining(`offset ${Math.floor(2_000_000 / 4096) * 4096}`),
    });
    expect(
      readFileSync(join(target, 'chunk-set.journal'), 'utf8').split('\n').length,
    ).toBeGreaterThan(2);
    const { result } = await room.split(await failing(room.at('input'), [2_000_000]), {
      target,
      chunkBytes,
      isResumed: true,
      isBadSkipped: true,
    });
    expect(result.state).toBe('complete');
  });

  it('goes on behind a bad place that an earlier run passed over, and still lists it', async () => {
    prepare('');
    const target = room.at('bad-resumed');
    await stopped(target, 2, await failing(room.at('input'), [5000]));
    expect(readdirSync(target)).not.toContain('chunk-set.json');
    const { result } = await room.split(await failing(room.at('input'), [5000]), {
      target,
      chunkBytes,
      isResumed: true,
      isBadSkipped: true,
    });
    if (result.state !== 'complete') throw new Error('not complete');
    expect(result.set.original.unreadable).toEqual([{ offset: 4096, length: 4096 }]);
  });

  it('is passed over with --skip-bad: zeros there, listed, everything else whole', async () => {
    prepare('');
    const { result, target } = await room.split(
      await failing(room.at('input'), [1_000_000, 1_004_100, 3_999_999]),
      { chunkBytes, isBadSkipped: true },
    );
    if (result.state !== 'complete') throw new Error('not complete');
    expect(result.set.original.unreadable).toEqual([
      { offset: 999_424, length: 8192 },
      { offset: 3_997_696, length: 4_000_000 - 3_997_696 },
    ]);
    // The set can be opened again: what was written is what the parser takes.
    const written = parseManifest(readFileSync(join(target, 'chunk-set.json'), 'utf8'));
    expect(written.problems).toEqual([]);
    expect(written.set?.original.unreadable).toEqual(result.set.original.unreadable);
    const expected = Buffer.from(original);
    expected.fill(0, 999_424, 999_424 + 8192);
    expected.fill(0, 3_997_696);
    expect(restored(target).equals(expected)).toBe(true);
  });
});

it('notices that the input grew while it was read', async () => {
  const target = prepare('grew');
  const input = await openInput(room.at('input'));
  let isGrown = false;
  const growing: InputFile = {
    ...input,
    async read(buffer, position) {
      if (position > 1_000_000 && !isGrown) {
        isGrown = true;
        writeFileSync(room.at('input'), 'more', { flag: 'a' });
      }
      return input.read(buffer, position);
    },
  };
  await expect(room.split(growing, { target, chunkBytes })).rejects.toMatchObject({
    code: 'E_INPUT_CHANGED',
  });
  expect(readdirSync(target)).not.toContain('chunk-set.json');
});
