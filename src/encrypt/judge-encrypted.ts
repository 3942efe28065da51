import type { EncryptionFormat } from '../model/encryption.ts';
import { ageIntro } from './age-header.ts';

/** Tells from the first bytes of a file whether and how it is encrypted; undefined when it is not. */
export function judgeEncrypted(head: Buffer): EncryptionFormat | undefined {
  if (head.toString('latin1', 0, ageIntro.length) === ageIntro) return 'age';
  const isArmored = head.toString('latin1', 0, 27) === '-----BEGIN PGP MESSAGE-----';
  return isArmored || beginsWithSessionKey(head) ? 'openpgp' : undefined;
}

// Versions of a session key that is encrypted to a public key (tag 1) or by a passphrase (3): RFC 9580, 5.1 and 5.3.
const versions: Readonly<Record<number, readonly number[]>> = { 1: [3, 6], 3: [4, 5, 6] };

// RFC 9580, 4.2: bit 7 is always set; bit 6 tells the new form of a packet's head from the old one.
function beginsWithSessionKey(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  if (first < 0x80) return false;
  const isNew = (first & 0x40) !== 0;
  const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
  const oldLength = [1, 2, 4][first & 3] ?? 0;
  const newLength = second < 192 ? 1 : second < 224 ? 2 : 5;
  const version = head[1 + (isNew ? newLength : oldLength)] ?? 0;
  return versions[tag]?.includes(version) ?? false;
}
