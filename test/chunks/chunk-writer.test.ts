import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openChunkWriter } from '../../src/chunks/chunk-writer.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import type { Encryption } from '../../src/model/encryption.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// As gpg when it dies while it finishes a chunk: everything was taken, and then there is no end.
function dyingEncryption(abandoned: number[]): Encryption {
  let opened = 0;
  return {
    format: 'openpgp',
    suffix: '.gpg',
    receivers: [],
    bound: (bytes) => bytes,
    open(take) {
      opened += 1;
      const number = opened;
      return {
        write: (bytes) => take(Buffer.from(bytes)),
        async end() {
          throw new Error('gpg died');
        },
        async abandon() {
          abandoned.push(number);
        },
      };
    },
  };
}

it('leaves no chunk open for ever when the one before it cannot be finished', async () => {
  const path = temporaryFolder('chunk-writer');
  const abandoned: number[] = [];
  const recorded: string[] = [];
  const writer = openChunkWriter({
    folder: await openOutputFolder(path),
    name: (index) => `o.zst.00${index}.gpg`,
    chunkBytes: 150,
    firstIndex: 0,
    isReadBack: true,
    encryption: dyingEncryption(abandoned),
    onChunk: async ({ chunk }) => void recorded.push(chunk.name),
  });
  const frame = Buffer.alloc(100, 1);
  await writer.add(frame, { offset: 0, length: 100 }, '');
  await writer.add(frame, { offset: 100, length: 100 }, '');
  await expect(writer.finish()).rejects.toThrow('gpg died');
  expect(abandoned.sort()).toEqual([1, 2]);
  expect(recorded).toEqual([]);
  expect(readdirSync(path)).toEqual([]);
});
