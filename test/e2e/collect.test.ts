import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processScope } from '../../src/host/host-identity.ts';
import type { BundleManifest } from '../../src/model/bundle.ts';
import { childrenOf } from '../children-of.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';

const isRoot = process.getuid?.() === 0;
let work: string;
let profile: string;
let tiny: string;

// A small profile of its own, so that these tests speak of the engine and not of the shipped profiles.
const head = (name: string) => `apiVersion: sonae/v1
kind: Profile
name: ${name}
group: set
title: A few quick things for the tests of the engine.
why: The tests need a plan that is the same on every machine.
items:
`;
const yaml = `${head('small')}  - {id: test.kernel-log, what: Kernel log., why: It is gone first., builtin: kernel-log, volatility: 1}
  - {id: test.uname, what: Kernel and machine., why: Names the kernel., run: [uname, -a], link: uname}
  - {id: test.none, what: Nothing., why: Commands may be absent., run: [no-such-command-anywhere]}
  - {id: test.proc, what: Counters., why: Files of size 0., read: [/proc/meminfo, /proc/vmstat, /proc/self/status]}
  - {id: test.sys, what: Settings., why: Many small files., read: /proc/sys}
  - {id: test.etc, what: Configuration., why: Many files and links., read: /etc}
`;

// As little as makes a bundle, where the test is about what is around one.
const tinyItems = `  - {id: test.uname, what: Kernel and machine., why: Names the kernel., run: [uname, -a]}
  - {id: test.proc, what: Counters., why: Files of size 0., read: /proc/meminfo}
`;

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'sonae-e2e-'));
  chmodSync(work, 0o755);
  profile = join(work, 'small.yaml');
  writeFileSync(profile, yaml);
  tiny = join(work, 'tiny.yaml');
  writeFileSync(tiny, `${head('tiny')}${tinyItems}`);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function freshFolder(): string {
  const folder = mkdtempSync(join(work, 'out-'));
  chmodSync(folder, 0o777);
  return folder;
}

function unpack(folder: string): { top: string; manifest: BundleManifest; file: string } {
  const file = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tar.zst')) as string,
  );
  const place = mkdtempSync(join(work, 'unpacked-'));
  execFileSync('tar', ['--zstd', '-xf', file, '-C', place]);
  const top = join(place, readdirSync(place)[0] as string);
  return {
    top,
    file,
    manifest: JSON.parse(readFileSync(join(top, 'sonae/manifest.json'), 'utf8')),
  };
}

