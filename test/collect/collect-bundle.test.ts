import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { codecOf } from '../../src/collect/archive/codec.ts';
import type { BundleRecord } from '../../src/model/bundle.ts';
import { makeItem, readItem, runItem } from '../builders/item.ts';
import { canHangMounts, mountHung } from '../hung-mount.ts';
import { schemaProblems } from '../json-schema.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { collectInto } from './collect-into.ts';

const fake = (name: string) =>
  fileURLToPath(new URL(`../fixtures/commands/${name}`, import.meta.url));

function recordOf(records: readonly BundleRecord[], step: string): BundleRecord {
  const found = records.find((record) => record.step === step);
  if (!found) throw new Error(`no record of ${step}`);
  return found;
}

describeWith(['tar', 'zstd'], 'collectBundle', () => {
  let root: string;
  beforeAll(() => {
    root = temporaryFolder('sysroot');
    for (const folder of ['etc/app', 'var/log', 'proc/sys', 'usr/lib/modprobe.d', 'root/.ssh']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, 'etc/shadow'), 'root:$6$secret');
    writeFileSync(join(root, 'etc/app/app.conf'), 'a=1\n');
    writeFileSync(join(root, 'etc/app/server.key'), 'PRIVATE');
    writeFileSync(join(root, 'usr/lib/modprobe.d/x.conf'), 'options x\n');
    symlinkSync('usr/lib', join(root, 'lib'));
    symlinkSync('/etc/app/app.conf', join(root, 'etc/link'));
    execFileSync('mkfifo', [join(root, 'etc/app/fifo')]);
    for (const [index, name] of ['messages', 'messages.1', 'messages.2'].entries()) {
      const path = join(root, 'var/log', name);
      writeFileSync(path, `${name}\n`.repeat(1000));
      utimesSync(path, new Date(), new Date(Date.now() - index * 86_400_000));
    }
    writeFileSync(join(root, 'var/log/sparse'), 'x');
    truncateSync(join(root, 'var/log/sparse'), 2 ** 40);
  });

  it('stores files where they were, links relative, and nothing that is forbidden or special', async () => {
    const { folder, manifest, read, published } = await collectInto(
      [readItem('etc.all', ['/etc']), readItem('lib.conf', ['/lib/modprobe.d'])],
      { root },
    );
    expect(read('etc/app/app.conf')).toBe('a=1\n');
    expect(readlinkSync(join(folder, 'etc/link'))).toBe('app/app.conf');
    expect(read('usr/lib/modprobe.d/x.conf')).toBe('options x\n');
    expect(readlinkSync(join(folder, 'lib'))).toBe('usr/lib');
    for (const path of ['etc/shadow', 'etc/app/server.key', 'etc/app/fifo']) {
      expect(existsSync(join(folder, path))).toBe(false);
      expect(
        manifest.records.find(
          ({ source }) => source && 'file' in source && source.file === `/${path}`,
        )?.state,
      ).toBe('skipped');
    }
    expect(published.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(manifest).toMatchObject({ ended: 'complete', isPartial: false });
  });

  it('can be unpacked when a link and files below it were taken (proc/net: File exists)', async () => {
    const { folder, manifest, published } = await collectInto([
      readItem('x.link', ['/proc/net', '/proc/self']),
      readItem('x.below', ['/proc/net/dev', '/proc/self/status']),
    ]);
    expect(statSync(join(folder, 'proc/net/dev')).isFile()).toBe(true);
    expect(statSync(join(folder, 'proc/self/status')).isFile()).toBe(true);
    expect(
      manifest.records.filter(({ step }) => step === 'x.link').map(({ state }) => state),
    ).toEqual(['skipped', 'skipped']);
    expect(published.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('begins with version.txt and ends with the manifest', async () => {
    const { file, read } = await collectInto([readItem('etc.app', ['/etc/app/app.conf'])], {
      root,
    });
    const names = execFileSync('tar', ['--zstd', '-tf', file], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(names[0]).toBe('bundle/version.txt');
    expect(names.at(-1)).toBe('bundle/sonae/manifest.json');
    expect(read('version.txt')).toMatch(/^sos report: \d/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      execFileSync('sha256sum', ['-c', `${file}.sha256`], {
        cwd: join(file, '..'),
        encoding: 'utf8',
      }),
    ).toContain('OK');
  });

  it('keeps the newest of logs: newest file first, its tail, and leaves out what is older than --since', async () => {
    const logs = readItem('logs.messages', ['/var/log/messages*'], {
      isLog: true,
      limits: { timeMs: 5000, bytes: 12_000, files: 10 },
    });
    const { manifest, read } = await collectInto([logs], {
      root,
      sinceMs: Date.now() - 1.5 * 86_400_000,
    });
    const states = manifest.records.map(({ source, state }) => [
      (source as { file: string }).file,
      state,
    ]);
    expect(states).toEqual([
      ['/var/log/messages.2', 'skipped'],
      ['/var/log/messages', 'collected'],
      ['/var/log/messages.1', 'truncated'],
    ]);
    expect(read('sos_strings/logs/var.log.messages.1.tailed')).toMatch(/^(?:messages\.1\n)+$/);
    expect(read('var/log/messages.1').length).toBeLessThanOrEqual(3000);
  });

  it.each(['zst', 'gz'] as const)(
    'stays below --max-size also with a manifest of thousands of files (%s)',
    async (format) => {
      const many = join(root, 'var/thousands');
      mkdirSync(many, { recursive: true });
      for (let index = 0; index < 3000; index += 1)
        writeFileSync(join(many, randomBytes(8).toString('hex')), randomBytes(60).toString('hex'));
      const limits = { timeMs: 60_000, bytes: 1024 * 1024, files: 10_000 };
      for (const maxBytes of [200_000, 400_000]) {
        const { file, manifest } = await collectInto(
          [readItem('a.many', ['/var/thousands'], { limits })],
          {
            root,
            maxBytes,
            codec: codecOf(format),
          },
        );
        expect(manifest.ended).toBe('max-size');
        expect(manifest.isPartial).toBe(true);
        expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
      }
      rmSync(many, { recursive: true });
    },
  );

  it('takes what is behind the links of a class of devices, and its secrets not', async () => {
    const device = join(root, 'sys/devices/host1/iscsi_session/session1');
    mkdirSync(join(device, 'power'), { recursive: true });
    mkdirSync(join(root, 'sys/class/iscsi_session'), { recursive: true });
    symlinkSync(
      '../../devices/host1/iscsi_session/session1',
      join(root, 'sys/class/iscsi_session/session1'),
    );
    for (const name of ['state', 'password', 'power/control'])
      writeFileSync(join(device, name), `${name}\n`);
    const item = readItem('storage.hosts', ['/sys/class/iscsi_session/*/']);
    const { folder, read } = await collectInto([item], { root });
    expect(read('sys/class/iscsi_session/session1/state')).toBe('state\n');
    expect(existsSync(join(folder, 'sys/class/iscsi_session/session1/password'))).toBe(false);
  });

  it('cuts no table of the kernel in half to fit a tight --max-size', async () => {
    const table = 'name <active_objs> <num_objs>\n'.repeat(700);
    writeFileSync(join(root, 'etc/table'), table);
    const items = [
      readItem('a.table', ['/etc/table'], { keep: 'head' }),
      readItem('a.tiny', ['/etc/table'], {
        limits: { timeMs: 9000, bytes: 100, files: 1 },
        samples: { count: 2, intervalMs: 0 },
      }),
    ];
    const { read, manifest } = await collectInto(items, { root, limitFactor: 0.001 });
    expect(read('etc/table')).toBe(table);
    expect(recordOf(manifest.records, 'a.tiny#2').bytes).toBeLessThanOrEqual(100);
  });

  it('takes the end of a sparse terabyte in bounded time and space', async () => {
    const { manifest } = await collectInto([readItem('logs.sparse', ['/var/log/sparse'])], {
      root,
    });
    expect(manifest.records[0]).toMatchObject({ state: 'truncated' });
    expect(manifest.records[0]?.bytes).toBeLessThanOrEqual(1024 * 1024);
  });

  it('takes the newest log of a folder of more logs than it may look at, and says that older ones are missing', async () => {
    const many = join(root, 'var/many');
    mkdirSync(many, { recursive: true });
    for (let index = 10; index < 40; index += 1) {
      writeFileSync(join(many, `app.${index}`), 'old\n');
      utimesSync(join(many, `app.${index}`), 1000, 1000);
    }
    writeFileSync(join(many, 'zz-newest'), 'now\n');
    const { read, manifest } = await collectInto(
      [
        readItem('logs.many', ['/var/many'], {
          isLog: true,
          limits: { timeMs: 10_000, bytes: 1024, files: 2 },
        }),
      ],
      { root },
    );
    expect(read('var/many/zz-newest')).toBe('now\n');
    expect(recordOf(manifest.records, 'logs.many')).toMatchObject({
      state: 'truncated',
      reason: 'more than 8 entries: the older ones are missing',
    });
  });

  it('does not lose logs beside one that is mostly a hole, nor what was written behind the hole', async () => {
    const folder = join(root, 'var/holes');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'real.log'), 'line\n'.repeat(100));
    utimesSync(join(folder, 'real.log'), 1000, 1000);
    writeFileSync(join(folder, 'truncated.log'), '');
    truncateSync(join(folder, 'truncated.log'), 2 ** 40);
    writeFileSync(join(folder, 'truncated.log'), 'written behind the hole\n', { flag: 'a' });
    writeFileSync(join(folder, 'grown.log'), 'written before the hole\n'.repeat(1000));
    truncateSync(join(folder, 'grown.log'), 2 ** 40);
    const { read, manifest } = await collectInto(
      [readItem('logs.holes', ['/var/holes'], { isLog: true })],
      { root },
    );
    expect(read('var/holes/real.log')).toBe('line\n'.repeat(100));
    expect(read('var/holes/truncated.log')).toBe('written behind the hole\n');
    const cut = manifest.records.filter(({ state }) => state === 'truncated');
    expect(cut).toHaveLength(2);
    for (const { reason } of cut) expect(reason).toMatch(/of zeros were left out$/);
  });

  it('takes no error message for evidence: reads the fallback, and says so in the README', async () => {
    const { manifest, read } = await collectInto(
      [
        runItem('x.refused', ['ls', '--no-such-option'], {
          fallback: { paths: ['/etc/hostname'] },
        }),
        runItem('x.partly', ['ls', '-d', '/etc', '/no-such-folder']),
        runItem('x.quiet', ['false']),
      ],
      {},
    );
    const notes = manifest.records.map(({ step, note }) => [step, note]);
    expect(notes).toContainEqual(['x.refused', 'nothing but an error message']);
    expect(notes).toContainEqual(['x.partly', undefined]);
    expect(notes).toContainEqual(['x.quiet', undefined]);
    expect(manifest.records).toContainEqual(
      expect.objectContaining({ path: 'etc/hostname', fallbackFor: ['ls', '--no-such-option'] }),
    );
    expect(read('sonae/README.txt')).toMatch(
      /nothing but an error \(1\)\n {2}sos_commands\/x\/ls_--no-such-option\n/,
    );
  });

  it('shows names of processes and deleted files without their control characters', async () => {
    const folder = temporaryFolder('odd-names');
    const program = join(folder, 'e\u001b[2J\nvil');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const child = spawn(program, ['60'], { stdio: 'ignore' });
    try {
      const gone = openSync(join(folder, 'gone\u001b[2J'), 'w');
      unlinkSync(join(folder, 'gone\u001b[2J'));
      const builtins = [
        makeItem('p.all', { kind: 'builtin', name: 'processes' }),
        makeItem('p.deleted', { kind: 'builtin', name: 'deleted-files' }),
      ];
      const { read } = await collectInto(builtins, {});
      closeSync(gone);
      expect(read('sonae/processes.txt')).toContain('\te\\x1b[2J\\x0avil\n');
      expect(read('sonae/deleted-files.txt')).toContain('/gone\\x1b[2J (deleted)\n');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('tells how each command ended', async () => {
    const quick = { limits: { timeMs: 400, bytes: 10_000, files: 1 } };
    const { manifest, read } = await collectInto([
      runItem('x.exits', [fake('exits-3')]),
      runItem('x.forever', [fake('forever')], quick),
      runItem('x.ignores', [fake('ignores-term')], { ...quick, plugin: 'x', name: 'ignores' }),
      runItem('x.floods', [fake('floods')], { ...quick, name: 'floods' }),
      runItem('x.tail', [fake('floods')], { ...quick, keep: 'tail', name: 'tail' }),
      runItem('x.binary', [fake('prints-binary')], { name: 'binary' }),
      runItem('x.absent', ['no-such-command-here']),
    ]);
    const { records } = manifest;
    expect(recordOf(records, 'x.exits')).toMatchObject({ state: 'collected', exitCode: 3 });
    expect(recordOf(records, 'x.forever')).toMatchObject({ state: 'timed-out', bytes: 0 });
    expect(recordOf(records, 'x.ignores')).toMatchObject({ state: 'timed-out' });
    expect(recordOf(records, 'x.floods')).toMatchObject({ state: 'truncated', bytes: 10_000 });
    expect(recordOf(records, 'x.tail').state).toMatch(/truncated|timed-out/);
    expect(recordOf(records, 'x.absent')).toMatchObject({ state: 'absent', bytes: 0 });
    expect(read('sos_commands/x/ignores')).toMatch(/^started\n/);
    expect(manifest.isPartial).toBe(true);
  });

  it('takes the fallback files of a command that gave nothing', async () => {
    const { manifest, read } = await collectInto([
      runItem('x.forever', [fake('forever')], {
        limits: { timeMs: 200, bytes: 1000, files: 10 },
        fallback: { paths: ['/proc/version'] },
      }),
    ]);
    expect(read('proc/version')).toContain('Linux');
    const file = manifest.records.find(({ path }) => path === 'proc/version');
    expect(file?.fallbackFor).toEqual([fake('forever')]);
  });

  it('repeats samples after their interval and puts later ones aside', async () => {
    const clocks = makeItem(
      'time.clocks',
      { kind: 'builtin', name: 'clocks' },
      { samples: { count: 3, intervalMs: 150 } },
    );
    const { manifest, read } = await collectInto([clocks]);
    // From the start of the run: a sample may itself be late, and the next one is then not due later.
    const startOf = (step: string) => recordOf(manifest.records, step).startedMs;
    expect(startOf('time.clocks#2')).toBeGreaterThanOrEqual(149);
    expect(startOf('time.clocks#3')).toBeGreaterThanOrEqual(299);
    expect(read('sonae/samples/3/sonae/clocks.txt')).toContain('realtime');
  });

  it('makes a gzip bundle that plain tar reads', async () => {
    const { read } = await collectInto([readItem('etc.app', ['/etc/app/app.conf'])], {
      root,
      codec: codecOf('gz'),
    });
    expect(read('etc/app/app.conf')).toBe('a=1\n');
  });

  it('ends at the time limit with a valid bundle that says so', async () => {
    const { manifest, published } = await collectInto(
      [runItem('x.forever', [fake('forever')]), runItem('x.never', ['uname', '-a'])],
      { timeLimitMs: 300, jobs: 1 },
    );
    expect(manifest).toMatchObject({ ended: 'time-limit', isPartial: true });
    expect(recordOf(manifest.records, 'x.never')).toMatchObject({ state: 'skipped' });
    expect(published.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('ends at the first interrupt with a valid bundle that says so', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const { manifest } = await collectInto([runItem('x.forever', [fake('forever')])], {
      signal: controller.signal,
    });
    expect(manifest).toMatchObject({ ended: 'interrupted', isPartial: true });
  });

  it('leaves nothing behind when it is to stop at once', async () => {
    const folder = temporaryFolder('urgent');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const run = collectInto([runItem('x.forever', [fake('forever')])], {
      folder,
      signal: controller.signal,
      urgent: controller.signal,
    });
    await expect(run).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fits a size limit, says what was left out, and stays valid', async () => {
    const big = temporaryFolder('big');
    for (let index = 0; index < 6; index += 1) {
      writeFileSync(
        join(big, `noise${index}`),
        crypto.getRandomValues(new Uint8Array(65_536)).toString().repeat(9),
      );
    }
    const noise = readItem('x.noise', [big], {
      limits: { timeMs: 10_000, bytes: 1e9, files: 100 },
    });
    const { manifest, file } = await collectInto([noise], { maxBytes: 900_000 });
    expect(statSync(file).size).toBeLessThan(1_000_000);
    expect(manifest.records.some(({ state }) => state === 'collected')).toBe(true);
    expect(manifest.records.some(({ reason }) => reason === 'no room left in the bundle')).toBe(
      true,
    );
    expect(manifest.isPartial).toBe(true);
  });

  it('takes evidence that other rooms produce, and survives one that fails', async () => {
    const { read, manifest } = await collectInto([], {
      producers: [
        { id: 'kdump.verdict', path: 'sonae/check-kdump.txt', produce: async () => 'ready\n' },
        {
          id: 'crash.page',
          path: 'sonae/inspect.txt',
          produce: () => Promise.reject(new Error('no dump')),
        },
      ],
    });
    expect(read('sonae/check-kdump.txt')).toBe('ready\n');
    expect(recordOf(manifest.records, 'crash.page')).toMatchObject({
      state: 'failed',
      reason: 'no dump',
    });
  });

  it.skipIf(!canHangMounts)('goes on past a file system that never answers', async () => {
    const hung = mountHung();
    try {
      const { manifest, read } = await collectInto([
        readItem('x.hung', [hung.path], { limits: { timeMs: 400, bytes: 1000, files: 10 } }),
        readItem('x.fine', ['/proc/version']),
      ]);
      expect(recordOf(manifest.records, 'x.hung')).toMatchObject({ state: 'timed-out' });
      expect(read('proc/version')).toContain('Linux');
      expect(manifest.isPartial).toBe(true);
    } finally {
      hung.unmount();
    }
  });

  it('writes a manifest as its published schema says', async () => {
    const { folder } = await collectInto([
      readItem('x.files', ['/proc/version', '/proc/net', '/nonexistent']),
      runItem('x.run', [fake('exits-3')]),
      makeItem('x.built', { kind: 'builtin', name: 'space' }),
    ]);
    const schema = JSON.parse(
      readFileSync(
        new URL('../../docs/formats/bundle-manifest.schema.json', import.meta.url),
        'utf8',
      ),
    );
    const manifest = JSON.parse(readFileSync(join(folder, 'sonae/manifest.json'), 'utf8'));
    expect(schemaProblems(manifest, schema)).toEqual([]);
  });

  it('records every digest as sha256sum computes it', async () => {
    const { folder, manifest } = await collectInto([
      readItem('proc.some', ['/proc/meminfo', '/etc/passwd', '/proc/sys/kernel']),
    ]);
    const lines = manifest.records
      .filter(({ sha256 }) => sha256 !== undefined)
      .map(({ sha256, path }) => `${sha256}  ${path}`);
    expect(lines.length).toBeGreaterThan(50);
    writeFileSync(join(folder, 'SUMS'), `${lines.join('\n')}\n`);
    execFileSync('sha256sum', ['--quiet', '-c', 'SUMS'], { cwd: folder });
    expect(JSON.parse(readFileSync(join(folder, 'sonae/manifest.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(manifest)),
    );
  });
});
