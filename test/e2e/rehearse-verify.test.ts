import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RehearsalCertificate } from '../../src/kdump/machine/rehearsal-documents.ts';
import { buildElfDump } from '../builders/build-dump.ts';
import { bin, runSonae } from '../run-sonae.ts';

const nonce = '7d0c3b1e-5a52-4a51-9d0e-2f1f7c1f0a11';
const ownLog = [
  'Linux version 6.1.0-test (built)',
  `sonae-kdump-rehearsal ${nonce}`,
  'sysrq: Trigger a crash',
  'Kernel panic - not syncing: sysrq triggered crash',
];
const otherLog = [
  'Linux version 6.1.0-test (built)',
  'Kernel panic - not syncing: Fatal exception',
];

const dumpOf = (log: readonly string[]) =>
  buildElfDump(log.map((text, index) => ({ text, microseconds: index })));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sonae-rehearsed-'));
  put('state/rehearsal-before.json', JSON.stringify(record));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const record = {
  format: 'sonae-kdump-rehearsal',
  version: 1,
  host: 'db01',
  machineId: 'm',
  bootId: 'the-boot-before',
  nonce,
  startedAt: new Date(Date.now() - 60_000).toISOString(),
  trigger: 'sysrq-c',
  kernel: '6.1.0-test',
  fingerprint: { kernel: '6.1.0-test', configuration: 'c', target: 't' },
  predicted: { bytes: 0, highBytes: 0, seconds: 0, highSeconds: 0 },
  dumps: [],
};