describeWith(['tar', 'zstd'], 'sonae collect', () => {
  it('takes a bundle that sha256sum, zstd and tar can read, and says where it is', async () => {
    const folder = freshFolder();
    const { stdout, stderr, exitCode } = await runSonae([
      'collect',
      '--profile',
      profile,
      '--output',
      folder,
      '--case',
      'T-1',
    ]);
    expect(exitCode).toBe(isRoot ? 0 : 3);
    const { file, manifest, top } = unpack(folder);
    expect(file).toMatch(/\/sonae-[\w-]+-T-1-\d{4}-\d\d-\d\d-[a-z0-9]{8}\.tar\.zst$/);
    expect(stdout).toContain(file);
    expect(stderr).toContain('read-only');
    expect(
      execFileSync('sha256sum', ['-c', `${file}.sha256`], { cwd: folder, encoding: 'utf8' }),
    ).toContain('OK');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(manifest).toMatchObject({
      format: 'sonae-bundle',
      version: 1,
      case: 'T-1',
      ended: 'complete',
    });
    expect(readFileSync(join(top, 'uname'), 'utf8')).toContain('Linux');
    expect(readdirSync(folder).sort()).toEqual(
      [file, `${file}.sha256`].map((path) => path.split('/').at(-1)),
    );
  });

  it('gives one JSON document on stdout and JSON Lines on stderr', async () => {
    const { stdout, stderr } = await runSonae([
      'collect',
      '--profile',
      tiny,
      '--output',
      freshFolder(),
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'sonae-bundle',
      bundle: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const types = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type as string);
    expect(types).toContain('plan');
    expect(types).toContain('progress');
  });

  it('streams to a pipe', async () => {
    const out = join(work, 'piped.tar.zst');
    execFileSync('sh', [
      '-c',
      `"$0" "$1" collect --profile "$2" --output - --quiet > "$3"; true`,
      process.execPath,
      bin,
      profile,
      out,
    ]);
    expect(execFileSync('tar', ['--zstd', '-tf', out], { encoding: 'utf8' })).toMatch(
      /sonae\/manifest\.json\n$/,
    );
  });

  it('says what it would do in a dry run, and does nothing', async () => {
    const folder = freshFolder();
    const { stdout, exitCode } = await runSonae([
      'collect',
      '--profile',
      profile,
      '--output',
      folder,
      '--dry-run',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('run uname -a');
    expect(stdout).toMatch(/absent\s+test\.none/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes files of an image and runs none of its commands', async () => {
    const root = mkdtempSync(join(work, 'root-'));
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/os-release'), 'ID=rhel\nPRETTY_NAME="Image Linux 9"\n');
    writeFileSync(join(root, 'etc/hostname'), 'imagehost\n');
    const folder = freshFolder();
    await runSonae(['collect', '--profile', profile, '--root', root, '--output', folder]);
    const { manifest, top } = unpack(folder);
    expect(manifest.host).toMatchObject({ name: 'imagehost', os: 'Image Linux 9' });
    expect(readFileSync(join(top, 'etc/hostname'), 'utf8')).toBe('imagehost\n');
    expect(manifest.records.find(({ step }) => step === 'test.uname')?.state).not.toBe('collected');
    expect(manifest.cost.childrenStarted).toBeLessThanOrEqual(1);
  });
});

describeWith(['tar', 'zstd'], 'sonae collect, wrong usage', () => {
  it.each([
    [['--profile', 'minimla'], 'minimal', 2],
    [['--format', 'zts'], 'zst', 2],
    [['--format', 'xz'], 'expected zst, gz', 2],
    [['--output', '/tmp/a\nb.tar.zst'], 'a\\x0ab.tar.zst holds characters', 2],
    [['--max-size', '-5'], '--max-size', 2],
    [['--max-size', '0'], '--max-size', 2],
    [['--jobs', '0'], '--jobs', 2],
    [['--jobs', 'many'], '--jobs', 2],
    [['--time-limit', 'soon'], '--time-limit', 2],
    [['--since', '2199-01-01'], 'future', 2],
    [['--since', 'whenever'], '--since', 2],
    [['--case', '../../etc'], '--case', 2],
    [['--impact', 'hihg'], 'high', 2],
    [['--frmat', 'gz'], '--format', 2],
    [['--output', '/nonexistent/place/'], 'mkdir -p', 2],
    [['--root', '/nonexistent'], '--root', 2],
    [['--root', '/dev'], 'no system', 2],
    [['--root', ''], '--root', 2],
    [['--output', ''], '--output', 2],
    [['--profile', ''], '--profile', 2],
  ])('%j: says %s and exits with %d', async (args, word, status) => {
    const named = args[0] === '--profile' ? args : ['--profile', tiny, ...args];
    const { exitCode, stderr } = await runSonae(['collect', ...named]);
    expect(stderr).toContain(word);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(status);
  });

  it('names line and column of broken YAML', async () => {
    const broken = join(work, 'broken.yaml');
    writeFileSync(broken, 'apiVersion: sonae/v1\nkind: Profile\nitems: [\n');
    const { exitCode, stderr } = await runSonae(['collect', '--profile', broken]);
    expect(stderr).toMatch(/broken\.yaml:\d+:\d+/);
    expect(exitCode).toBe(2);
  });

  it('refuses an output folder that it would collect', async () => {
    const { exitCode, stderr } = await runSonae([
      'collect',
      '--profile',
      profile,
      '--output',
      '/etc',
    ]);
    expect(stderr).toMatch(/itself be collected|permission denied/);
    expect([2, 6]).toContain(exitCode);
    expect(readdirSync('/etc').filter((name) => name.includes('sonae'))).toEqual([]);
  });

  it('takes the logs beside the bundle when the bundle is put among them', async () => {
    const logs = freshFolder();
    writeFileSync(join(logs, 'app.log'), 'the line that explains it\n');
    const own = join(work, 'beside.yaml');
    writeFileSync(
      own,
      `${head('small')}  - {id: test.logs, what: Logs., why: They tell., read: ${logs}/*.log}
`,
    );
    const { exitCode } = await runSonae(['collect', '--profile', own, '--output', logs]);
    expect(exitCode).toBe(0);
    const { manifest } = unpack(logs);
    expect(manifest.records.find(({ step }) => step === 'test.logs')?.state).toBe('collected');
    const inside = await runSonae(['collect', '--profile', own, '--output', join(logs, 'b.log')]);
    expect(inside.stderr).toContain('itself be collected');
    expect(inside.exitCode).toBe(2);
  });

  it('says before how long the samples take', async () => {
    const sampled = join(work, 'sampled.yaml');
    writeFileSync(
      sampled,
      `${head('small')}  - {id: test.load, what: Load., why: It moves., read: /proc/loadavg, samples: {count: 2, interval: 1s}}
`,
    );
    const args = ['collect', '--profile', sampled, '--output', freshFolder()];
    expect((await runSonae(args)).stderr).toContain('at least 1.0 s for samples, at most 15 min');
  });

  it('names in the README only what is in the bundle', async () => {
    const root = freshFolder();
    mkdirSync(join(root, 'etc'));
    const folder = freshFolder();
    await runSonae(['collect', '--profile', tiny, '--root', root, '--output', folder]);
    const { top } = unpack(folder);
    const text = readFileSync(join(top, 'sonae', 'README.txt'), 'utf8');
    const named = [...text.matchAll(/^ {2}(sonae\/\S+) /gm)].map(([, path]) => path as string);
    expect(named).toContain('sonae/manifest.json');
    expect(named.filter((path) => !existsSync(join(top, path)))).toEqual([]);
    expect(text).toContain('not running');
  });

  it('says a reason once for all that only root can take', async () => {
    const denied = join(work, 'denied.yaml');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const items = names.map(
      (name) =>
        `  - {id: test.${name}, what: Fails., why: Alike., run: [sleep, '9'], limits: {time: 1s}}\n`,
    );
    writeFileSync(denied, `${head('denied')}${items.join('')}`);
    const folder = freshFolder();
    const run = await runSonae(['collect', '--profile', denied, '--output', folder]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(
      /Missing \(5\):\n {2}timed-out {2}sleep 9, sleep 9, sleep 9 and 2 more: not done/,
    );
    const text = readFileSync(join(unpack(folder).top, 'sonae', 'README.txt'), 'utf8');
    expect(text).toMatch(/Missing \(5\)\n {2}timed-out {2}5: not done within 1 s/);
    expect(text).toContain('\n    test.e\n');
  });

  it('shows only the mistake of syntax in a broken file, not what is missing behind it', async () => {
    const broken = join(work, 'half.yaml');
    writeFileSync(broken, 'a: [\n');
    const { exitCode, stdout } = await runSonae(['profiles', 'validate', broken]);
    expect(exitCode).toBe(2);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  // What is printed goes to a file on a full disk, or to nobody.
  it.each([
    ['--output - >/dev/full', 6, /cannot write to standard output: no space left/],
    ['--output . >/dev/full', 6, /cannot write to standard output: no space left/],
    ['--output - | true', 6, /went away before the end/],
    ['--output . | true', 0, /^Collecting/],
    ['--output . 2>/dev/full', 0, /^$/],
    ['--output . 2>&-', 0, /^$/],
  ])('%s ends with %d and a sentence', (rest, status, said) => {
    const cwd = freshFolder();
    const command = `set -o pipefail; "${process.execPath}" "${bin}" collect --profile "${tiny}" ${rest}`;
    const run = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
    expect(run.stderr).toMatch(said);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.status).toBe(status);
    expect(readdirSync(cwd).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('is not held up by what looks like the rest of a killed run and cannot be removed', async () => {
    const folder = freshFolder();
    const left = `.sonae-${processScope()}-1-1.partial`;
    mkdirSync(join(folder, left));
    const run = await runSonae(['collect', '--profile', tiny, '--output', folder]);
    expect(run.stderr).toContain(`${left}, left behind by a run that was killed, stays`);
    expect(unpack(folder).manifest.ended).toBe('complete');
  });

  it('does not overwrite', async () => {
    const folder = freshFolder();
    const file = join(folder, 'mine.tar.zst');
    writeFileSync(file, 'precious');
    const { exitCode } = await runSonae(['collect', '--profile', tiny, '--output', file]);
    expect(exitCode).toBe(6);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const other = join(folder, 'other.tar.zst');
    writeFileSync(`${other}.sha256`, 'precious');
    const run = await runSonae(['collect', '--profile', tiny, '--output', other]);
    expect(run.exitCode).toBe(6);
    expect(readdirSync(folder).sort()).toEqual(['mine.tar.zst', 'other.tar.zst.sha256']);
  });

  it('says that the folder it was started in is gone', () => {
    const command = `mkdir gone && cd gone && rmdir ../gone && "${process.execPath}" "${bin}" collect --output .`;
    const run = spawnSync('sh', ['-c', command], { cwd: freshFolder(), encoding: 'utf8' });
    expect(run.stderr).toContain('the folder you are in does not exist any more');
    expect(run.status).toBe(2);
  });
});

const as = (uid: number, command: string, env: Record<string, string> = {}) =>
  new Promise<{ status: number | null; stderr: string }>((resolve) => {
    const child = spawn('bash', ['-c', command], {
      uid,
      gid: uid,
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('exit', (status) => resolve({ status, stderr }));
  });
const line = (folder: string) =>
  `exec ${process.execPath} ${bin} collect --profile ${profile} --output ${folder}`;

describeWith(
  ['root', 'others', 'bash', 'pkill', 'tar', 'zstd'],
  'sonae collect as somebody else',
  () => {
    it('without root takes what it may, says what it may not, and exits with 3', async () => {
      const folder = freshFolder();
      const { status, stderr } = await as(65534, line(folder));
      expect(status).toBe(3);
      expect(stderr).toContain('Not running as root');
      const { manifest, file } = unpack(folder);
      expect(manifest.totals['denied']).toBeGreaterThan(0);
      // It said `PARTIAL (complete)`.
      const verified = spawnSync(process.execPath, [bin, 'verify', file], {
        encoding: 'utf8',
      });
      expect(verified.stdout).toContain('It is PARTIAL: see sonae/README.txt');
    });

    // A user of this run alone: what is counted and killed is that of no other.
    const nobodyElse = 200_000 + process.pid;
    it.each([6, 8, 12])(
      'with room for %d processes and threads brings the files, whether commands start or not',
      async (most) => {
        const folder = freshFolder();
        // Node's own threads count, so it is told to live with few.
        const { status } = await as(
          nobodyElse,
          `ulimit -u ${most}; exec ${process.execPath} --v8-pool-size=0 ${bin} collect --profile ${profile} --output ${folder}`,
          { UV_THREADPOOL_SIZE: '1', HOME: '/nonexistent' },
        );
        spawnSync('pkill', ['-KILL', '-u', String(nobodyElse)]); // a child that starved in its own start stays
        expect(status).toBe(3);
        const { manifest } = unpack(folder);
        expect(['failed', 'collected']).toContain(
          manifest.records.find(({ step }) => step === 'test.uname')?.state,
        );
        for (const path of ['proc/meminfo', 'etc/passwd']) {
          expect(manifest.records.some((record) => record.path === path)).toBe(true);
        }
      },
      60_000,
    );
  },
);

describeWith(['strace'], 'sonae collect where the kernel refuses', () => {
  it.each([
    ['setpriority', 'EPERM', 0, /^$/],
    ['linkat', 'EPERM', 0, /^$/],
    ['fsync', 'EIO', 5, /the medium failed \(EIO\)/],
  ])('%s with %s', (call, error, status, said) => {
    const folder = freshFolder();
    // With a filter in the kernel nothing but this call is held up.
    const only = ['-f', '--seccomp-bpf', '-e', `trace=${call}`];
    const inject = [...only, '-qq', '-o', '/dev/null', '-e', `inject=${call}:error=${error}`];
    const args = [process.execPath, bin, 'collect', '--profile', tiny, '--output', folder];
    const run = spawnSync('strace', [...inject, ...args, '--quiet'], { encoding: 'utf8' });
    expect(run.stderr.trim()).toMatch(said);
    expect(run.status).toBe(status);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describeWith(['root', 'bash', 'mount', 'tar', 'zstd'], 'sonae collect in trouble', () => {
  it('takes no bundle away from a run that it cannot see, in a container or on another machine', async () => {
    const folder = freshFolder();
    const other = '.sonae-0123456789ab-4242-77.partial';
    const old = '.sonae-ba9876543210-4242-77.partial';
    for (const name of [other, `${other}.reserve`, old]) writeFileSync(join(folder, name), 'x');
    const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
    utimesSync(join(folder, old), twoDaysAgo, twoDaysAgo);
    const slow = join(work, 'slow.yaml');
    const sleeping = '  - {id: test.sleep, what: Sleeps., why: To be there., run: [sleep, "3"]}\n';
    writeFileSync(slow, `${head('slow')}${sleeping}`);
    const run = runSonae(['collect', '--profile', slow, '--output', folder]);
    const isBegun = () => readdirSync(folder).filter((name) => /partial$/.test(name)).length >= 2;
    while (!isBegun() || existsSync(join(folder, old)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const inside = ['-pf', '--mount-proc', process.execPath, bin];
    const second = ['collect', '--profile', tiny, '--output', folder];
    const beside = spawnSync('unshare', [...inside, ...second], { encoding: 'utf8' });
    expect(beside.stdout).toContain('read back and proved');
    expect(await run).toMatchObject({ exitCode: 0 });
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith('.'))
        .sort(),
    ).toEqual([other, `${other}.reserve`]);
  });

  it('without /proc takes what is left', () => {
    const folder = freshFolder();
    const command = `mount -t tmpfs none /proc && "${process.execPath}" "${bin}" collect --profile "${profile}" --output "${folder}"`;
    const run = spawnSync('unshare', ['-m', 'sh', '-c', command], { encoding: 'utf8' });
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.stdout).toContain('read back and proved');
    expect(unpack(folder).manifest.cost.childCpuSeconds).toBeUndefined();
  });

  it('tells root to go elsewhere when the file system is read-only, not to become root', () => {
    const folder = freshFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'sonae-test', folder]);
    try {
      const args = [bin, 'collect', '--profile', profile, '--output', folder];
      const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(run.status).toBe(6);
      expect(run.stderr).toMatch(/the file system is read-only\n {2}Choose a place on another one/);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('with hardly any file descriptor still ends with a bundle or a sentence', async () => {
    const folder = freshFolder();
    const { status, stderr } = await as(0, `ulimit -n 27; ${line(folder)}`);
    expect([0, 3, 6]).toContain(status);
    expect(stderr).not.toContain('this is a bug');
    if (status !== 6)
      expect(unpack(folder).manifest.records.some(({ path }) => path === 'proc/meminfo')).toBe(
        true,
      );
  });

  it.each([1, 2, 3, 4, 6, 9])(
    'on a disk of %d MiB leaves a valid bundle or nothing, and tells the truth',
    async (mib) => {
      const folder = freshFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'sonae-test', folder]);
      try {
        // All but a little is taken by something else; noise does not compress.
        const filled = Math.max(0, mib * 1024 - 1800);
        execFileSync('dd', ['if=/dev/urandom', `of=${folder}/filler`, 'bs=1k', `count=${filled}`], {
          stdio: 'ignore',
        });
        const { status, stderr } = await as(
          0,
          `exec ${process.execPath} ${bin} collect --profile ${profile} --output ${folder}`,
        );
        const left = readdirSync(folder).filter((name) => name !== 'filler');
        if (status === 6) {
          expect(stderr).toContain('--output');
          expect(left).toEqual([]);
        } else {
          expect([0, 3]).toContain(status);
          const { manifest } = unpack(folder);
          expect(manifest.isPartial).toBe(status === 3);
          expect(left).toHaveLength(2);
        }
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  it.each([2, 3, 4, 5])(
    'when the disk becomes full with %d MiB of room, ends with a valid bundle that says so',
    async (mib) => {
      const folder = freshFolder();
      const noise = mkdtempSync(join(work, 'noise-'));
      for (let index = 0; index < 24; index += 1)
        writeFileSync(join(noise, `n${index}`), randomBytes(300_000).toString('base64'));
      const noisy = join(work, `noisy-${mib}.yaml`);
      const item = `  - {id: test.noise, what: Noise., why: It does not compress., read: ${noise}}\n`;
      writeFileSync(noisy, `${head(`noisy-${mib}`)}${tinyItems}${item}`);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'sonae-test', folder]);
      try {
        const { status } = await as(
          0,
          `exec ${process.execPath} ${bin} collect --profile ${noisy} --output ${folder}`,
        );
        expect(status).toBe(3);
        const { manifest } = unpack(folder);
        expect(manifest).toMatchObject({ ended: 'no-space', isPartial: true });
        expect(manifest.records.some(({ path }) => path === 'proc/meminfo')).toBe(true);
        expect(readdirSync(folder)).toHaveLength(2);
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  it('killed at any moment leaves nothing that the next run does not remove', async () => {
    const folder = freshFolder();
    for (const delay of [150, 300, 450, 600, 900]) {
      const child = spawn(
        process.execPath,
        [bin, 'collect', '--profile', profile, '--output', folder],
        { stdio: 'ignore' },
      );
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    expect((await runSonae(['collect', '--profile', profile, '--output', folder])).exitCode).toBe(
      0,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'at a second %s stops at once, leaves nothing, and exits with %d',
    async (signal, code) => {
      const folder = freshFolder();
      const slow = join(work, `slow-${signal}.yaml`);
      // It does not obey, so that an orderly end takes its time.
      const command = fileURLToPath(new URL('../fixtures/commands/ignores-term', import.meta.url));
      const item = `  - {id: test.slow, what: Slow., why: It lasts., run: ["${command}"], volatility: 1}\n`;
      writeFileSync(slow, `${head('slow')}${tinyItems}${item}`);
      const args = [bin, 'collect', '--profile', slow, '--output', folder];
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await isRunning(child, 'ignores-term');
      child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill(signal);
      expect(await ended).toBe(code);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'at %s finishes with a valid bundle and the right status',
    async (signal) => {
      const folder = freshFolder();
      const slow = join(work, 'slow.yaml');
      const item =
        '  - {id: test.slow, what: Slow., why: It lasts., run: [sleep, "30"], volatility: 9}\n';
      writeFileSync(slow, `${head('slow')}${tinyItems}${item}`);
      const child = spawn(
        process.execPath,
        [bin, 'collect', '--profile', slow, '--output', folder],
        { stdio: 'ignore' },
      );
      await isRunning(child, 'sleep');
      child.kill(signal);
      const status = await new Promise((resolve) => child.once('exit', resolve));
      expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(unpack(folder).manifest).toMatchObject({ ended: 'interrupted', isPartial: true });
    },
  );
});

async function isRunning(child: ChildProcess, command: string): Promise<void> {
  for (let tries = 0; childrenOf(child.pid, command).length === 0; tries += 1) {
    if (tries > 500) throw new Error(`${command} was not started`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
