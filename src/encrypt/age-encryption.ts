import { randomBytes } from 'node:crypto';
import { type Encryption, type EncryptionStream, encryptionSuffixes } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import { blockBytes, sealBlock, tagBytes } from './age-blocks.ts';
import { ageOpener } from './age-decryption.ts';
import { nonceBytes, payloadKey, renderHeader } from './age-header.ts';
import { type Recipient, type Stanza, wrapKey } from './key-wrap.ts';

// Their headers stay far below what readers take.
const mostRecipients = 100;

/**
 * Encryption in the age format, version 1: `age -d` opens it. Throws E_USAGE for recipients that age does not
 * allow together.
 */
export function ageEncryption(recipients: readonly Recipient[]): Encryption {
  if (recipients.length === 0) throw new SonaeError('E_USAGE', 'nobody to encrypt to');
  if (recipients.length > mostRecipients) {
    throw new SonaeError('E_USAGE', `more than ${mostRecipients} recipients for one result`);
  }
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

// Sealed bytes are gathered in memory that is used again: garbage of large files would wait for a collection.
const gatherBytes = 1024 * 1024;

function encryptionStream(
  recipients: readonly Recipient[],
  take: (bytes: Buffer) => Promise<void>,
): EncryptionStream {
  const fileKey = randomBytes(16);
  const nonce = randomBytes(nonceBytes);
  const key = payloadKey(fileKey, nonce);
  const pending = Buffer.alloc(blockBytes);
  let pendingBytes = 0;
  let index = 0;
  let gathered: Buffer | undefined;
  let gatheredBytes = 0;

  async function give(parts: readonly Buffer[]): Promise<void> {
    for (const part of parts) {
      gathered ??= Buffer.alloc(gatherBytes);
      if (gatheredBytes + part.length > gathered.length) await flush();
      gatheredBytes += part.copy(gathered, gatheredBytes);
    }
  }

  async function flush(): Promise<void> {
    const bytes = gathered?.subarray(0, gatheredBytes);
    gatheredBytes = 0;
    if (bytes !== undefined && bytes.length > 0) await take(bytes);
  }

  async function begin(): Promise<void> {
    if (gathered !== undefined) return;
    const stanzas = recipients.map((one) => wrapKey(one, fileKey));
    await give([renderHeader(stanzas, fileKey), nonce]);
  }

  async function seal(plain: Uint8Array, isLast: boolean): Promise<void> {
    await give(sealBlock(key, plain, { index, isLast }));
    index += 1;
  }

  return {
    async write(bytes) {
      await begin();
      // The last block is marked, so a full one waits until it is known whether more follows.
      for (let at = 0; at < bytes.length; ) {
        if (pendingBytes === blockBytes) {
          await seal(pending, false);
          pendingBytes = 0;
        }
        if (pendingBytes === 0 && bytes.length - at > blockBytes) {
          await seal(bytes.subarray(at, at + blockBytes), false);
          at += blockBytes;
        } else {
          const part = bytes.subarray(at, at + blockBytes - pendingBytes);
          pending.set(part, pendingBytes);
          pendingBytes += part.length;
          at += part.length;
        }
      }
      await flush();
    },
    async end() {
      await begin();
      await seal(pending.subarray(0, pendingBytes), true);
      await flush();
    },
    async abandon() {},
    opener: () => ageOpener({ fileKey }),
  };
}
