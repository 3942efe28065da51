import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { KdumpReport } from '../../src/kdump/report/report.ts';
import { buildInitrd } from '../builders/build-initrd.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A small tree that pretends to be a machine. */
function tree(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'sonae-kdump-'));
  made.push(root);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

const eightGib =
  '00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n100000000-23fffffff : System RAM\n';

function machine(
  cmdline: string,
  release: string,
  extra: Readonly<Record<string, string | Buffer>> = {},
) {
  return tree({
    'etc/machine-id': 'b08dfa6083e7567a1921a715000001fb\n',
    'proc/cmdline': `BOOT_IMAGE=/vmlinuz-${release} root=/dev/vda1 ro ${cmdline}\n`,
    'proc/sys/kernel/osrelease': `${release}\n`,
    'proc/iomem': eightGib,
    'proc/meminfo':
      'MemTotal: 8130264 kB\nMemFree: 5230012 kB\nBuffers: 0 kB\nCached: 1904416 kB\nAnonPages: 480112 kB\n',
    'sys/kernel/kexec_crash_loaded': '0\n',
    'sys/kernel/kexec_crash_size': '0\n',
    ...extra,
  });
}

async function report(root: string, ...args: readonly string[]) {
  const run = await runSonae(['check-kdump', '--root', root, '--format', 'json', ...args]);
  return { run, report: JSON.parse(run.stdout) as KdumpReport };
}

function stateOf({ findings }: KdumpReport, id: string): string | undefined {
  return findings.find((finding) => finding.id === `kdump/${id}`)?.state;
}

