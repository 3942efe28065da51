import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { judgeEncrypted } from '../../src/encrypt/judge-encrypted.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

it.each([
  ['age', Buffer.from('age-encryption.org/v1\n-> X25519 x'), 'age'],
  ['gpg to an RSA key of 3072 bits', bytes('85 01 8c 03 30 86 31 bb'), 'openpgp'],
  ['gpg to an elliptic curve', bytes('84 5e 03 30 86 31 bb'), 'openpgp'],
  ['gpg by a passphrase', bytes('8c 0d 04 07 03 02'), 'openpgp'],
  ['the new form of a packet', bytes('c1 c0 4c 03 30 86'), 'openpgp'],
  ['armored', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nhQ'), 'openpgp'],
  ['zstd', bytes('28 b5 2f fd 24 0c'), undefined],
  ['gzip', bytes('1f 8b 08 00 00 00'), undefined],
  ['a public key', bytes('99 01 8d 04 5f'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
  ['text', Buffer.from('hello'), undefined],
])('tells %s', (_what, head, expected) => {
  expect(judgeEncrypted(head)).toBe(expected);
});

it('takes hardly any noise for OpenPGP', () => {
  const heads = Array.from({ length: 10_000 }, () => randomBytes(64));
  expect(heads.filter((head) => judgeEncrypted(head) !== undefined).length).toBeLessThan(20);
});
