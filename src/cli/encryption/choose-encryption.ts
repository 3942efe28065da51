import type { Encryption } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { Reporter } from '../../model/event.ts';
import type { Config } from '../settings/config-shape.ts';
import { loadConfig } from '../settings/load-config.ts';
import type { EncryptionOptions, Wish } from './encryption-options.ts';

/**
 * How the result of a command is encrypted: as the command line says, else as the settings of the site say. Undefined
 * when neither wants it. Every key was tried when this resolves.
 */
export async function chooseEncryption(
  options: EncryptionOptions,
  reporter: Reporter,
): Promise<Encryption | undefined> {
  const config = await loadConfig(options.config);
  if (!options.encrypt && isWanted(config)) {
    reporter.emit({
      type: 'warning',
      message: 'NOT ENCRYPTED: --no-encrypt switches off what the settings of this site say.',
    });
  }
  const wish = judgeWish(options, config);
  if (wish === undefined) return undefined;
  const { openEncryption } = await import('./open-encryption.ts');
  return openEncryption(wish);
}

/** The wish that counts; throws E_USAGE for options that contradict each other. */
export function judgeWish(options: EncryptionOptions, config: Config): Wish | undefined {
  if (!options.encrypt) {
    if (!isWanted(options)) return undefined;
    throw new SonaeError('E_USAGE', '--no-encrypt contradicts --encrypt-to and --passphrase-file');
  }
  if (options.encryptTo.length > 0 && options.passphraseFile !== undefined) {
    throw new SonaeError('E_USAGE', '--encrypt-to and --passphrase-file do not go together', {
      hint: 'The age format does not allow a passphrase beside recipients.',
    });
  }
  return [options, config].find(isWanted);
}

function isWanted({ encryptTo, passphraseFile }: Wish): boolean {
  return encryptTo.length > 0 || passphraseFile !== undefined;
}
