import type { Chunk, SetEncryption } from '../../chunks/chunk-set.ts';
import type { SetFolder } from '../../chunks/load-chunk-set.ts';
import type { Identity } from '../../encrypt/key-wrap.ts';
import type { Decrypt } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { DecryptionOptions } from './encryption-options.ts';

/** An encrypted set as far as opening it needs it. */
export interface SealedSet {
  readonly encryption?: SetEncryption;
  readonly chunks: readonly Chunk[];
}

/** What opens the chunks of a set. */
export interface SetDecryption {
  readonly identities: readonly Identity[];
  readonly decrypt: Decrypt;
}

/**
 * What opens the chunks of a set with the keys that were given; undefined for a set in the clear, and without keys. Throws
 * when they open none of the chunks that are here.
 */
export async function openSetDecryption(
  set: SealedSet,
  folder: SetFolder,
  flags: DecryptionOptions,
): Promise<SetDecryption | undefined> {
  if (set.encryption === undefined) return undefined;
  const { openIdentities } = await import('./open-identities.ts');
  const identities = await openIdentities(flags);
  if (identities.length === 0) return undefined;
  if (set.encryption.format === 'openpgp') throw notOurs(set, 'E_USAGE');
  const { openAgeFile } = await import('../../encrypt/age-file.ts');
  const decrypt: Decrypt = (file) => openAgeFile(file, identities);
  await tryKeys(set.chunks, folder, decrypt);
  return { identities, decrypt };
}

/** The error for a set that cannot be read because it is encrypted: who can, and what to type. */
export function sealed(set: SealedSet, path: string): SonaeError {
  const { format, receivers } = set.encryption ?? { format: 'age', receivers: [] };
  if (format === 'openpgp') return notOurs(set, 'E_REFUSED');
  return new SonaeError('E_USAGE', `${path} is encrypted to ${receivers.join(', ')}`, {
    hint: receivers.includes('passphrase')
      ? 'Give --passphrase-file FILE.'
      : 'Give --identity KEYFILE, the key file of one of them.',
  });
}

function notOurs({ chunks }: SealedSet, code: 'E_USAGE' | 'E_REFUSED'): SonaeError {
  const pattern = (chunks[0]?.name ?? 'NAME.zst.000.gpg').replace(/\.zst\.\d+/, '.zst.*');
  return new SonaeError(code, 'the set is encrypted with OpenPGP, which only gpg opens', {
    hint: `for f in ${pattern}; do gpg -d "$f"; done | zstd -d > FILE`,
  });
}

// One chunk that opens proves the keys; those that do not are damaged then.
async function tryKeys(
  chunks: readonly Chunk[],
  folder: SetFolder,
  decrypt: Decrypt,
): Promise<void> {
  let failure: unknown;
  for (const { name } of chunks) {
    try {
      const file = await folder.open(name);
      try {
        await decrypt(file);
        return;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof SonaeError)) throw error;
      if (error.code !== 'E_INPUT_ABSENT') failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}
