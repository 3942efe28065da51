import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../src/model/bundle.ts';
import { type Centre, makeCentre } from '../builders/centre.ts';
import { childrenOf } from '../children-of.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const isRoot = process.getuid?.() === 0;
const work = temporaryFolder('encrypt');
const tools = ['age', 'gpg', 'tar', 'zstd', 'script'];

// Noise does not compress, so zstd writes it as it is: a piece of it on the disk is plaintext on the disk. With the head of
// sar's files it is kept as it is by the redaction too.
const noise = join(work, 'noise');
mkdirSync(noise);
for (let index = 0; index < 40; index += 1)
  writeFileSync(
    join(noise, `n${index}`),
    Buffer.concat([Buffer.from([0x96, 0xd5]), noiseWithoutSecrets(180_000)]),
  );
const canaries = ['n0', 'n7', 'n39'].map((name) =>
  readFileSync(join(noise, name)).subarray(90_000, 90_032),
);

// Megabytes of noise hold something that looks like a secret sooner or later, but not without what stands around secrets.
function noiseWithoutSecrets(size: number): Buffer {
  const around = new Set(Buffer.from(':=@% \n"<'));
  return randomBytes(size).map((byte) => (around.has(byte) ? 0xff : byte)) as Buffer;
}

let profiles = 0;
function profileOf(items: string): string {
  profiles += 1;
  const file = join(work, `profile-${profiles}.yaml`);
  writeFileSync(
    file,
    `apiVersion: sonae/v1\nkind: Profile\nname: enc-${profiles}\ngroup: set\ntitle: Small.\nwhy: Test.\nitems:\n${items}`,
  );
  return file;
}
const items = `  - {id: test.proc, what: Counters., why: Test., read: /proc/meminfo, volatility: 1}
  - {id: test.noise, what: Noise., why: Test., read: ${noise}}
`;
const sleep = `  - {id: test.sleep, what: Time., why: Test., run: [sleep, "4"], volatility: 9, limits: {time: 9s}}
`;

const filesOf = (folder: string) => readdirSync(folder).sort();
const sealedIn = (folder: string) =>
  join(
    folder,
    filesOf(folder).find((name) => /\.tar\.\w+\.(?:age|gpg)$/.test(name)) ?? 'no bundle',
  );

function unpack(archive: Buffer): { top: string; manifest: BundleManifest } {
  const place = temporaryFolder('unpacked');
  execFileSync('tar', ['--zstd', '-x', '-C', place], { input: archive });
  const top = join(place, readdirSync(place)[0] as string);
  return { top, manifest: JSON.parse(readFileSync(join(top, 'sonae/manifest.json'), 'utf8')) };
}

function expectNoPlaintext(folder: string): void {
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    for (const canary of canaries) expect(bytes.includes(canary), name).toBe(false);
    expect(bytes.includes('sonae/manifest.json'), name).toBe(false);
  }
}