describe('check-kdump', () => {
  it('fails a cloud image that reserves nothing, and tells how to send the interrupt', async () => {
    const root = machine('console=ttyS0', '6.1.92-99.174.amzn2023.x86_64', {
      'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n',
      'proc/sys/kernel/unknown_nmi_panic': '0\n',
      'etc/os-release': 'ID="amzn"\nID_LIKE="fedora"\n',
    });
    const { run, report: of } = await report(root);
    expect(run.exitCode).toBe(4);
    expect(of.verdict).toBe('not ready');
    expect(stateOf(of, 'crashkernel-present')).toBe('fail');
    expect(stateOf(of, 'cloud-no-reservation')).toBe('fail');
    expect(stateOf(of, 'cloud-nmi-ready')).toBe('warn');
    expect(of.outside?.trigger.join()).toContain('aws ec2 send-diagnostic-interrupt');
  });

  it('writes no file named "-" for --output -, and leaves a device what it is', async () => {
    const root = machine('crashkernel=256M', '6.4.0-default');
    const folder = tree({});
    symlinkSync('/proc/self/fd/1', join(folder, 'stdout'));
    const asked = ['check-kdump', '--root', relative(process.cwd(), root), '--output'];
    const run = await runSonae([...asked, '-']);
    expect(run.stdout).toContain('crashkernel=256M');
    const refused = await runSonae([...asked, join(folder, 'stdout')]);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toContain('symbolic link');
    expect(readdirSync(folder)).toEqual(['stdout']);
  });

  it('judges an image by what an image can tell, so that its CI can be green', async () => {
    const release = '6.1.0-50-amd64';
    const options = `root=/dev/vda1 ro crashkernel=512M console=ttyS0`;
    const image = {
      'etc/os-release': 'ID=debian\n',
      'etc/default/kdump-tools':
        'USE_KDUMP=1\nKDUMP_CMDLINE_APPEND="reset_devices nr_cpus=1 irqpoll panic=10"\n',
      [`boot/config-${release}`]: ['KEXEC', 'CRASH_DUMP', 'PROC_VMCORE', 'SYSFS']
        .map((name) => `CONFIG_${name}=y\n`)
        .join(''),
      'boot/grub/grub.cfg': `menuentry 'Debian' {\n linux /boot/vmlinuz-${release} ${options}\n}\n`,
      'var/lib/kdump/vmlinuz': 'kernel',
      'var/lib/kdump/initrd.img': buildInitrd({ 'scripts/init': 'x' }),
      [`var/lib/kdump/initrd.img-${release}`]: 'x',
      'var/crash/.keep': '',
      'usr/bin/makedumpfile':
        'ELF\0makedumpfile: version 1.7.2 (released on 20 Oct 2022)\n\0lzo\tenabled\n\0',
      'etc/systemd/system/multi-user.target.wants/kdump-tools.service': '',
    };
    const { run, report: of } = await report(tree(image));
    expect(of.because).toMatch(/^nothing in the image keeps a dump from being taken; \d+ checks/);
    expect([of.verdict, run.exitCode]).toEqual(['unproven', 0]);
    const states = [
      'serial-console',
      'target-luks',
      'capture-initrd-size',
      'makedumpfile-kernel-compat',
    ];
    expect(states.map((id) => stateOf(of, id))).toEqual(['pass', 'pass', 'pass', 'pass']);
    const little = {
      ...image,
      'boot/grub/grub.cfg': image['boot/grub/grub.cfg'].replace('512M', '384M-:128M'),
    };
    expect(stateOf((await report(tree(little))).report, 'crashkernel-size-enough')).toBe('warn');
    const junit = await runSonae(['check-kdump', '--root', tree(image), '--format', 'junit']);
    expect(junit.stdout).toContain('failures="0" errors="0"');
  });

  it('looks for the capture initrd of an image whose /boot is not mounted', async () => {
    const { report: of } = await report(
      tree({
        'etc/default/kdump-tools': 'USE_KDUMP=1\n',
        'var/lib/kdump/initrd.img': buildInitrd({ 'scripts/init': 'x' }),
        'lib/ld64.so.1': 'of s390x',
      }),
    );
    expect(stateOf(of, 'capture-initrd-exists')).toBe('pass');
    // What the kernel is booted with is not known: nothing that hangs on it passes.
    expect(stateOf(of, 'capture-cmdline-inherit')).toBe('unknown');
    expect(of.host.architecture).toBe('s390x');
    const says = of.findings.find(({ id }) => id === 'kdump/crashkernel-present')?.says;
    expect(says).toBe('/boot of the image is empty: mount it below the root as well');
  });

  it('names the quotes that the kernel cannot read', async () => {
    const { report: of } = await report(machine('crashkernel="2G-:256M"', '6.4.0-default'));
    const finding = of.findings.find(({ id }) => id === 'kdump/crashkernel-syntax');
    expect(finding?.state).toBe('fail');
    expect(finding?.says).toContain('quotes');
  });

  it('fails ,cma on a kernel that does not know it', async () => {
    const { report: of } = await report(
      machine('crashkernel=256M crashkernel=256M,cma', '6.12.0-55.el10.x86_64'),
    );
    expect(stateOf(of, 'crashkernel-cma-unsupported')).toBe('fail');
  });

  it("sees a host key and an address that are no longer the target's", async () => {
    const file = (name: string, text: string) => {
      const hex = (value: number) => value.toString(16).padStart(8, '0');
      const head = `070701${hex(1)}${hex(0o100644)}${hex(0).repeat(4)}${hex(Buffer.byteLength(text))}${hex(0).repeat(4)}${hex(name.length + 1)}${hex(0)}`;
      const padded = (part: Buffer) =>
        Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
      return Buffer.concat([padded(Buffer.from(`${head}${name}\0`)), padded(Buffer.from(text))]);
    };
    const initrd = Buffer.concat([
      file('root/.ssh/known_hosts', 'dump01.example.com ssh-ed25519 KEYA\n'),
      file('etc/cmdline.d/60kdumpip.conf', 'kdump_remote_ip=10.20.0.9\n'),
      file('TRAILER!!!', ''),
    ]);
    const release = '5.14.0-427.el9.x86_64';
    const root = machine('crashkernel=512M', release, {
      'etc/kdump.conf':
        'ssh kdump@dump01.example.com\npath /srv/crash\ncore_collector makedumpfile -F -l -d 31\n',
      'etc/hosts': '10.20.0.19 dump01.example.com\n',
      'root/.ssh/known_hosts': 'dump01.example.com ssh-ed25519 KEYB\n',
      [`boot/initramfs-${release}kdump.img`]: initrd,
    });
    const { report: of } = await report(root);
    expect(stateOf(of, 'capture-initrd-peer-identity')).toBe('fail');
    expect(stateOf(of, 'capture-initrd-pinned-ip')).toBe('fail');
  });

  it('is never ready in a container', async () => {
    const { run, report: of } = await report(
      machine('crashkernel=512M', '6.1.0', {
        'proc/1/environ': 'container=lxc\0A=b\0',
        'sys/kernel/kexec_crash_size': '268435456\n',
      }),
    );
    expect(of.verdict).toBe('unproven');
    expect(of.counts.pass).toBeLessThan(20);
    expect(run.exitCode).toBe(4);
  });

  it('fails a cluster node that is fenced or reset while it dumps', async () => {
    const { report: of } = await report(
      machine('crashkernel=512M', '6.4.0-default', {
        'etc/corosync/corosync.conf': 'totem {}\n',
        'var/lib/pacemaker/cib/cib.xml':
          '<cib><primitive class="stonith" type="fence_ipmilan"/></cib>',
        'etc/sysconfig/sbd': 'SBD_WATCHDOG_TIMEOUT=5\n',
        'sys/class/watchdog/watchdog0/state': 'active\n',
        'sys/class/watchdog/watchdog0/timeout': '10\n',
        'sys/class/watchdog/watchdog0/nowayout': '1\n',
        'sys/class/watchdog/watchdog0/identity': 'iTCO_wdt\n',
      }),
    );
    expect(stateOf(of, 'fence-kdump-configured')).toBe('fail');
    expect(stateOf(of, 'sbd-watchdog')).toBe('fail');
    expect(stateOf(of, 'watchdog-vs-dump-time')).toBe('fail');
  });

  it('survives an empty root and broken configuration in every format', async () => {
    const broken = machine('crashkernel=\u001b[31m', '\0\0', {
      'etc/kdump.conf': Buffer.from([0, 255, 10, 13, 27, 91, 50, 74]),
      'etc/sysconfig/kdump': '"""\r\n$((',
      'boot/grub2/grub.cfg': 'menuentry {{{{\nlinux\n',
    });
    for (const root of [tree({ a: '' }), broken]) {
      for (const format of ['text', 'json', 'junit', 'prometheus', 'markdown']) {
        const run = await runSonae(['check-kdump', '--root', root, '--format', format]);
        expect([3, 4], run.stderr).toContain(run.exitCode);
        expect(run.stderr).not.toContain('    at ');
        expect(run.stdout).not.toContain('\u001b');
      }
    }
  }, 60_000);

  it('writes metrics that node_exporter may read, and everything else for its owner alone', async () => {
    const root = machine('crashkernel=256M', '6.1.0-50-amd64');
    const folder = tree({});
    for (const [name, format, mode] of [
      ['kdump.prom', 'prometheus', 0o644],
      ['kdump.json', 'json', 0o600],
    ] as const) {
      const output = join(folder, name);
      const args = ['--root', root, '--format', format, '--output', output];
      const run = await runSonae(['check-kdump', ...args]);
      expect(run.stdout).toBe('');
      expect(statSync(output).mode & 0o777).toBe(mode);
    }
    expect(readdirSync(folder).sort()).toEqual(['kdump.json', 'kdump.prom']);
  });

  it('prepares no rehearsal where no crash kernel is loaded', async () => {
    const state = tree({});
    const run = await runSonae(['check-kdump', 'rehearse', '--prepare', '--state', state]);
    expect(run.exitCode).toBe(6);
    expect(run.stderr).toContain('[loaded]');
    expect(readdirSync(state)).toEqual([]);
    const both = await runSonae(['check-kdump', 'rehearse', '--prepare', '--verify']);
    expect(both.exitCode).toBe(2);
  });

  it('explains a check, and suggests one for a wrong id', async () => {
    const good = await runSonae(['check-kdump', '--explain', 'crashkernel-size-enough']);
    expect(good.exitCode).toBe(0);
    expect(good.stdout).toContain('Out of memory in the capture kernel');
    // Who reads the page wants to mend it.
    expect(good.stdout).toContain('To mend it (Red Hat):\n  grubby');
    expect(good.stdout).toContain('update-grub');
    const bad = await runSonae(['check-kdump', '--explain', 'crashkernel-size-enuf']);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain('crashkernel-size-enough');
  });

  it('prints the plan of a rehearsal as JSON too', async () => {
    const plan = await runSonae(['check-kdump', 'rehearse', '--json']);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      rails: expect.any(Array),
      steps: expect.any(Array),
    });
  });
});

describeWith(['script'], 'check-kdump on a terminal', () => {
  it.each([
    ['xterm', true],
    ['dumb', false],
  ])('colours its verdict only where that is understood: TERM=%s', (term, isColoured) => {
    const command = `${process.execPath} ${bin} check-kdump --root ${machine('', '6.4.0')}`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TERM: term },
    });
    expect(stdout).toContain('NOT READY');
    expect(stdout.includes('\u001b[')).toBe(isColoured);
  });
});
