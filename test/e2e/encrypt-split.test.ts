import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Centre, makeCentre } from '../builders/centre.ts';
import { childrenOf } from '../children-of.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const isRoot = process.getuid?.() === 0;
const root = temporaryFolder('encrypt-split');
const sonae = (...args: readonly string[]) => runSonae(args, { cwd: root });

// Noise does not compress, so zstd writes it as it is: a piece of it on the disk is plaintext on the disk.
const noise = randomBytes(6_000_000);
writeFileSync(join(root, 'noise'), noise);
const canaries = [10, 2_000_000, 5_999_900].map((at) => noise.subarray(at, at + 32));

const chunksOf = (set: string) =>
  readdirSync(join(root, set))
    .filter((name) => /^[^.].*\.zst\.\d+/.test(name))
    .sort();

function restore(set: string, decrypt: (sealed: Buffer) => Buffer): Buffer {
  const frames = chunksOf(set).map((name) => decrypt(readFileSync(join(root, set, name))));
  return execFileSync('zstd', ['-q', '-d'], { input: Buffer.concat(frames), maxBuffer: 1e9 });
}

function expectNoPlaintext(set: string): void {
  for (const name of readdirSync(join(root, set))) {
    const bytes = readFileSync(join(root, set, name));
    for (const canary of canaries) expect(bytes.includes(canary), name).toBe(false);
  }
}

