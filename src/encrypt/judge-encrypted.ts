import type { EncryptionFormat } from '../model/encryption.ts';
import { ageIntro } from './age-header.ts';

// Public-key or symmetrically encrypted session key, old form and new (RFC 4880, 4.2 and 5).
const openPgpStarts = new Set([0x84, 0x85, 0x86, 0x8c, 0x8d, 0xc1, 0xc3]);

/** Tells from the first bytes of a file whether and how it is encrypted; undefined when it is not. */
export function judgeEncrypted(head: Buffer): EncryptionFormat | undefined {
  if (head.toString('latin1', 0, ageIntro.length) === ageIntro) return 'age';
  const isArmored = head.toString('latin1', 0, 27) === '-----BEGIN PGP MESSAGE-----';
  return isArmored || openPgpStarts.has(head[0] ?? 0) ? 'openpgp' : undefined;
}
