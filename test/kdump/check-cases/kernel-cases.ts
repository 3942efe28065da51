import { gzipSync } from 'node:zlib';
import {
  debian12,
  debian12Release,
  iomem,
  rhel9,
  rhel9Release,
} from '../../builders/kdump-machine.ts';
import { append, both, type CheckCase, cmdline, debian, edit, files, rhel, sles } from './case.ts';

const notLoaded = { '/sys/kernel/kexec_crash_loaded': '0\n' };
const config = `/boot/config-${rhel9Release}`;
const entry = `/boot/loader/entries/m-${rhel9Release}.conf`;
const table = 'crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M';
const withoutFileLoad = edit(rhel9, '/etc/sysconfig/kdump', 'KEXEC_ARGS="-s"', 'KEXEC_ARGS=""');
const lockedDown = files({
  '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
  ...notLoaded,
});
const withWord = (word: string) => cmdline(rhel9, { without: /^crashkernel=/, add: word });
const reserved = (mib: number) =>
  files({ '/sys/kernel/kexec_crash_size': `${mib * 1024 ** 2}\n`, '/proc/iomem': iomem(32, mib) });
const fadump = (registered: string) =>
  both(
    cmdline(rhel9, { add: 'fadump=on' }),
    files({ '/sys/kernel/fadump/enabled': '1\n', '/sys/kernel/fadump/registered': registered }),
  );

