import { randomBytes } from 'node:crypto';
import { type Encryption, type EncryptionStream, encryptionSuffixes } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import { blockBytes, sealBlock, tagBytes } from './age-blocks.ts';
import { ageOpener } from './age-decryption.ts';
import { nonceBytes, payloadKey, renderHeader } from './age-header.ts';
import { type Recipient, type Stanza, wrapKey } from './key-wrap.ts';

/**
 * Encryption in the age format, version 1: `age -d` opens it. Throws E_USAGE for recipients that age does not
 * allow together.
 */
export function ageEncryption(recipients: readonly Recipient[]): Encryption {
  if (recipients.length === 0) throw new SonaeError('E_USAGE', 'nobody to encrypt to');
  if (recipients.length > 1 && recipients.some(({ kind }) => kind === 'passphrase')) {
    throw new SonaeError('E_USAGE', 'a passphrase cannot be combined with other recipients', {
      hint: 'The age format does not allow it: give --passphrase-file or --encrypt-to, not both.',
    });
  }
  const head = headBytes(recipients);
  return {
    format: 'age',
    suffix: encryptionSuffixes.age,
    receivers: recipients.map((one) => (one.kind === 'x25519' ? one.text : 'passphrase')),
    bound: (bytes) => head + bytes + tagBytes * Math.max(1, Math.ceil(bytes / blockBytes)),
    open: (take) => encryptionStream(recipients, take),
  };
}

// Every stanza of a kind has the same length, whatever is in it.
const stanzaOf: Readonly<Record<Recipient['kind'], Stanza>> = {
  x25519: { args: ['X25519', 'x'.repeat(43)], body: Buffer.alloc(32) },
  passphrase: { args: ['scrypt', 'x'.repeat(22), '16'], body: Buffer.alloc(32) },
};

function headBytes(recipients: readonly Recipient[]): number {
  const stanzas = recipients.map(({ kind }) => stanzaOf[kind]);
  return renderHeader(stanzas, Buffer.alloc(16)).length + nonceBytes;
}

function encryptionStream(
  recipients: readonly Recipient[],
  take: (bytes: Buffer) => Promise<void>,
): EncryptionStream {
  const fileKey = randomBytes(16);
  const nonce = randomBytes(nonceBytes);
  const key = payloadKey(fileKey, nonce);
  let index = 0;
  let pending: Buffer = Buffer.alloc(0);
  let head: readonly Buffer[] | undefined;
  const seal = (plain: Uint8Array, isLast: boolean) => {
    const parts = sealBlock(key, plain, { index, isLast });
    index += 1;
    return parts;
  };
  const takeHead = () => {
    if (head !== undefined) return [];
    head = [
      renderHeader(
        recipients.map((one) => wrapKey(one, fileKey)),
        fileKey,
      ),
      nonce,
    ];
    return head;
  };
  return {
    async write(bytes) {
      const parts = [...takeHead()];
      let at = 0;
      // The last block is marked, so a full one waits until it is known whether more follows.
      if (pending.length > 0 && pending.length + bytes.length > blockBytes) {
        at = blockBytes - pending.length;
        parts.push(...seal(Buffer.concat([pending, bytes.subarray(0, at)]), false));
        pending = Buffer.alloc(0);
      }
      for (; bytes.length - at > blockBytes; at += blockBytes)
        parts.push(...seal(bytes.subarray(at, at + blockBytes), false));
      pending = Buffer.concat([pending, bytes.subarray(at)]);
      if (parts.length > 0) await take(Buffer.concat(parts));
    },
    async end() {
      await take(Buffer.concat([...takeHead(), ...seal(pending, true)]));
    },
    async abandon() {},
    opener: () => ageOpener({ fileKey }),
  };
}
