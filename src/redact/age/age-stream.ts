import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Encryption, EncryptionStream } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import {
  base64,
  hkdf,
  type Identity,
  type Recipient,
  type Stanza,
  unwrapKey,
  wrapKey,
} from './key-wrap.ts';

const intro = 'age-encryption.org/v1';
const chunkBytes = 64 * 1024;
const tagBytes = 16;
const mostHeaderBytes = 256 * 1024;

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
  return {
    suffix: '.age',
    receivers: recipients.map((one) => (one.kind === 'x25519' ? one.text : 'passphrase')),
    open: () => encryptionStream(recipients),
  };
}

function encryptionStream(recipients: readonly Recipient[]): EncryptionStream {
  const fileKey = randomBytes(16);
  const nonce = randomBytes(16);
  const key = hkdf(fileKey, nonce, 'payload');
  const header = renderHeader(
    recipients.map((one) => wrapKey(one, fileKey)),
    fileKey,
  );
  let counter = 0;
  let head: Buffer | undefined = Buffer.concat([header, nonce]);
  let pending: Buffer = Buffer.alloc(0);
  const seal = (plain: Buffer, isLast: boolean) => {
    const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce(counter, isLast), {
      authTagLength: tagBytes,
    });
    counter += 1;
    return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  };
  const takeHead = () => {
    const parts = head === undefined ? [] : [head];
    head = undefined;
    return parts;
  };
  return {
    write(chunk) {
      const parts = takeHead();
      const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      let at = 0;
      // The last chunk is marked, so a full one waits until it is known whether more follows.
      for (; data.length - at > chunkBytes; at += chunkBytes) {
        parts.push(...seal(data.subarray(at, at + chunkBytes), false));
      }
      pending = Buffer.from(data.subarray(at));
      return Buffer.concat(parts);
    },
    end: () => Buffer.concat([...takeHead(), ...seal(pending, true)]),
  };
}

function renderHeader(stanzas: readonly Stanza[], fileKey: Buffer): Buffer {
  const lines = [intro];
  for (const { args, body } of stanzas) {
    lines.push(`-> ${args.join(' ')}`);
    const text = base64(body);
    // Lines of 64; a shorter one, perhaps empty, ends the body.
    for (let at = 0; at <= text.length; at += 64) lines.push(text.slice(at, at + 64));
  }
  const signed = `${lines.join('\n')}\n---`;
  return Buffer.from(`${signed} ${base64(headerMac(fileKey, signed))}\n`);
}

function headerMac(fileKey: Buffer, signed: string): Buffer {
  return createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
    .update(signed)
    .digest();
}

// 11 bytes of counter, then 1 for the last chunk (STREAM).
function chunkNonce(counter: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Decrypts a small age file whole (a map of aliases). Throws E_INTEGRITY when it is damaged or for somebody else. */
export function decryptAge(bytes: Buffer, identities: readonly Identity[]): Buffer {
  const { stanzas, signed, mac, end } = parseHeader(bytes);
  const fileKey = findKey(stanzas, identities);
  if (fileKey === undefined) {
    throw new SonaeError(
      'E_INTEGRITY',
      'none of the given keys or passphrases opens this age file',
    );
  }
  const expected = headerMac(fileKey, signed);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
    throw damaged('its header was changed');
  const key = hkdf(fileKey, bytes.subarray(end, end + 16), 'payload');
  const parts: Buffer[] = [];
  let counter = 0;
  for (let at = end + 16; at < bytes.length || counter === 0; counter += 1) {
    const chunk = bytes.subarray(at, at + chunkBytes + tagBytes);
    at += chunk.length;
    parts.push(unsealChunk(key, chunk, counter, at >= bytes.length));
  }
  return Buffer.concat(parts);
}

function findKey(stanzas: readonly Stanza[], identities: readonly Identity[]): Buffer | undefined {
  for (const identity of identities) {
    for (const stanza of stanzas) {
      const key = unwrapKey(identity, stanza);
      if (key !== undefined) return key;
    }
  }
  return undefined;
}

function unsealChunk(key: Buffer, chunk: Buffer, counter: number, isLast: boolean): Buffer {
  if (chunk.length < tagBytes) throw damaged('it ends too early');
  const cipher = createDecipheriv('chacha20-poly1305', key, chunkNonce(counter, isLast), {
    authTagLength: tagBytes,
  });
  cipher.setAuthTag(chunk.subarray(-tagBytes));
  const plain = cipher.update(chunk.subarray(0, -tagBytes));
  try {
    return Buffer.concat([plain, cipher.final()]);
  } catch {
    throw damaged(`chunk ${counter + 1} was changed, or the file was cut off`);
  }
}

function parseHeader(bytes: Buffer): {
  stanzas: readonly Stanza[];
  signed: string;
  mac: Buffer;
  end: number;
} {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, mostHeaderBytes));
  const footer = text.indexOf('\n---');
  const close = footer < 0 ? -1 : text.indexOf('\n', footer + 1);
  if (!text.startsWith(`${intro}\n`) || close < 0) throw damaged('it does not begin as one');
  const stanzas: Stanza[] = [];
  let args: string[] | undefined;
  let body = '';
  for (const line of text.slice(intro.length + 1, footer).split('\n')) {
    if (line.startsWith('-> ')) {
      args = line.slice(3).split(' ');
      body = '';
    } else if (args !== undefined) {
      body += line;
      if (line.length < 64) {
        stanzas.push({ args, body: Buffer.from(body, 'base64') });
        args = undefined;
      }
    }
  }
  return {
    stanzas,
    signed: text.slice(0, footer + 4),
    mac: Buffer.from(text.slice(footer + 5, close), 'base64'),
    end: close + 1,
  };
}

function damaged(why: string): SonaeError {
  return new SonaeError('E_INTEGRITY', `not a whole age file: ${why}`);
}