describeWith(['age', 'gpg', 'zstd', 'script', 'sha256sum'], 'split, encrypted', () => {
  const centre = makeCentre(root);
  const kinds: readonly [string, Centre][] = [
    ['age', centre.age],
    ['OpenPGP', centre.openPgp],
    ['passphrase', centre.passphrase],
  ];

  it.each(kinds)('is restored by the standard tools: %s', async (kind, { options, decrypt }) => {
    const set = `standard-${kind}`;
    const run = await sonae('split', 'noise', '--size', '2M', '--output', set, ...options);
    expect(run.exitCode, run.stderr).toBe(0);
    expectNoPlaintext(set);
    const suffix = kind === 'OpenPGP' ? 'gpg' : 'age';
    expect(chunksOf(set)[0]).toBe(`noise.zst.000.${suffix}`);
    expect(chunksOf(set).length).toBeGreaterThan(2);
    for (const name of chunksOf(set))
      expect(statSync(join(root, set, name)).size).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(restore(set, decrypt).equals(noise)).toBe(true);
    const cwd = join(root, set);
    execFileSync('sha256sum', ['--quiet', '--ignore-missing', '-c', 'SHA256SUMS'], { cwd });
    expect(readFileSync(join(cwd, 'README.txt'), 'utf8')).toContain(
      `for f in noise.zst.*.${suffix}; do`,
    );
  });

  it('is restored by the very command of its README', () => {
    const command = /^ {4}(for f in .*)$/m.exec(
      readFileSync(join(root, 'standard-age', 'README.txt'), 'utf8'),
    )?.[1];
    const cwd = join(root, 'standard-age');
    const line = command?.replace('KEYFILE', centre.age.opens[1] as string);
    execFileSync('sh', ['-c', line ?? 'false'], { cwd, stdio: 'ignore' });
    expect(readFileSync(join(cwd, 'noise')).equals(noise)).toBe(true);
    unlinkSync(join(cwd, 'noise'));
  });

  it.each([0, 1, 65_535, 65_536, 65_537])('holds an original of %d bytes', async (size) => {
    const bytes = randomBytes(size);
    const file = `bytes-${size}`;
    writeFileSync(join(root, file), bytes);
    for (const [kind, { options, decrypt }] of kinds.slice(0, 2)) {
      const set = `${file}-${kind}`;
      const run = await sonae('split', file, '--output', set, ...options);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(restore(set, decrypt).equals(bytes)).toBe(true);
    }
    const joined = await sonae(
      ...['join', `${file}-age`, '--output', `${file}.back`, ...centre.age.opens],
    );
    expect(joined.exitCode, joined.stderr).toBe(0);
    expect(readFileSync(join(root, `${file}.back`)).equals(bytes)).toBe(true);
  });

  it.each([kinds[0], kinds[2]] as [string, Centre][])(
    'is verified and joined with the key: %s',
    async (kind, { opens }) => {
      const set = `standard-${kind}`;
      const verified = await sonae('verify', set, ...opens);
      expect(verified.stdout).toContain('The digest of the original is right');
      expect(verified.exitCode).toBe(0);
      const joined = await sonae('join', set, '--output', `${kind}.back`, ...opens);
      expect(joined.exitCode, joined.stderr).toBe(0);
      expect(readFileSync(join(root, `${kind}.back`)).equals(noise)).toBe(true);
    },
  );

  it.each(kinds)('is held against its digests without a key: %s', async (kind) => {
    const verified = await sonae('verify', `standard-${kind}`);
    expect(verified.stdout).toContain('They are encrypted: what is in them was not read');
    expect(verified.exitCode).toBe(0);
    const joined = await sonae('join', `standard-${kind}`, '--output', 'nothing');
    expect(joined.exitCode).toBe(kind === 'OpenPGP' ? 6 : 2);
    expect(joined.stderr).toMatch(/--identity KEYFILE|gpg -d|--passphrase-file/);
    expect(existsSync(join(root, 'nothing'))).toBe(false);
  });

  it('is not opened by the key of somebody else', async () => {
    for (const command of [['verify'], ['join', '--output', 'nothing']]) {
      const run = await sonae(...command, 'standard-age', ...centre.otherAge.opens);
      expect(run.exitCode).toBe(5);
      expect(run.stderr).toContain('none of the given keys');
    }
  });

  it('names what is damaged, with the key by range of the original', async () => {
    cpSync(join(root, 'standard-age'), join(root, 'damaged'), { recursive: true });
    const [first = '', second = '', third = ''] = chunksOf('damaged');
    const bytes = readFileSync(join(root, 'damaged', first));
    bytes[400_000] = (bytes[400_000] as number) ^ 1;
    writeFileSync(join(root, 'damaged', first), bytes);
    truncateSync(join(root, 'damaged', second), 1_500_000);
    unlinkSync(join(root, 'damaged', third));
    const without = await sonae('verify', 'damaged');
    expect(without.exitCode).toBe(5);
    expect(without.stdout).toContain(`${first}: damaged (its digest differs)`);
    const withKey = await sonae('verify', 'damaged', '--json', ...centre.age.opens);
    const report = JSON.parse(withKey.stdout);
    const affected = (name: string) =>
      report.chunks
        .find((chunk: { name: string }) => chunk.name === name)
        .affected.reduce((sum: number, { length }: { length: number }) => sum + length, 0);
    expect(report.resend).toEqual([first, second, third]);
    // One frame of the eight in the chunk; of the other one, what was cut off.
    expect(affected(first)).toBeLessThan(300_000);
    expect(affected(second)).toBeLessThan(900_000);
    const joined = await sonae(
      ...['join', 'damaged', '--allow-missing', '--output', 'holes', ...centre.age.opens],
    );
    expect(joined.exitCode).toBe(3);
    const back = readFileSync(join(root, 'holes'));
    expect(back.length).toBe(noise.length);
    expect(back.subarray(0, 200_000).equals(noise.subarray(0, 200_000))).toBe(true);
  });

  const large = randomBytes(24_000_000);
  writeFileSync(join(root, 'large'), large);

  it.each(kinds)(
    'leaves no plaintext when it is killed, and goes on for the same receivers only: %s',
    async (kind, { options, decrypt }) => {
      const set = `killed-${kind}`;
      const args = ['split', 'large', '--size', '3M', '--output', set, ...options];
      const child = spawn(process.execPath, [bin, ...args], { cwd: root, stdio: 'ignore' });
      const journal = join(root, set, 'chunk-set.journal');
      const isUnderWay = () =>
        existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 3;
      await waitFor(() => isUnderWay() || child.exitCode !== null);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      for (const name of readdirSync(join(root, set)))
        expect(readFileSync(join(root, set, name)).includes(large.subarray(100, 132)), name).toBe(
          false,
        );

      const resume = ['split', 'large', '--output', set, '--resume'];
      const plain = await sonae(...resume, '--no-encrypt');
      expect(plain.stderr).toContain('encrypted to was');
      expect(plain.exitCode).toBe(2);
      const other = await sonae(...resume, ...centre.otherAge.options);
      expect(other.exitCode).toBe(2);
      const run = await sonae(...resume, ...options);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(restore(set, decrypt).equals(large)).toBe(true);
    },
    90_000,
  );

  it('refuses to go on with another passphrase', async () => {
    const args = ['split', 'large', '--size', '3M', '--output', 'phrase'];
    const child = spawn(process.execPath, [bin, ...args, ...centre.passphrase.options], {
      cwd: root,
      stdio: 'ignore',
    });
    const journal = join(root, 'phrase', 'chunk-set.journal');
    await waitFor(
      () => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 2,
    );
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(join(root, 'other-phrase'), 'something else\n');
    const run = await sonae(...args, '--resume', '--passphrase-file', 'other-phrase');
    expect(run.stderr).toContain('the passphrase is not the one this set was begun with');
    expect(run.exitCode).toBe(2);
  });

  it('gives up the open chunk when gpg is killed, keeps what is finished, and goes on', async () => {
    const args = ['split', '-', '--name', 'piped', '--size', '1M', '--output', 'gpg-killed'];
    const child = spawn(process.execPath, [bin, ...args, ...centre.openPgp.options], { cwd: root });
    let stderr = '';
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece;
    });
    child.stdin.on('error', () => undefined); // it ends before all is written
    child.stdin.write(noise.subarray(0, 3_000_000));
    // Two chunks are finished, the third waits for more input with a gpg of its own.
    const gpg = await waitFor(() => {
      const isUnderWay =
        existsSync(join(root, 'gpg-killed')) && chunksOf('gpg-killed').length === 2;
      const pids = childrenOf(child.pid, 'gpg');
      return isUnderWay && pids.length === 1 && pids[0];
    });
    process.kill(gpg, 'SIGKILL');
    child.stdin.end(noise.subarray(3_000_000));
    const status = await new Promise((resolve) => child.once('exit', resolve));
    expect(stderr).toContain('gpg');
    expect(stderr).not.toContain('this is a bug');
    expect(status).toBe(6);
    expectNoPlaintext('gpg-killed');
    expect(readdirSync(join(root, 'gpg-killed')).filter((name) => /partial/.test(name))).toEqual(
      [],
    );
    expect((await sonae('verify', 'gpg-killed')).stdout).toContain('not finished');
  });

  it.skipIf(!isRoot)('on a full disk leaves good chunks, and goes on with room', async () => {
    const small = join(root, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4M', 'none', small]);
    try {
      for (const [kind, { options, decrypt }] of kinds.slice(0, 2)) {
        execFileSync('mount', ['-o', 'remount,size=4M', small]);
        const set = `small/${kind}`;
        const args = ['split', 'noise', '--size', '1M', '--output', set, ...options];
        const full = await sonae(...args, '--ignore-space');
        expect(full.stderr).toMatch(/no space left/);
        expect(full.exitCode).toBe(6);
        expectNoPlaintext(set);
        expect(chunksOf(set).length).toBeGreaterThan(0);
        expect((await sonae('verify', set)).exitCode).toBe(3);
        execFileSync('mount', ['-o', 'remount,size=60M', small]);
        const run = await sonae(...args, '--resume');
        expect(run.exitCode, run.stderr).toBe(0);
        expect(restore(set, decrypt).equals(noise)).toBe(true);
        spawnSync('rm', ['-r', join(root, set)]);
      }
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

const packed = fileURLToPath(
  new URL('../../../shared/data/vmcores/x86_64-6.1-hung.kdump-none-d31.zst', import.meta.url),
);

describe.skipIf(!existsSync(packed))('a real dump, encrypted in chunks', () => {
  it('is read by inspect from its chunks, and its page is encrypted too', async () => {
    const centre = makeCentre(temporaryFolder('centre'));
    const file = join(root, 'vmcore');
    execFileSync('zstd', ['-q', '-d', packed, '-o', file]);
    const set = 'dump.chunks';
    const run = await sonae('split', file, '--output', set, '--size', '8M', ...centre.age.options);
    expect(run.exitCode, run.stderr).toBeLessThan(4);
    const page = readFileSync(join(root, set, 'inspect.txt.age'));
    expect(existsSync(join(root, set, 'inspect.txt'))).toBe(false);
    expect(centre.age.decrypt(page).toString()).toContain('hung task');
    const sealed = await sonae('inspect', set);
    expect(sealed.exitCode).toBe(2);
    expect(sealed.stderr).toContain('--identity KEYFILE');
    const fromChunks = await sonae('inspect', set, '--dmesg', ...centre.age.opens);
    expect(fromChunks.stdout).toBe((await sonae('inspect', file, '--dmesg')).stdout);
  });
});

async function waitFor<Value>(look: () => Value | undefined | false): Promise<Value> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const value = look();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never came');
}
