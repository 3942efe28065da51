import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A way to encrypt to a support centre, and the standard tool that opens what was encrypted. */
export interface Centre {
  /** For the side that encrypts. */
  readonly options: readonly string[];
  /** For `verify`, `join` and `inspect`; empty where those cannot decrypt. */
  readonly opens: readonly string[];
  decrypt(sealed: Buffer): Buffer;
}

/** Keys of a support centre, made anew by `age-keygen` and `gpg` of the distribution. */
export function makeCentre(work: string) {
  const home = join(work, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  // The agent's socket has a path of at most 108 bytes: it is looked for beside the home only when that is short.
  const gpg = (args: readonly string[], input?: Buffer) =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--passphrase', '', ...args], {
      maxBuffer: 1e9,
      stdio: ['pipe', 'pipe', 'ignore'],
      ...(input === undefined ? {} : { input }),
    });
  const exported = (name: string, args: readonly string[]) => {
    const file = join(work, name);
    writeFileSync(file, gpg(args));
    return file;
  };
  gpg(['--quick-gen-key', 'centre@example.com', 'rsa2048', 'default', 'never']);
  const primary = gpg(['--with-colons', '--list-keys', 'centre@example.com']).toString();
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(primary)?.[1] ?? '';
  gpg(['--quick-add-key', fingerprint, 'rsa2048', 'encrypt', 'never']);
  gpg(['--quick-gen-key', 'signs@example.com', 'rsa2048', 'sign', 'never']);
  gpg([
    ...['--faked-system-time', '20200101T000000'],
    ...['--quick-gen-key', 'old@example.com', 'rsa2048', 'default', '2020-02-01'],
  ]);
  const armored = exported('centre.asc', ['--armor', '--export', 'centre@example.com']);
  const openPgp = (file: string): Centre => ({
    options: ['--encrypt-to', file],
    opens: [],
    decrypt: (sealed) => gpg(['--decrypt'], sealed),
  });
  const first = makeAgeKey(work);
  const passphraseFile = join(work, 'passphrase');
  writeFileSync(passphraseFile, 'correct horse battery\n', { mode: 0o600 });
  return {
    age: first,
    otherAge: makeAgeKey(work),
    passphrase: {
      options: ['--passphrase-file', passphraseFile],
      opens: ['--passphrase-file', passphraseFile],
      decrypt: (sealed) => decryptWithPassphrase(work, sealed),
    } as Centre,
    openPgp: openPgp(armored),
    openPgpBinary: openPgp(exported('centre.pgp', ['--export', 'centre@example.com'])),
    openPgpSecretFile: exported('secret.asc', [
      '--armor',
      '--export-secret-keys',
      'centre@example.com',
    ]),
    signKeyFile: exported('signs.asc', ['--armor', '--export', 'signs@example.com']),
    expiredKeyFile: exported('old.asc', ['--armor', '--export', 'old@example.com']),
    twoKeysFile: exported('two.asc', [
      '--armor',
      '--export',
      'centre@example.com',
      'signs@example.com',
    ]),
  };
}

function makeAgeKey(work: string): Centre & { readonly secret: string } {
  const file = join(mkdtempSync(join(work, 'age-')), 'key.txt');
  execFileSync('age-keygen', ['-o', file], { stdio: 'ignore' });
  const text = readFileSync(file, 'utf8');
  return {
    options: ['--encrypt-to', /age1\w+/.exec(text)?.[0] ?? ''],
    opens: ['--identity', file],
    secret: /AGE-SECRET-KEY-\w+/.exec(text)?.[0] ?? '',
    decrypt: (sealed) => execFileSync('age', ['-d', '-i', file], { input: sealed, maxBuffer: 1e9 }),
  };
}

// age asks a terminal for a passphrase; script(1) is one.
function decryptWithPassphrase(work: string, sealed: Buffer): Buffer {
  const folder = mkdtempSync(join(work, 'pass-'));
  writeFileSync(join(folder, 'in'), sealed);
  execFileSync('script', ['-qec', 'age -d -o out in', '/dev/null'], {
    cwd: folder,
    input: 'correct horse battery\n',
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return readFileSync(join(folder, 'out'));
}
