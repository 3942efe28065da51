import { resolve } from 'node:path';
import { ageEncryption } from '../../encrypt/age-encryption.ts';
import { readPassphrase, readPublicKeys, readRecipient } from '../../encrypt/key-texts.ts';
import type { Recipient } from '../../encrypt/key-wrap.ts';
import { readKeyFile } from '../../host/key-file.ts';
import type { Encryption } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { Wish } from './encryption-options.ts';

/** Reads and tries every key. Throws before anything is read from the machine when one cannot be used. */
export async function openEncryption(wish: Wish): Promise<Encryption> {
  if (wish.passphraseFile !== undefined) {
    const passphrase = readPassphrase(await readKeyFile(wish.passphraseFile), wish.passphraseFile);
    return ageEncryption([{ kind: 'passphrase', passphrase }]);
  }
  const recipients: Recipient[] = [];
  const keyFiles: string[] = [];
  for (const word of wish.encryptTo) {
    const keys = await readWord(word);
    if (keys.kind === 'age') recipients.push(...keys.recipients);
    else keyFiles.push(resolve(word));
  }
  if (keyFiles.length === 0) return ageEncryption(withoutDoubles(recipients));
  if (recipients.length > 0) {
    throw new SonaeError('E_USAGE', 'age and OpenPGP keys cannot be mixed in one result', {
      hint: 'One file has one format. Give keys of one kind.',
    });
  }
  return openPgp([...new Set(keyFiles)]);
}

async function readWord(word: string) {
  if (/^(?:age1|AGE-SECRET-KEY-|ssh-|ecdsa-)/i.test(word))
    return { kind: 'age', recipients: [readRecipient(word, '--encrypt-to')] } as const;
  const bytes = await readKeyFile(word).catch((error: unknown) => {
    if (!(error instanceof SonaeError) || error.code !== 'E_INPUT_ABSENT') throw error;
    throw new SonaeError('E_INPUT_ABSENT', `--encrypt-to: ${error.message}`, {
      cause: error,
      hint: 'Expected age1... or the path of a file with public keys.',
    });
  });
  return readPublicKeys(bytes, word);
}

function withoutDoubles(recipients: readonly Recipient[]): readonly Recipient[] {
  const texts = recipients.map((one) => (one.kind === 'x25519' ? one.text : ''));
  return recipients.filter((_one, index) => texts.indexOf(texts[index] ?? '') === index);
}

async function openPgp(keyFiles: readonly string[]): Promise<Encryption> {
  const { commandFinder } = await import('../../host/find-command.ts');
  const { openCommandPipe } = await import('../../host/command-pipe.ts');
  const { openPgpEncryption } = await import('../../encrypt/openpgp.ts');
  const gpg = commandFinder()('gpg');
  if (gpg === undefined) {
    throw new SonaeError('E_NO_TOOL', 'OpenPGP needs gpg, which is not installed', {
      hint: 'Install gnupg, or give an age recipient, which needs no other program.',
    });
  }
  return openPgpEncryption({ gpg, keyFiles, openPipe: openCommandPipe });
}
