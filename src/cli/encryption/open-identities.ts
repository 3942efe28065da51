import { readIdentities, readPassphrase } from '../../encrypt/key-texts.ts';
import type { Identity } from '../../encrypt/key-wrap.ts';
import { readKeyFile } from '../../host/key-file.ts';
import type { DecryptionOptions } from './encryption-options.ts';

/** The keys and the passphrase that a person gave to open what is encrypted; empty when none were given. */
export async function openIdentities(options: DecryptionOptions): Promise<readonly Identity[]> {
  const identities: Identity[] = [];
  for (const file of options.identity)
    identities.push(...readIdentities(await readKeyFile(file), file));
  const { passphraseFile } = options;
  if (passphraseFile !== undefined) {
    const passphrase = readPassphrase(await readKeyFile(passphraseFile), passphraseFile);
    identities.push({ kind: 'passphrase', passphrase });
  }
  return identities;
}
