import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';
import { decodeBech32 } from './bech32.ts';
import { type Identity, parseIdentity, parseRecipient, type Recipient } from './key-wrap.ts';

/** What a file of public keys turned out to hold. */
export type PublicKeys =
  | { readonly kind: 'age'; readonly recipients: readonly Recipient[] }
  | { readonly kind: 'openpgp' };

/** One `age1...` recipient; `where` names it in messages. Throws E_USAGE that says what is wrong with it. */
export function readRecipient(text: string, where: string): Recipient {
  refuseSecret(text, where);
  const recipient = parseRecipient(text);
  if (recipient !== undefined) return recipient;
  throw new SonaeError('E_USAGE', `${where}: ${whyNoRecipient(text)}`, {
    hint: 'An age recipient begins with age1 and is printed by age-keygen.',
  });
}

/** Tells what a file of public keys holds (docs/formats/encryption.md); throws E_USAGE with the line that is wrong. */
export function readPublicKeys(bytes: Buffer, file: string): PublicKeys {
  const text = bytes.toString('latin1');
  refuseSecret(text, file);
  if (/^-----BEGIN PGP PUBLIC KEY BLOCK-----/m.test(text) || openPgpTag(bytes) === publicKeyTag)
    return { kind: 'openpgp' };
  const recipients = usedLines(text).map(({ line, number }) =>
    readRecipient(line, `${file}, line ${number}`),
  );
  if (recipients.length > 0) return { kind: 'age', recipients };
  throw new SonaeError('E_USAGE', `${file} holds no public key`);
}

/** The secret keys of an age key file; throws E_USAGE with the line that is wrong, never with what is in it. */
export function readIdentities(bytes: Buffer, file: string): readonly Identity[] {
  const text = bytes.toString('latin1');
  if (text.startsWith('age-encryption.org/') || text.startsWith('-----BEGIN AGE')) {
    throw new SonaeError('E_USAGE', `${file} is itself encrypted`, {
      hint: `Decrypt it into memory first: age -d ${file} > /dev/shm/key`,
    });
  }
  const identities = usedLines(text).map(({ line, number }) => {
    const identity = parseIdentity(line);
    if (identity !== undefined) return identity;
    throw new SonaeError('E_USAGE', `${file}, line ${number}: not a secret key of age`, {
      hint: 'A key file has lines that begin with AGE-SECRET-KEY-1, as age-keygen writes them.',
    });
  });
  if (identities.length > 0) return identities;
  throw new SonaeError('E_USAGE', `${file} holds no key`);
}

/** The first line of a passphrase file, as bytes. */
export function readPassphrase(bytes: Buffer, file: string): Buffer {
  const [line = ''] = bytes.toString('latin1').split(/\r?\n/, 1);
  if (line === '') throw new SonaeError('E_USAGE', `the first line of ${file} is empty`);
  return Buffer.from(line, 'latin1');
}

function usedLines(text: string): { readonly line: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
}

const secretMarks: readonly [RegExp, string][] = [
  [/AGE-SECRET-KEY-/i, 'a secret key of age'],
  [/^-----BEGIN PGP PRIVATE KEY BLOCK-----/m, 'a secret key of OpenPGP'],
  [/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m, 'a private key'],
];

function refuseSecret(text: string, where: string): void {
  const found = secretMarks.find(([mark]) => mark.test(text))?.[1];
  const isPgp = openPgpTag(Buffer.from(text.slice(0, 1), 'latin1')) === secretKeyTag;
  if (found === undefined && !isPgp) return;
  throw new SonaeError(
    'E_USAGE',
    `${where} is ${found ?? 'a secret key of OpenPGP'}, and must never be on the machine that encrypts`,
    { hint: 'Give the public key, and treat this secret key as known to others from now on.' },
  );
}

function whyNoRecipient(text: string): string {
  if (/^(?:ssh-|ecdsa-)/.test(text)) return 'SSH keys are not supported';
  const decoded = decodeBech32(text);
  if (decoded === undefined) {
    return /^age1/i.test(text)
      ? 'not an age recipient: its checksum is wrong, so a letter is missing or changed'
      : `not an age recipient: ${JSON.stringify(printable(text.slice(0, 40)))}`;
  }
  return `a recipient of another kind (${printable(decoded.prefix)}1...), which is not supported`;
}

const publicKeyTag = 6;
const secretKeyTag = 5;

// RFC 4880, 4.2: bit 7 is always set; bit 6 tells the new form, with the tag in 6 bits, from the old one with 4.
function openPgpTag(bytes: Buffer): number | undefined {
  const first = bytes[0] ?? 0;
  if (first < 0x80) return undefined;
  return first & 0x40 ? first & 0x3f : (first >> 2) & 0x0f;
}
