import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { SonaeError } from '../model/error.ts';
import { base64, hkdf, type Identity, type Stanza, unwrapKey } from './key-wrap.ts';

/** How every age file begins. */
export const ageIntro = 'age-encryption.org/v1';

/** Bytes of the nonce between the header and the first block. */
export const nonceBytes = 16;

/** A header is read as far as this; ours have some hundred bytes. */
export const mostHeaderBytes = 256 * 1024;

/** The lines before the payload: one stanza for each receiver, and a digest that only the file key can make. */
export function renderHeader(stanzas: readonly Stanza[], fileKey: Buffer): Buffer {
  const lines = [ageIntro];
  for (const { args, body } of stanzas) {
    lines.push(`-> ${args.join(' ')}`);
    const text = base64(body);
    // Lines of 64; a shorter one, perhaps empty, ends the body.
    for (let at = 0; at <= text.length; at += 64) lines.push(text.slice(at, at + 64));
  }
  const signed = `${lines.join('\n')}\n---`;
  return Buffer.from(`${signed} ${base64(headerMac(fileKey, signed))}\n`);
}

/** The key of the blocks. As an object: node:crypto takes bytes apart anew for each block, at a third of the cipher's cost. */
export function payloadKey(fileKey: Buffer, nonce: Buffer): KeyObject {
  return createSecretKey(hkdf(fileKey, nonce, 'payload'));
}

/** Key of the blocks, and where they begin. */
export interface Opened {
  readonly key: KeyObject;
  readonly start: number;
}

/**
 * Opens the beginning of an age file: the identities' key, or a file key that is known. Undefined when `bytes` does not
 * reach behind the header yet; throws E_INTEGRITY when it is no header, was changed, or is for somebody else.
 */
export function openHeader(
  bytes: Buffer,
  opener: readonly Identity[] | { readonly fileKey: Buffer },
): Opened | undefined {
  const header = parseHeader(bytes);
  if (header === undefined || bytes.length < header.end + nonceBytes) return undefined;
  const fileKey = 'fileKey' in opener ? opener.fileKey : findKey(header.stanzas, opener);
  if (fileKey === undefined) {
    throw new SonaeError(
      'E_INTEGRITY',
      'none of the given keys or passphrases opens this age file',
      {
        hint: 'It was encrypted to somebody else, or with another passphrase.',
      },
    );
  }
  const expected = headerMac(fileKey, header.signed);
  if (header.mac.length !== expected.length || !timingSafeEqual(header.mac, expected))
    throw damaged('its header was changed');
  const start = header.end + nonceBytes;
  return { key: payloadKey(fileKey, bytes.subarray(header.end, start)), start };
}

/** What to say of an age file that is not whole. */
export function damaged(why: string): SonaeError {
  return new SonaeError('E_INTEGRITY', `not a whole age file: ${why}`);
}

interface Header {
  readonly stanzas: readonly Stanza[];
  readonly signed: string;
  readonly mac: Buffer;
  readonly end: number;
}

function parseHeader(bytes: Buffer): Header | undefined {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, mostHeaderBytes));
  const start = `${ageIntro}\n`;
  if (!text.startsWith(start.slice(0, text.length))) throw damaged('it does not begin as one');
  const footer = text.indexOf('\n---');
  const close = footer < 0 ? -1 : text.indexOf('\n', footer + 1);
  if (close < 0) {
    if (bytes.length >= mostHeaderBytes) throw damaged('its header has no end');
    return undefined;
  }
  return {
    stanzas: parseStanzas(text.slice(start.length, footer)),
    signed: text.slice(0, footer + 4),
    mac: Buffer.from(text.slice(footer + 5, close), 'base64'),
    end: close + 1,
  };
}

function parseStanzas(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let args: string[] | undefined;
  let body = '';
  for (const line of text.split('\n')) {
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
  return stanzas;
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

function headerMac(fileKey: Buffer, signed: string): Buffer {
  return createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
    .update(signed)
    .digest();
}
