import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { KdumpReport } from '../../src/kdump/report/report.ts';
import { canHangMounts } from '../hung-mount.ts';
import { schemaProblems } from '../json-schema.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../docs/formats/kdump-report.schema.json', import.meta.url), 'utf8'),
);

type Content = string | Buffer | { readonly link: string } | 'a folder' | 'a FIFO';

const good: Readonly<Record<string, Content>> = {
  'etc/os-release': 'ID="rhel"\nVERSION_ID="9.4"\n',
  'etc/kdump.conf': 'path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n',
  'etc/sysconfig/kdump': 'KDUMP_KERNELVER=""\nKEXEC_ARGS="-s"\n',
  'proc/cmdline': 'BOOT_IMAGE=/vmlinuz-5.14.0-427.el9.x86_64 ro crashkernel=256M console=ttyS0\n',
  'proc/sys/kernel/osrelease': '5.14.0-427.el9.x86_64\n',
  'proc/iomem': '00100000-bfffffff : System RAM\n  60000000-6fffffff : Crash kernel\n',
  'proc/meminfo': 'MemTotal: 3000000 kB\nMemFree: 2000000 kB\n',
  'sys/kernel/kexec_crash_loaded': '1\n',
  'sys/kernel/kexec_crash_size': '268435456\n',
  'var/crash/.keep': '',
};

function write(root: string, files: Readonly<Record<string, Content>>): void {
  for (const [path, content] of Object.entries(files)) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    if (content === 'a folder') mkdirSync(place);
    else if (content === 'a FIFO') execFileSync('mkfifo', [place]);
    else if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, place);
    else writeFileSync(place, content);
  }
}

async function reportOf(files: Readonly<Record<string, Content>>): Promise<KdumpReport> {
  const root = temporaryFolder('bad-kdump');
  write(root, files);
  const run = await runSonae(['check-kdump', '--root', root, '--format', 'json']);
  expect([0, 3, 4], run.stderr).toContain(run.exitCode);
  expect(run.stderr).toBe('');
  const report = JSON.parse(run.stdout) as KdumpReport;
  expect(schemaProblems(report, schema)).toEqual([]);
  return report;
}

function stateOf({ findings }: KdumpReport, id: string): string {
  const finding = findings.find((each) => each.id === `kdump/${id}`);
  return `${finding?.state}: ${finding?.says}`;
}

describe('check-kdump on bad input', () => {
  it.each<[string, Content]>([
    ['is a link to itself', { link: 'kdump.conf' }],
    ['is a folder', 'a folder'],
    ['is a FIFO', 'a FIFO'],
    ['is huge', `path /var/crash\n${'# x\n'.repeat(400_000)}`],
  ])('nothing that follows from the configuration passes where it %s', async (_, content) => {
    const report = await reportOf({ ...good, 'etc/kdump.conf': content });
    expect(stateOf(report, 'config-parses')).toMatch(/^(?:unknown|fail): /);
    for (const id of [
      'core-collector-valid',
      'target-resolves',
      'failure-action-hang',
      'ship-privacy',
    ])
      expect(stateOf(report, id)).toMatch(/^unknown: \/etc\/kdump\.conf could not be read: /);
    expect(report.target).toMatchObject({ kind: 'unknown' });
    expect(report.verdict).not.toBe('ready');
  });

  it('reads files with the line ends of Windows', async () => {
    const crlf = Object.entries(good).map(([path, text]) => [
      path,
      String(text).replaceAll('\n', '\r\n'),
    ]);
    const report = await reportOf(Object.fromEntries(crlf));
    // kdumpctl cuts them off; a shell that reads /etc/sysconfig/kdump does not.
    expect(stateOf(report, 'config-parses')).toMatch(/^fail: .*carriage returns/);
    expect(stateOf(report, 'crashkernel-syntax')).toMatch(/^pass/);
    expect(stateOf(report, 'crash-kernel-loaded')).toMatch(/^pass/);
    expect(report.target.path).toBe('/var/crash');
  });

  it('ends where the command line is a file of two megabytes', async () => {
    const words = Array.from({ length: 150_000 }, (_, index) => `word${index}=1`).join(' ');
    const report = await reportOf({ ...good, 'proc/cmdline': `${words} crashkernel=256M\n` });
    expect(report.verdict).not.toBe('ready');
    const found = 'crashkernel='.repeat(80_000);
    const refused = await reportOf({ ...good, 'proc/cmdline': found });
    expect(refused.because.length).toBeLessThan(1000);
  });

  it('refuses a binary configuration as kdumpctl would', async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) & 255));
    const report = await reportOf({ ...good, 'etc/kdump.conf': bytes, 'etc/fstab': bytes });
    expect(stateOf(report, 'config-parses')).toMatch(/^fail: line 1: the file is not text/);
  });

  it('takes empty files for what they are', async () => {
    const empty = Object.keys(good).map((path) => [path, '']);
    const report = await reportOf(Object.fromEntries(empty));
    expect(report.verdict).not.toBe('ready');
    expect(stateOf(report, 'crash-kernel-loaded')).toMatch(/^unknown: .*it holds no number/);
  });

  it('believes neither of two places that contradict each other', async () => {
    const report = await reportOf({
      ...good,
      'sys/kernel/kexec/crash_loaded': '0\n',
      'sys/kernel/kexec/crash_size': '0\n',
    });
    for (const id of ['crash-kernel-loaded', 'crashkernel-actually-reserved'])
      expect(stateOf(report, id)).toMatch(/^unknown: .*they contradict each other/);
    expect(report.verdict).not.toBe('ready');
  });

  it('knows nothing of a root without /etc, and says what it needs', async () => {
    const report = await reportOf({ 'var/crash/.keep': '' });
    expect(report.verdict).toBe('unproven');
    expect(report.because).toBe('there is no /etc here: give the root folder of a system');
    expect(report.counts).toMatchObject({ pass: 0, warn: 0, fail: 0, skip: 0 });
  });

  it('follows no link out of the root', async () => {
    const report = await reportOf({
      ...good,
      'etc/kdump.conf': { link: '../../../../etc/passwd' },
    });
    expect(JSON.stringify(report)).not.toContain('root:x:0');
  });
});