describeWith(tools, 'collect, encrypted', () => {
  const centre = makeCentre(work);
  const kinds: readonly [string, Centre][] = [
    ['age', centre.age],
    ['OpenPGP', centre.openPgp],
    ['OpenPGP, binary key', centre.openPgpBinary],
    ['a passphrase', centre.passphrase],
  ];

  it.each(kinds)('is opened by the standard tools: %s', async (_kind, { options, decrypt }) => {
    const folder = temporaryFolder('out');
    const run = await runSonae([
      'collect',
      ...['--profile', profileOf(items), '--output', folder, ...options],
    ]);
    expect(run.stderr).not.toContain('SECRETS');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/read back and proved[\s\S]*encrypted (?:to .|with the passphrase)/);
    const file = sealedIn(folder);
    expect(filesOf(folder)).toHaveLength(2);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    execFileSync('sha256sum', ['--quiet', '-c', `${file}.sha256`], { cwd: folder });
    expectNoPlaintext(folder);
    const { top, manifest } = unpack(decrypt(readFileSync(file)));
    expect(manifest.ended).toBe('complete');
    expect(
      readFileSync(join(top, noise.slice(1), 'n7')).equals(readFileSync(join(noise, 'n7'))),
    ).toBe(true);
  });

  it.each(kinds)('keeps to a size limit: %s', async (_kind, { options, decrypt }) => {
    const folder = temporaryFolder('out');
    const run = await runSonae([
      'collect',
      ...['--profile', profileOf(items), '--output', folder, '--max-size', '2M', ...options],
    ]);
    expect(run.exitCode, run.stderr).toBe(3);
    const file = sealedIn(folder);
    expect(statSync(file).size).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(unpack(decrypt(readFileSync(file))).manifest.ended).toBe('max-size');
  });

  it.each(kinds.slice(0, 2))('goes through a pipe: %s', async (_kind, { options, decrypt }) => {
    const out = spawnSync(
      process.execPath,
      [bin, 'collect', '--profile', profileOf(items), '--output', '-', '--quiet', ...options],
      { maxBuffer: 1e8 },
    );
    expect(out.status).toBe(0);
    expect(unpack(decrypt(out.stdout)).manifest.ended).toBe('complete');
  });

  it('is verified with the key, and without by its digest only', async () => {
    const folder = temporaryFolder('out');
    await runSonae([
      'collect',
      ...['--profile', profileOf(items), '--output', folder, ...centre.age.options],
    ]);
    const file = sealedIn(folder);
    const digest = await runSonae(['verify', file]);
    expect(digest.exitCode).toBe(0);
    expect(digest.stdout).toContain('Only its digest was compared');
    const whole = await runSonae(['verify', file, ...centre.age.opens]);
    expect(whole.exitCode, whole.stderr).toBe(0);
    expect(whole.stdout).toContain('whole');
    const foreign = await runSonae(['verify', '--case', '1', file]);
    expect(foreign.exitCode).toBe(6);
    expect(foreign.stderr).toContain('whose it is cannot be told');
    const cleaned = await runSonae(['clean', file]);
    expect(cleaned.stderr).toContain('is encrypted (age)');
    const other = await runSonae(['verify', file, ...centre.otherAge.opens]);
    expect(other.exitCode).toBe(5);
    expect(other.stderr).toContain('none of the given keys');

    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    expect((await runSonae(['verify', file])).exitCode).toBe(5);
    const damaged = await runSonae(['verify', file, ...centre.age.opens]);
    expect(damaged.exitCode).toBe(5);
    expect(damaged.stderr).toContain('not a whole age file: block');
  });

  it('is encrypted by clean too, for age and for OpenPGP', async () => {
    const folder = temporaryFolder('out');
    const plain = join(folder, 'plain.tar.zst');
    const profile = profileOf(
      '  - {id: test.name, what: Name., why: Test., read: [/etc/hostname, /etc/passwd]}\n',
    );
    expect(
      (await runSonae(['collect', '--profile', profile, '--output', plain])).exitCode,
    ).toBeLessThan(4);
    for (const { options, decrypt } of [centre.age, centre.openPgp]) {
      const place = temporaryFolder('clean');
      const run = await runSonae(['clean', plain, '--output', place, ...options]);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(filesOf(place)).toHaveLength(2);
      const { manifest } = unpack(decrypt(readFileSync(sealedIn(place))));
      expect(manifest.records.some(({ path }) => path === 'etc/passwd')).toBe(true);
    }
  });

  it('is what the settings of the site say, unless they are switched off', async () => {
    const config = join(work, 'config.yaml');
    const head = 'apiVersion: sonae/v1\nkind: Config\n';
    writeFileSync(config, `${head}encryptTo: ${centre.age.options[1]}\n`);
    const collect = async (...further: readonly string[]) => {
      const folder = temporaryFolder('out');
      const profile = profileOf(items.split('\n')[0] as string);
      const run = await runSonae([
        'collect',
        ...['--profile', profile, '--output', folder, '--config', config, ...further],
      ]);
      return { ...run, files: filesOf(folder) };
    };
    expect((await collect()).files[0]).toMatch(/\.tar\.zst\.age$/);
    expect((await collect(...centre.openPgp.options)).files[0]).toMatch(/\.tar\.zst\.gpg$/);
    const off = await collect('--no-encrypt');
    expect(off.files[0]).toMatch(/\.tar\.zst$/);
    expect(off.stderr).toContain('NOT ENCRYPTED');
    writeFileSync(config, `${head}encrypTo: ${centre.age.options[1]}\n`);
    const broken = await collect();
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toContain(`${config}:3:1: there is no field "encrypTo"`);
    expect(broken.files).toEqual([]);
  });

  it.each([
    ['a secret key', () => [centre.age.secret], /is a secret key of age/],
    ['a file with a secret key', () => [centre.age.opens[1]], /is a secret key of age/],
    ['a secret OpenPGP key', () => [centre.openPgpSecretFile], /is a secret key of OpenPGP/],
    [
      'a changed letter',
      () => [centre.age.options[1]?.replace(/.$/, (one) => (one === 'q' ? 'p' : 'q'))],
      /checksum is wrong/,
    ],
    ['an SSH key', () => ['ssh-ed25519 AAAA'], /SSH keys are not supported/],
    ['a file that is not there', () => ['/nonexistent/key'], /cannot open \/nonexistent\/key/],
    [
      'an expired key',
      () => [centre.expiredKeyFile],
      /gpg cannot encrypt to .*Unusable public key/,
    ],
    ['a key for signing only', () => [centre.signKeyFile], /gpg cannot encrypt to/],
    ['two keys in one file', () => [centre.twoKeysFile], /more than one OpenPGP key/],
    [
      'age and OpenPGP together',
      () => [centre.age.options[1], centre.openPgp.options[1]],
      /cannot be mixed/,
    ],
  ])('refuses %s before anything is collected', async (_what, keys, message) => {
    const folder = temporaryFolder('out');
    const words = keys().flatMap((key) => ['--encrypt-to', key ?? '']);
    const run = await runSonae(['collect', '--output', folder, ...words]);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).not.toContain(centre.age.secret.slice(20));
    expect(filesOf(folder)).toEqual([]);
  });

  it('leaves nothing when gpg is killed in the middle', async () => {
    const folder = temporaryFolder('out');
    const args = ['--profile', profileOf(items + sleep), '--output', folder];
    const child = spawn(process.execPath, [bin, 'collect', ...args, ...centre.openPgp.options]);
    let stderr = '';
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece;
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const gpg = await waitFor(() =>
      isCollecting(folder) ? childrenOf(child.pid, 'gpg')[0] : undefined,
    );
    expectNoPlaintext(folder);
    process.kill(gpg, 'SIGKILL');
    expect(await ended).toBe(6);
    expect(stderr).toContain('gpg');
    expect(stderr).not.toContain('this is a bug');
    expect(filesOf(folder)).toEqual([]);
  });

  it.each(kinds.slice(0, 2))('killed, leaves no plaintext: %s', async (_kind, { options }) => {
    for (const delay of [200, 500, 900]) {
      const folder = temporaryFolder('out');
      const args = ['--profile', profileOf(items + sleep), '--output', folder];
      const child = spawn(process.execPath, [bin, 'collect', ...args, ...options], {
        stdio: 'ignore',
      });
      await waitFor(() => (isCollecting(folder) ? true : undefined));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      expect(filesOf(folder).length).toBeGreaterThan(0);
      expectNoPlaintext(folder);
    }
  });

  it.each(kinds.slice(0, 2))(
    'stopped at once, leaves nothing or a whole bundle: %s',
    async (_kind, { options, decrypt }) => {
      const folder = temporaryFolder('out');
      const args = ['--profile', profileOf(items + sleep), '--output', folder];
      const child = spawn(process.execPath, [bin, 'collect', ...args, ...options], {
        stdio: 'ignore',
      });
      const ended = new Promise<unknown>((resolve) => child.once('exit', resolve));
      await waitFor(() => (isCollecting(folder) ? true : undefined));
      child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGINT');
      await ended;
      expectNoPlaintext(folder);
      // The second signal may come after the end of what the first one made it finish.
      expect([0, 2]).toContain(filesOf(folder).length);
      if (filesOf(folder).length > 0) unpack(decrypt(readFileSync(sealedIn(folder))));
    },
  );

  describe.skipIf(!isRoot)('on a machine in trouble', () => {
    it.each([2, 3, 5].flatMap((mib) => kinds.slice(0, 2).map((kind) => [mib, ...kind] as const)))(
      'with %d MiB of room ends with a valid bundle that says so: %s',
      async (mib, _kind, { options, decrypt }) => {
        const folder = temporaryFolder('full');
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'sonae-test', folder]);
        try {
          const run = await runSonae([
            'collect',
            ...['--profile', profileOf(items), '--output', folder, ...options],
          ]);
          expect(run.exitCode, run.stderr).toBe(3);
          expect(filesOf(folder)).toHaveLength(2);
          expectNoPlaintext(folder);
          const { manifest } = unpack(decrypt(readFileSync(sealedIn(folder))));
          expect(manifest).toMatchObject({ ended: 'no-space', isPartial: true });
          expect(manifest.records.some(({ path }) => path === 'proc/meminfo')).toBe(true);
        } finally {
          execFileSync('umount', [folder]);
        }
      },
    );

    it('without gpg says so before anything is collected', async () => {
      const folder = temporaryFolder('out');
      const { status, stderr } = spawnSync(
        'unshare',
        [
          ...['-m', 'sh', '-c', 'mount --bind /dev/null /usr/bin/gpg; exec "$@"', 'sh'],
          ...[process.execPath, bin, 'collect', '--output', folder, ...centre.openPgp.options],
        ],
        { encoding: 'utf8' },
      );
      expect(stderr).toContain('OpenPGP needs gpg, which is not installed');
      expect(status).toBe(6);
      expect(filesOf(folder)).toEqual([]);
    });

    it('writes no file but the bundle, also with gpg', () => {
      const folder = temporaryFolder('out');
      const trace = join(work, 'trace');
      const profile = profileOf(items.split('\n')[0] as string);
      const { status } = spawnSync('strace', [
        ...[
          '-f',
          '--seccomp-bpf',
          '-qq',
          '-o',
          trace,
          '-e',
          'trace=openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2',
        ],
        ...[process.execPath, bin, 'collect', '--profile', profile, '--output', folder],
        ...centre.openPgp.options,
      ]);
      if (!existsSync(trace)) return process.stderr.write('SKIPPED for want of strace\n');
      expect(status).toBe(0);
      const writes = readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => /O_(?:WRONLY|RDWR|CREAT)|creat\(|mkdir|rename/.test(line))
        .filter((line) => !line.includes(folder) && !/"\/dev\/(?:null|tty)"|= -1 /.test(line));
      expect(writes).toEqual([]);
      return undefined;
    });
  });
});

// Its reserve stands in the folder from before the first entry until after the last.
function isCollecting(folder: string): boolean {
  return readdirSync(folder).some((name) => name.endsWith('.reserve'));
}

async function waitFor<Value>(look: () => Value | undefined): Promise<Value> {
  for (let tries = 0; tries < 600; tries += 1) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never came');
}
