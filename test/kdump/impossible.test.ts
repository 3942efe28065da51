import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { gatherFacts } from '../../src/kdump/gather/gather.ts';
import { renderText } from '../../src/kdump/report/render-text.ts';
import { type MemoryFile, memorySystem } from './memory-system.ts';

async function reportOf(files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files).map(([path, bytes]): [string, MemoryFile] => [
    path,
    { bytes },
  ]);
  const system = memorySystem(Object.fromEntries(entries));
  const facts = await gatherFacts(system, {
    purpose: 'server',
    isPredicting: false,
    nowMs: 1.8e12,
  });
  return checkMachine(facts, 'test');
}

const meminfo = 'MemTotal: 8130264 kB\nMemFree: 5230012 kB\nCached: 1904416 kB\n';
const microvm = {
  '/proc/cmdline': 'console=ttyS0 reboot=k panic=1 nomodule root=/dev/vda rw\n',
  '/proc/sys/kernel/osrelease': '6.1.102\n',
  '/proc/sys/kernel/panic': '1\n',
  '/proc/meminfo': meminfo,
  '/etc/os-release': 'ID=debian\n',
};
const withoutCrashDump = {
  '/proc/cmdline': 'root=/dev/vda1 ro crashkernel=256M console=ttyS0\n',
  '/proc/sys/kernel/osrelease': '6.12.0-tiny\n',
  '/proc/meminfo': meminfo,
  '/boot/config-6.12.0-tiny': 'CONFIG_KEXEC=y\n# CONFIG_CRASH_DUMP is not set\nCONFIG_SYSFS=y\n',
  '/etc/default/kdump-tools': 'USE_KDUMP=1\n',
  '/sys/class/dmi/id/sys_vendor': 'QEMU\n',
};

describe('a machine on which kdump is impossible', () => {
  it('says so first in a Firecracker guest, and who can take its memory', async () => {
    const report = await reportOf(microvm);
    expect(report.verdict).toBe('not ready');
    expect(report.because).toMatch(
      /^kdump is impossible here: this is a Firecracker guest .*operator of the Firecracker process can take/,
    );
    const text = renderText(report);
    expect(text.indexOf('/snapshot/create')).toBeLessThan(text.indexOf('What to do'));
  });

  it.each([
    ['Firecracker', microvm],
    ['a kernel without CONFIG_CRASH_DUMP', withoutCrashDump],
  ])('advises no setting that cannot help: %s', async (_, files) => {
    const report = await reportOf(files);
    const fixes = report.findings.flatMap(({ fix }) => fix).join('\n');
    expect(fixes).not.toMatch(/crashkernel=|kdump-tools|kdump-config|kdumpctl|update-grub/);
    const present = report.findings.find(({ id }) => id === 'kdump/crashkernel-present');
    expect(present?.state).toBe('skip');
    expect(present?.says).toContain('kdump is impossible here');
  });

  it('names the missing option of the kernel and the host that can dump the guest', async () => {
    const { because } = await reportOf(withoutCrashDump);
    expect(because).toContain('built without CONFIG_CRASH_DUMP');
    expect(because).toContain('the administrator of the KVM host can take the memory');
  });

  it('is not concluded from a tree that has no /sys at all', async () => {
    const { '/boot/config-6.12.0-tiny': _, ...tree } = withoutCrashDump;
    const report = await reportOf(tree);
    expect(report.impossible).toBeUndefined();
  });

  it('is not concluded where a crash kernel interface is there', async () => {
    const report = await reportOf({ ...microvm, '/sys/kernel/kexec_crash_loaded': '0\n' });
    expect(report.impossible).toBeUndefined();
    expect(report.because).toContain('crashkernel');
  });
});