/** Sections 1 to 3: kernel, reservation, what is loaded. */
export const kernelCases: readonly CheckCase[] = [
  rhel(
    'kernel-kexec-crash-config',
    'PROC_VMCORE is missing',
    'fail',
    edit(rhel9, config, 'CONFIG_PROC_VMCORE=y', ''),
  ),
  rhel('kernel-kexec-crash-config', '/proc/config.gz alone tells', 'fail', {
    files: { [config]: null, '/proc/config.gz': gzipSync('CONFIG_KEXEC=y\nCONFIG_SYSFS=y\n') },
  }),
  rhel('kernel-kexec-crash-config', '/proc/config.gz is damaged', 'pass', {
    files: { [config]: null, '/proc/config.gz': 'no gzip' },
  }),
  rhel('kexec-load-disabled', "the vendor's file is hidden by another of its name", 'pass', {
    files: {
      '/usr/lib/sysctl.d/50-hard.conf': 'kernel.kexec_load_disabled = 1\n',
      '/etc/sysctl.d/50-hard.conf': '# not here\n',
    },
  }),
  rhel('kdump-unit-state', 'the image of the vendor starts it', 'pass', {
    files: {
      '/etc/systemd/system/multi-user.target.wants/kdump.service': null,
      '/usr/lib/systemd/system/multi-user.target.wants/kdump.service': { link: '../kdump.service' },
    },
  }),
  sles('capture-kernel-release', 'SUSE loads the new kernel before it runs', 'warn', {
    files: { '/var/lib/kdump/kernel-version': '6.4.0-150600.23.9-default\n' },
  }),
  rhel(
    'kernel-kexec-crash-config',
    'KEXEC_FILE alone is there',
    'pass',
    edit(rhel9, config, 'CONFIG_KEXEC=y', ''),
  ),
  rhel(
    'kexec-crash-sysfs',
    'the interface is absent',
    'fail',
    files({ '/sys/kernel/kexec_crash_loaded': null }),
  ),
  rhel(
    'kexec-load-disabled',
    'forbidden, nothing loaded',
    'fail',
    files({ '/proc/sys/kernel/kexec_load_disabled': '1\n', ...notLoaded }),
  ),
  rhel(
    'kexec-load-disabled',
    'forbidden after the load',
    'warn',
    files({ '/proc/sys/kernel/kexec_load_disabled': '1\n' }),
  ),
  rhel(
    'kexec-load-disabled',
    'a hardening file forbids it',
    'warn',
    files({ '/etc/sysctl.d/99-hardening.conf': 'kernel.kexec_load_disabled = 1\n' }),
  ),
  rhel(
    'kexec-load-limit',
    'no load is left',
    'fail',
    files({ '/proc/sys/kernel/kexec_load_limit_panic': '0\n', ...notLoaded }),
  ),
  rhel(
    'kexec-load-limit',
    'one load is left',
    'warn',
    files({ '/proc/sys/kernel/kexec_load_limit_panic': '1\n' }),
  ),
  rhel(
    'secure-boot-load-path',
    'locked down without -s',
    'fail',
    both(lockedDown, withoutFileLoad),
  ),
  rhel('secure-boot-load-path', 'locked down and not loaded, with -s', 'warn', lockedDown),
  rhel(
    'lockdown-confidentiality',
    'kcore is closed',
    'warn',
    files({ '/sys/kernel/security/lockdown': 'none integrity [confidentiality]\n' }),
  ),
  rhel(
    'capture-kernel-exists',
    'the image was removed',
    'fail',
    files({ [`/boot/vmlinuz-${rhel9Release}`]: null }),
  ),
  debian(
    'capture-kernel-exists',
    'its link leads nowhere',
    'fail',
    files({ '/var/lib/kdump/vmlinuz': { link: '/boot/vmlinuz-gone' } }),
  ),
  rhel(
    'capture-kernel-release',
    'KDUMP_KERNELVER names another',
    'warn',
    edit(
      rhel9,
      '/etc/sysconfig/kdump',
      'KDUMP_KERNELVER=""',
      'KDUMP_KERNELVER="5.14.0-1.el9.x86_64"',
    ),
  ),
  debian(
    'capture-kernel-release',
    'the link is of this kernel',
    'pass',
    files({ '/var/lib/kdump/vmlinuz': { link: `/boot/vmlinuz-${debian12Release}` } }),
  ),
  rhel(
    'kptr-restrict-kaslr',
    'kexec_load with hidden addresses',
    'warn',
    both(withoutFileLoad, files({ '/proc/sys/kernel/kptr_restrict': '2\n' })),
  ),
  rhel(
    'five-level-paging',
    'reserved above 64 TiB',
    'warn',
    files({
      '/proc/cpuinfo': 'flags\t\t: lm la57\n',
      '/proc/iomem': '00100000-bfffffff : System RAM\n  500000000000-50000fffffff : Crash kernel\n',
    }),
  ),
  rhel(
    'memory-encryption',
    'SEV with 256 MiB',
    'warn',
    files({ '/proc/cpuinfo': 'flags\t\t: lm sev\n' }),
  ),
  rhel('debug-kernel', 'KASAN is built in', 'warn', append(rhel9, config, 'CONFIG_KASAN=y')),

  rhel('crashkernel-present', 'the word is missing', 'fail', withWord('')),
  rhel('crashkernel-syntax', 'quotes reach the kernel', 'fail', withWord('crashkernel="2G-:256M"')),
  rhel('crashkernel-syntax', 'a percentage', 'fail', withWord('crashkernel=2G-64G:25%')),
  rhel(
    'crashkernel-all-ranges',
    "the manual's missing dash",
    'warn',
    withWord('crashkernel=1G-4G:256M,4G-64G:320M,64G:576M'),
  ),
  rhel('crashkernel-all-ranges', "the distribution's own table", 'pass', {}),
  rhel('crashkernel-auto-unsupported', 'auto on RHEL 9', 'fail', withWord('crashkernel=auto')),
  rhel(
    'crashkernel-cma-unsupported',
    ',cma before 6.17',
    'fail',
    cmdline(rhel9, { add: 'crashkernel=256M,cma' }),
  ),
  rhel('crashkernel-actually-reserved', 'nothing was found at boot', 'fail', reserved(0)),
  rhel('crashkernel-shrunk', 'half was given back', 'warn', reserved(128)),
  rhel('crashkernel-size-enough', '48 MiB', 'fail', reserved(48)),
  rhel('crashkernel-size-enough', 'less than the distribution sets aside', 'warn', reserved(200)),
  rhel(
    'crashkernel-low-enough',
    'all above 4 GiB',
    'warn',
    files({ '/proc/iomem': iomem(32, 256, 0x500000000) }),
  ),
  rhel('crashkernel-wasted', 'reserved and nothing loaded', 'warn', files(notLoaded)),
  rhel('crashkernel-next-boot', 'the next entry lost it', 'fail', edit(rhel9, entry, table, '')),
  rhel(
    'crashkernel-next-boot',
    'the next entry has another',
    'warn',
    edit(rhel9, entry, table, 'crashkernel=512M'),
  ),
  debian(
    'crashkernel-next-boot',
    'grub.cfg lost it',
    'fail',
    edit(debian12, '/boot/grub/grub.cfg', ' crashkernel=512M', ''),
  ),
  rhel(
    'crashkernel-every-entry',
    'an older kernel lacks it',
    'warn',
    files({
      '/boot/loader/entries/m-old.conf':
        'title old\nversion 5.14.0-1.el9.x86_64\nlinux /vmlinuz-5.14.0-1.el9.x86_64\noptions ro quiet\n',
    }),
  ),
  debian(
    'grub-source-shadowed',
    'a later file assigns',
    'warn',
    files({ '/etc/default/grub.d/zz-cloud.cfg': 'GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"\n' }),
  ),
  rhel('auto-reset-overwrites', "a value of one's own", 'warn', withWord('crashkernel=768M')),
  rhel('fadump-mode-consistent', 'enabled and not registered', 'fail', fadump('0\n')),
  rhel('fadump-mode-consistent', 'enabled and registered', 'pass', fadump('1\n')),

  rhel('crash-kernel-loaded', 'nothing is loaded', 'fail', files(notLoaded)),
  rhel(
    'kdump-unit-state',
    'masked',
    'fail',
    files({ '/etc/systemd/system/kdump.service': { link: '/dev/null' } }),
  ),
  rhel(
    'kdump-unit-state',
    'loaded by hand, disabled',
    'warn',
    files({ '/etc/systemd/system/multi-user.target.wants/kdump.service': null }),
  ),
  rhel(
    'policy-conflict',
    'a profile forbids kexec',
    'warn',
    files({ '/etc/sysctl.d/60-cis.conf': 'kernel.kexec_load_disabled=1\n' }),
  ),
  rhel(
    'kdump-start-time',
    'five minutes after boot',
    'warn',
    files({
      '/run/systemd/units/invocation:kdump.service': {
        link: 'x',
        mtimeMs: Date.UTC(2026, 10, 9) + 300_000,
      },
    }),
  ),
  rhel(
    'early-kdump-fresh',
    'asked for and not installed',
    'warn',
    cmdline(rhel9, { add: 'rd.earlykdump' }),
  ),
  rhel(
    'early-kdump-fresh',
    'asked for and installed',
    'pass',
    both(
      cmdline(rhel9, { add: 'rd.earlykdump' }),
      files({ '/usr/lib/dracut/modules.d/99earlykdump': '' }),
    ),
  ),
  rhel(
    'early-kdump-crash-loop',
    'it reboots after each dump',
    'warn',
    cmdline(rhel9, { add: 'rd.earlykdump' }),
  ),
  rhel(
    'early-kdump-crash-loop',
    'it powers off',
    'pass',
    both(
      cmdline(rhel9, { add: 'rd.earlykdump' }),
      append(rhel9, '/etc/kdump.conf', 'final_action poweroff'),
    ),
  ),
  rhel(
    'loaded-image-stale',
    'the configuration was edited since',
    'warn',
    files({ '/etc/kdump.conf': { bytes: 'path /var/crash\n', mtimeMs: Date.UTC(2026, 10, 19) } }),
  ),
  rhel(
    'hotplug-coverage',
    'neither kernel nor udev',
    'warn',
    files({ '/sys/devices/system/memory/crash_hotplug': null }),
  ),
  rhel('loaded-after-hotplug', 'unloaded by udev and not loaded again', 'fail', {
    files: notLoaded,
    outputs: { journalctl: 'kdump-udev-throttler: reloading\n' },
  }),
  rhel('kexec-journal-errors', 'too little room', 'fail', {
    files: notLoaded,
    outputs: { journalctl: 'locate_hole failed\n' },
  }),
];
