import { type Command, Option } from 'commander';

/** Who receives a result, as a person named them. */
export interface Wish {
  readonly encryptTo: readonly string[];
  readonly passphraseFile?: string;
}

/** Options of commands whose result can be encrypted. */
export interface EncryptionOptions extends Wish {
  /** False with `--no-encrypt`. */
  readonly encrypt: boolean;
  readonly config?: string;
}

/** Options of commands that read what was encrypted. */
export interface DecryptionOptions {
  readonly identity: readonly string[];
  readonly passphraseFile?: string;
}

const append = (value: string, all: readonly string[]) => [...all, value];

/** Adds them to a command, which has `--config` too. */
export function withEncryption(command: Command): Command {
  return command
    .option(
      '--encrypt-to <key>',
      'encrypt the result: an age1... recipient, or a file with age recipients or an OpenPGP public key; may be repeated',
      append,
      [],
    )
    .option('--passphrase-file <file>', 'encrypt the result with the passphrase in its first line')
    .option('--no-encrypt', 'do not encrypt, whatever the settings of the site say');
}

/** Adds them to a command. */
export function withDecryption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--identity <file>',
        'of what is encrypted with age: the key file; may be repeated',
      )
        .argParser(append)
        .default([], 'none'),
    )
    .option('--passphrase-file <file>', 'or the file with the passphrase');
}

/** The lines below `--help` that show how. */
export const encryptionHelp = `
Encrypted, the result is opened by plain age (or gpg): age -d -i KEY FILE.age. See docs/formats/encryption.md.
`;