describeWith(['root', 'others', 'setpriv'], 'check-kdump without being root', () => {
  it('says what it was not allowed to read', async () => {
    const root = temporaryFolder('bad-kdump');
    write(root, { ...good, 'boot/grub2/grub.cfg': 'x', 'boot/loader/entries/a.conf': 'x' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'etc/kdump.conf'), 0);
    chmodSync(join(root, 'boot'), 0o700);
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const run = await execa(
      'setpriv',
      [...nobody, process.execPath, bin, 'check-kdump', '--root', root, '--json'],
      { reject: false, cwd: '/' },
    );
    const report = JSON.parse(run.stdout) as KdumpReport;
    expect(stateOf(report, 'config-parses')).toBe(
      'unknown: /etc/kdump.conf could not be read: permission denied',
    );
    expect(stateOf(report, 'capture-initrd-readable')).toMatch(/^unknown: .*permission denied/);
    expect(stateOf(report, 'crashkernel-next-boot')).toMatch(/^unknown: .*root only/);
    expect(run.exitCode).not.toBe(0);
  });
});

// In a mount namespace of its own, or collections of other tests would meet it too. The program holds /dev/fuse open and
// answers nothing.
const withHungMount = `
exec 3<>/dev/fuse
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hung "$0"
exec "$@"
`;

describe.skipIf(!canHangMounts)('check-kdump with a dump folder that does not answer', () => {
  it('ends, and says so', { timeout: 120_000 }, async () => {
    const root = temporaryFolder('bad-kdump');
    const { 'var/crash/.keep': _, ...rest } = good;
    write(root, rest);
    mkdirSync(join(root, 'var/crash'), { recursive: true });
    const check = [process.execPath, bin, 'check-kdump', '--root', root, '--json'];
    const run = await execa(
      'unshare',
      ['-m', 'bash', '-c', withHungMount, join(root, 'var/crash'), ...check],
      { reject: false, timeout: 90_000 },
    );
    const report = JSON.parse(run.stdout) as KdumpReport;
    expect(stateOf(report, 'target-resolves')).toMatch(/^unknown: .*no answer within/);
    expect(stateOf(report, 'target-space-predicted')).toMatch(/^unknown/);
    expect(stateOf(report, 'incomplete-dumps')).toMatch(/^unknown/);
    expect(stateOf(report, 'config-parses')).toMatch(/^pass/);
  });
});
