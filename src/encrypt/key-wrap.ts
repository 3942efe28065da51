import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import { decodeBech32 } from './bech32.ts';

/** One way into an age file: a line of the header, and its body. https://age-encryption.org/v1 */
export interface Stanza {
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** Someone who can open what is encrypted: the holder of a key, or whoever knows a passphrase. */
export type Recipient =
  | { readonly kind: 'x25519'; readonly publicKey: Buffer; readonly text: string }
  | { readonly kind: 'passphrase'; readonly passphrase: Buffer };

/** What opens an age file. */
export type Identity =
  | { readonly kind: 'x25519'; readonly secretKey: Buffer }
  | { readonly kind: 'passphrase'; readonly passphrase: Buffer };

// 64 MiB of memory: this runs on machines in trouble. age itself takes 2^18 by default and accepts ours.
const scryptLogN = 16;
// What a file may ask for at most: 1 GiB of memory. age writes 18, and accepts 22 of a file it does not know.
const maxScryptLogN = 20;

const x25519Label = 'age-encryption.org/v1/X25519';
const scryptLabel = 'age-encryption.org/v1/scrypt';

/** An `age1...` public key; undefined when it is none. */
export function parseRecipient(text: string): Recipient | undefined {
  const decoded = decodeBech32(text.trim());
  if (decoded === undefined || decoded.prefix !== 'age' || decoded.bytes.length !== 32)
    return undefined;
  return { kind: 'x25519', publicKey: decoded.bytes, text: text.trim() };
}

/** An `AGE-SECRET-KEY-1...` key; undefined when it is none. */
export function parseIdentity(text: string): Identity | undefined {
  const decoded = decodeBech32(text.trim());
  if (
    decoded === undefined ||
    decoded.prefix !== 'age-secret-key-' ||
    decoded.bytes.length !== 32
  ) {
    return undefined;
  }
  return { kind: 'x25519', secretKey: decoded.bytes };
}

/** The file key, wrapped for one recipient. */
export function wrapKey(recipient: Recipient, fileKey: Buffer): Stanza {
  switch (recipient.kind) {
    case 'x25519': {
      const ephemeral = generateKeyPairSync('x25519');
      const share = rawPublicKey(ephemeral.publicKey.export({ type: 'spki', format: 'der' }));
      const secret = diffieHellman({
        privateKey: ephemeral.privateKey,
        publicKey: importPublicKey(recipient.publicKey),
      });
      const key = hkdf(secret, Buffer.concat([share, recipient.publicKey]), x25519Label);
      return { args: ['X25519', base64(share)], body: seal(key, fileKey) };
    }
    case 'passphrase': {
      const salt = randomBytes(16);
      const key = stretch(recipient.passphrase, salt, scryptLogN);
      return { args: ['scrypt', base64(salt), String(scryptLogN)], body: seal(key, fileKey) };
    }
    default:
      return recipient satisfies never;
  }
}

/** The file key, when this identity opens this stanza. */
export function unwrapKey(identity: Identity, { args, body }: Stanza): Buffer | undefined {
  const [kind, first = '', second = ''] = args;
  if (body.length !== 32) return undefined;
  if (identity.kind === 'x25519' && kind === 'X25519' && args.length === 2) {
    const share = Buffer.from(first, 'base64');
    if (share.length !== 32) return undefined;
    const privateKey = importPrivateKey(identity.secretKey);
    const own = rawPublicKey(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
    const secret = diffieHellman({ privateKey, publicKey: importPublicKey(share) });
    return unseal(hkdf(secret, Buffer.concat([share, own]), x25519Label), body);
  }
  if (identity.kind === 'passphrase' && kind === 'scrypt' && args.length === 3) {
    const salt = Buffer.from(first, 'base64');
    const logN = Number(second);
    if (salt.length !== 16 || !/^[1-9]\d?$/.test(second) || logN > maxScryptLogN) return undefined;
    return unseal(stretch(identity.passphrase, salt, logN), body);
  }
  return undefined;
}

/** HKDF with SHA-256 to 32 bytes. */
export function hkdf(secret: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

/** Base64 without padding, as age writes it. */
export function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function stretch(passphrase: Buffer, salt: Buffer, logN: number): Buffer {
  return scryptSync(passphrase, Buffer.concat([Buffer.from(scryptLabel), salt]), 32, {
    N: 2 ** logN,
    r: 8,
    p: 1,
    maxmem: 2 ** logN * 1024 + 1024 * 1024,
  });
}

// The key is used once, so the nonce may be zero.
function seal(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
  const cipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), {
    authTagLength: 16,
  });
  cipher.setAuthTag(sealed.subarray(-16));
  const plain = cipher.update(sealed.subarray(0, -16));
  try {
    return Buffer.concat([plain, cipher.final()]);
  } catch {
    return undefined; // wrapped for somebody else
  }
}

// node:crypto takes X25519 keys in DER; the raw key is the last 32 bytes (RFC 8410).
const publicHead = Buffer.from('302a300506032b656e032100', 'hex');
const privateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');

function importPublicKey(raw: Buffer) {
  return createPublicKey({ key: Buffer.concat([publicHead, raw]), format: 'der', type: 'spki' });
}

function importPrivateKey(raw: Buffer) {
  return createPrivateKey({ key: Buffer.concat([privateHead, raw]), format: 'der', type: 'pkcs8' });
}

function rawPublicKey(der: Buffer): Buffer {
  return der.subarray(-32);
}