function put(path: string, bytes: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

async function verify(folder: string) {
  const place = ['--dump-folder', join(root, folder), '--state', join(root, 'state')];
  const run = await runSonae(['check-kdump', 'rehearse', '--verify', ...place, '--json']);
  const certificate =
    run.stdout === '' ? undefined : (JSON.parse(run.stdout) as RehearsalCertificate);
  return { run, certificate };
}

describe('rehearse --verify of a dump from another machine', () => {
  it('finds its own dump on a share that others dump to as well, and times no copy', async () => {
    put('share/10.0.0.7-2026-11-24/vmcore.flat', dumpOf(ownLog));
    put('share/10.0.0.7-2026-11-24/vmcore-dmesg.txt', ownLog.join('\n'));
    put('share/10.0.0.8-2026-11-24/vmcore', Buffer.concat([dumpOf(otherLog), Buffer.alloc(9000)]));
    put('share/10.0.0.8-2026-11-24/vmcore-dmesg.txt', otherLog.join('\n'));
    const { run, certificate } = await verify('share');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(certificate).toMatchObject({
      isProved: true,
      dump: { path: join(root, 'share/10.0.0.7-2026-11-24/vmcore.flat'), isNamed: true },
    });
    expect(certificate?.measured.seconds).toBeUndefined();
    expect(certificate?.checks.map(({ what }) => what)).not.toContain(
      'note: only root can read the dump',
    );
    const page = readFileSync(join(root, 'state/rehearsal-certificate.md'), 'utf8');
    expect(page).toContain('perhaps a copy');
  });

  it('enters a folder that is a link, and takes its state from where the person is', async () => {
    put('room/127.0.0.1-2026-11-24/vmcore', dumpOf(ownLog));
    symlinkSync('room', join(root, 'crash'));
    const args = ['--verify', '--dump-folder', 'crash', '--state', 'state'];
    const run = await runSonae(['check-kdump', 'rehearse', ...args], { cwd: root });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain(join(root, 'crash/127.0.0.1-2026-11-24/vmcore'));
  });

  it('says of a record that it cannot use, not that there is none or that it failed', async () => {
    put('copy/vmcore', dumpOf(ownLog));
    for (const change of [{ host: undefined }, { kernel: 7 }, { startedAt: 'yesterday' }]) {
      put('state/rehearsal-before.json', JSON.stringify({ ...record, ...change }));
      const { run } = await verify('copy');
      expect(run.exitCode, run.stderr).toBe(2);
      expect(run.stderr).toContain('is no record of a rehearsal');
    }
    rmSync(join(root, 'state/rehearsal-before.json'));
    mkdirSync(join(root, 'state/rehearsal-before.json'));
    const { run } = await verify('copy');
    expect(run.exitCode, run.stderr).toBe(6);
    expect(run.stderr).toContain('rehearsal-before.json cannot be read');
  });

  it('reads the log in the dump where none was saved beside it', async () => {
    put('copy/dump.202611240312', dumpOf(ownLog));
    const { run, certificate } = await verify('copy');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(certificate?.isProved).toBe(true);
  });

  it("does not take another machine's dump for its own", async () => {
    put('share/10.0.0.8-2026-11-24/vmcore', dumpOf(otherLog));
    const { run, certificate } = await verify('share');
    expect(run.exitCode).toBe(4);
    expect(certificate?.isProved).toBe(false);
  });

  it('says where it looked and where the dump should be', async () => {
    put('share/README', '');
    const { run } = await verify('share');
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toContain(`in ${join(root, 'share')}`);
    expect(run.stderr).toContain('Is it the right folder?');
    expect(run.stderr).not.toContain('the rehearsal failed');
    expect((await verify('nothing')).run.exitCode).toBe(2);
    const planned = await runSonae(['check-kdump', 'rehearse', '--dump-folder', root]);
    expect(planned.exitCode).toBe(2);
  });
});

const canMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs t /etc/default']).status === 0;
if (!canMount)
  process.stderr.write('SKIPPED for want of mounts: rehearse --verify, by its target\n');

describe.skipIf(!canMount)('rehearse --verify, by the target of the configuration', () => {
  /** On this machine with a kdump-tools configuration of its own, and what `prepare` mounts; nobody else sees either. */
  function verifyWith(config: string, prepare = 'true') {
    put('kdump-tools', `USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"\n${config}\n`);
    const command = `mount -t tmpfs t /etc/default && cp ${root}/kdump-tools /etc/default/ && ${prepare} && exec "$0" "$@"`;
    const state = ['--state', join(root, 'state'), '--json'];
    const words = [bin, 'check-kdump', 'rehearse', '--verify', ...state];
    return spawnSync('unshare', ['-m', 'sh', '-c', command, process.execPath, ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    });
  }

  it('says how to bring the dump from an ssh target', () => {
    const run = verifyWith('SSH="kdump@dump01"');
    expect(run.status, run.stderr).toBe(2);
    expect(run.stderr).toContain('the dump went to kdump@dump01:/var/crash');
    expect(run.stderr).toContain(
      'scp -i /root/.ssh/kdump_id_rsa -pr kdump@dump01:/var/crash/FOLDER',
    );
    expect(run.stderr).toContain('--verify --dump-folder');
  });

  it('says how to mount a share, and finds the dump on it once it is mounted', () => {
    const config = 'NFS="nas:/export/crash"';
    const before = verifyWith(config);
    expect(before.status, before.stderr).toBe(2);
    expect(before.stderr).toContain('mount -t nfs -o ro nas:/export/crash /mnt');
    put('dump', dumpOf(ownLog));
    put('dmesg', ownLog.join('\n'));
    const folder = `${root}/mnt/crash/10.0.0.7-202611240312`;
    const run = verifyWith(
      config,
      `mkdir ${root}/mnt && mount -t tmpfs nas:/export ${root}/mnt && mkdir -p ${folder} && cp ${root}/dump ${folder}/dump.202611240312 && cp ${root}/dmesg ${folder}/dmesg.202611240312`,
    );
    expect(run.status, run.stderr).toBe(0);
    const certificate = JSON.parse(run.stdout) as RehearsalCertificate;
    expect(certificate).toMatchObject({
      isProved: true,
      dump: { path: `${folder}/dump.202611240312`, isNamed: false },
      measured: { seconds: expect.any(Number) },
      fingerprint: { target: 'nfs nas:/export/crash' },
    });
  });
});
