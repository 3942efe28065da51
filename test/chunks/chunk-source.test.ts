import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { openChunkSource } from '../../src/chunks/chunk-source.ts';
import { openFileSource } from '../../src/host/file-source.ts';
import type { ByteSource } from '../../src/model/byte-source.ts';
import { memoryLike, scratch } from './scratch.ts';

const room = scratch();
afterAll(room.remove);

const opener =
  (target: string) =>
  (name: string): ByteSource | undefined => {
    try {
      return openFileSource(join(target, name));
    } catch {
      return undefined;
    }
  };

it('reads any range of a set that was not joined', async () => {
  const bytes = memoryLike(3_000_000, 8);
  const { set, target } = await room.splitWhole(bytes, { chunkBytes: 90_000 });
  const source = openChunkSource(
    { chunks: set.chunks, name: 'set', bytes: set.original.bytes },
    opener(target),
  );
  fc.assert(
    fc.property(fc.nat({ max: 3_100_000 }), fc.nat({ max: 300_000 }), (offset, length) => {
      const expected = bytes.subarray(offset, offset + length);
      expect(source.read(offset, length).equals(expected)).toBe(true);
    }),
    { numRuns: 200 },
  );
  expect(source.read(-5, 10).length).toBe(0);
  expect(source.unread).toEqual([]);
  source.close();
});

it('ends a read where a missing chunk begins, and lists what is not there', async () => {
  const bytes = memoryLike(3_000_000, 8);
  const { set, target } = await room.splitWhole(bytes, { chunkBytes: 90_000 });
  const lost = set.chunks[1];
  if (lost === undefined) throw new Error('too few chunks');
  rmSync(join(target, lost.name));
  const source = openChunkSource(
    { chunks: set.chunks, name: 'set', bytes: set.original.bytes },
    opener(target),
  );
  const start = lost.frames[0]?.offset ?? 0;
  expect(source.read(start - 100, 500).equals(bytes.subarray(start - 100, start))).toBe(true);
  expect(source.read(start, 10).length).toBe(0);
  const last = lost.frames.at(-1);
  const end = (last?.offset ?? 0) + (last?.length ?? 0);
  expect(source.read(end, 1000).equals(bytes.subarray(end, end + 1000))).toBe(true);
  expect(source.unread).toEqual([{ offset: start, length: lost.frames[0]?.length }]);
  source.close();
});
