import type { OpenCommandPipe } from '../model/command-pipe.ts';
import { type Encryption, type EncryptionStream, encryptionSuffixes } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';

/** What encrypting with the host's gpg needs. */
export interface OpenPgpSetup {
  /** Absolute path of gpg. */
  readonly gpg: string;
  /** Absolute paths of files with one public key each. */
  readonly keyFiles: readonly string[];
  readonly openPipe: OpenCommandPipe;
}

// A home below a device cannot be made, and with no keyring none is needed: gpg writes no file and starts no agent.
const quietly = [
  ...['--homedir', '/dev/null', '--no-options', '--no-keyring', '--no-random-seed-file'],
  ...['--lock-never', '--no-autostart', '--no-auto-check-trustdb', '--trust-model', 'always'],
  ...['--batch', '--no-tty', '--quiet'],
];

/** Encryption as OpenPGP messages. Encrypts nothing to each key first; throws E_USAGE for one that cannot be used. */
export async function openPgpEncryption(setup: OpenPgpSetup): Promise<Encryption> {
  const receivers: string[] = [];
  for (const keyFile of setup.keyFiles) {
    await tryKey(setup, keyFile);
    receivers.push(await describeKey(setup, keyFile));
  }
  return {
    format: 'openpgp',
    suffix: encryptionSuffixes.openpgp,
    receivers,
    // Measured with GnuPG 2.2.40: a byte for each 4 KiB, a packet of the size of its modulus for each key.
    bound: (bytes) => bytes + Math.ceil(bytes / 1024) + 4096 * (1 + receivers.length),
    open: (take) => openStream(setup, take),
  };
}

function encryptArgv({ gpg, keyFiles }: OpenPgpSetup): readonly string[] {
  // Frames are compressed already.
  const recipients = keyFiles.flatMap((keyFile) => ['--recipient-file', keyFile]);
  return [gpg, ...quietly, '-z', '0', ...recipients, '--encrypt'];
}

async function tryKey(setup: OpenPgpSetup, keyFile: string): Promise<void> {
  const argv = encryptArgv({ ...setup, keyFiles: [keyFile] });
  const pipe = setup.openPipe(argv, async () => undefined);
  const { exitCode, stderr } = await pipe.end();
  if (exitCode === 0) return;
  throw new SonaeError('E_USAGE', `gpg cannot encrypt to ${keyFile}: ${firstLines(stderr)}`, {
    hint: 'It may be expired, revoked or without a part for encryption: gpg --show-keys says which. GnuPG 2.1.14 or newer is needed.',
  });
}

async function describeKey({ gpg, openPipe }: OpenPgpSetup, keyFile: string): Promise<string> {
  const parts: Buffer[] = [];
  const pipe = openPipe(
    [gpg, ...quietly, '--with-colons', '--show-keys', keyFile],
    async (bytes) => {
      parts.push(bytes);
    },
  );
  await pipe.end();
  const lines = Buffer.concat(parts).toString('utf8').split('\n');
  if (lines.filter((line) => line.startsWith('pub:')).length > 1) {
    throw new SonaeError('E_USAGE', `${keyFile} holds more than one OpenPGP key`, {
      hint: 'gpg takes one from a file. Export each into a file of its own, and repeat --encrypt-to.',
    });
  }
  // Old versions cannot show a key without a home: its file names it then.
  const fingerprint = lines.find((line) => line.startsWith('fpr:'))?.split(':')[9];
  return fingerprint ?? keyFile;
}

function openStream(setup: OpenPgpSetup, take: (bytes: Buffer) => Promise<void>): EncryptionStream {
  const pipe = setup.openPipe(encryptArgv(setup), take);
  return {
    write: (bytes) => pipe.write(bytes),
    async end() {
      const { exitCode, stderr } = await pipe.end();
      if (exitCode === 0) return;
      throw new SonaeError('E_REFUSED', `gpg failed (${exitCode}): ${firstLines(stderr)}`, {
        hint: 'Nothing unencrypted was left. Encrypt to an age key instead, which needs no gpg.',
      });
    },
    abandon: () => pipe.kill(),
  };
}

function firstLines(stderr: string): string {
  const said = printable(stderr.split('\n').slice(0, 2).join('; '));
  return said === '' ? 'it gave no reason' : said;
}
