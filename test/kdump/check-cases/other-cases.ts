import { rhel9, sles15, wtmp } from '../../builders/kdump-machine.ts';
import { both, type CheckCase, edit, files, rhel, sles } from './case.ts';

const kernel = (name: string, value: number) =>
  files({ [`/proc/sys/kernel/${name}`]: `${value}\n` });
const watchdog = (timeout: number) =>
  files({
    '/sys/class/watchdog/watchdog0/state': 'active\n',
    '/sys/class/watchdog/watchdog0/timeout': `${timeout}\n`,
    '/sys/class/watchdog/watchdog0/nowayout': '1\n',
  });
const balloon = files({ '/proc/modules': 'virtio_balloon 1 0 - Live 0x0\nnvme 1 0 - Live 0x0\n' });
const cib = (inside: string) =>
  files({
    '/etc/corosync/corosync.conf': 'totem {}\n',
    '/var/lib/pacemaker/cib/cib.xml': `<cib>${inside}</cib>`,
  });
const fence = (seconds: number) =>
  cib(
    `<primitive id="kd" class="stonith" type="fence_kdump"><instance_attributes><nvpair name="timeout" value="${seconds}"/></instance_attributes></primitive>`,
  );
const vendor = (name: string) => files({ '/sys/class/dmi/id/sys_vendor': `${name}\n` });
const aws = both(vendor('Amazon EC2'), edit(rhel9, '/proc/sys/kernel/unknown_nmi_panic', '1', '0'));

const arm64 = (config: string) =>
  files({
    '/proc/sys/kernel/osrelease': '5.14.0-427.el9.aarch64\n',
    '/boot/config-5.14.0-427.el9.aarch64': config,
  });

/** Sections 7 to 12: triggers, watchdogs, cluster, environment, shipping, rehearsal. */
export const otherCases: readonly CheckCase[] = [
  rhel('panic-on-oops', '0', 'warn', kernel('panic_on_oops', 0)),
  rhel('panic-timeout', '0', 'warn', kernel('panic', 0)),
  rhel('nmi-panic', 'ignored', 'warn', kernel('unknown_nmi_panic', 0)),
  rhel('lockup-panic', '0', 'warn', kernel('hardlockup_panic', 0)),
  rhel('hung-task-panic', '0 in a cluster', 'warn', { purpose: 'ha' }),
  rhel('oom-panic', '1', 'warn', files({ '/proc/sys/vm/panic_on_oom': '1\n' })),
  rhel('warn-panic', '1', 'warn', kernel('panic_on_warn', 1)),
  rhel('sysrq-crash-allowed', '16', 'warn', kernel('sysrq', 16)),
  rhel(
    'post-notifiers',
    'Y',
    'warn',
    files({ '/sys/module/kernel/parameters/crash_kexec_post_notifiers': 'Y\n' }),
  ),
  rhel('trigger-path-exists', 'no BMC', 'warn', files({ '/dev/ipmi0': null })),
  rhel('watchdog-vs-dump-time', '10 s, cannot be stopped', 'fail', watchdog(10)),
  rhel('watchdog-vs-dump-time', 'an hour', 'pass', watchdog(3600)),
  rhel('watchdog-vs-dump-time', 'fed in the capture', 'pass', {
    ...watchdog(10),
    initrd: { 'usr/lib/modules/iTCO_wdt.ko': '' },
  }),
  rhel(
    'systemd-watchdog',
    'armed',
    'warn',
    files({ '/etc/systemd/system.conf': '[Manager]\nRuntimeWatchdogSec=30\n' }),
  ),
  rhel(
    'bmc-watchdog',
    'running',
    'warn',
    both(
      watchdog(3600),
      files({ ...watchdog(3600).files, '/sys/class/watchdog/watchdog0/identity': 'IPMI\n' }),
    ),
  ),
  rhel('asr-vendor', 'HPE', 'warn', vendor('HPE')),
  rhel('hypervisor-heartbeat', 'vSphere', 'warn', vendor('VMware, Inc.')),
  rhel('kube-node-fencing', 'a kubelet', 'warn', files({ '/var/lib/kubelet/config.yaml': '' })),
  rhel(
    'panic-reboot-race',
    'not loaded, 1 s',
    'warn',
    both(
      kernel('panic', 1),
      files({ ...kernel('panic', 1).files, '/sys/kernel/kexec_crash_loaded': '0\n' }),
    ),
  ),
  rhel('cluster-detected', 'corosync', 'pass', cib('')),
  rhel('fence-kdump-configured', 'power only', 'fail', cib('<primitive type="fence_ipmilan"/>')),
  rhel('fence-kdump-configured', 'fence_kdump', 'pass', fence(200)),
  rhel('fence-kdump-send-in-initrd', 'not there', 'fail', fence(200)),
  rhel('fence-kdump-send-in-initrd', 'there', 'pass', {
    ...fence(200),
    initrd: { 'usr/libexec/fence_kdump_send': '' },
  }),
  rhel('fence-timeout-vs-boot', '30 s', 'warn', fence(30)),
  rhel('fence-timeout-vs-boot', '5 minutes', 'pass', fence(300)),
  rhel('sbd-watchdog', '5 s', 'fail', files({ '/etc/sysconfig/sbd': 'SBD_WATCHDOG_TIMEOUT=5\n' })),
  rhel(
    'sbd-watchdog',
    'knows of dumps',
    'pass',
    files({ '/etc/sysconfig/sbd': 'SBD_WATCHDOG_TIMEOUT=5\nSBD_TIMEOUT_ACTION=flush,crashdump\n' }),
  ),
  rhel(
    'ocfs2-fence-method',
    'reset',
    'warn',
    files({ '/etc/sysconfig/o2cb': 'FENCE_METHOD=reset\n' }),
  ),
  rhel(
    'ocfs2-fence-method',
    'panic',
    'pass',
    files({ '/etc/sysconfig/o2cb': 'FENCE_METHOD=panic\n' }),
  ),
  rhel(
    'cluster-fs-target',
    'gfs2',
    'fail',
    edit(rhel9, '/proc/self/mountinfo', 'shared:3 - xfs', 'shared:3 - gfs2'),
  ),
  rhel(
    'cloud-no-reservation',
    'nothing reserved',
    'fail',
    both(
      vendor('Amazon EC2'),
      files({ ...vendor('Amazon EC2').files, '/proc/cmdline': 'ro quiet\n' }),
    ),
  ),
  rhel('cloud-no-reservation', 'reserved', 'pass', vendor('Amazon EC2')),
  rhel('cloud-nmi-ready', 'ignored', 'warn', aws),
  rhel('cloud-nmi-ready', 'it panics', 'pass', vendor('Amazon EC2')),
  rhel('passthrough-devices', 'a persistent volume', 'pass', vendor('Amazon EC2')),
  rhel(
    'passthrough-devices',
    'an instance store',
    'warn',
    both(
      vendor('Amazon EC2'),
      edit(rhel9, '/proc/self/mountinfo', 'shared:3 - xfs', 'shared:3 - tmpfs'),
    ),
  ),
  rhel('confidential-vm', 'SEV-SNP', 'warn', files({ '/proc/cpuinfo': 'flags\t\t: lm sev_snp\n' })),
  rhel(
    'xen-pv-domu',
    'a PV guest',
    'fail',
    files({ '/sys/hypervisor/type': 'xen\n', '/sys/hypervisor/guest_type': 'PV\n' }),
  ),
  rhel(
    'firecracker-microvm',
    'no kexec',
    'fail',
    files({
      '/proc/cmdline': 'console=ttyS0 reboot=k panic=1 nomodule\n',
      '/sys/class/dmi/id/sys_vendor': null,
      '/sys/class/dmi/id/product_name': null,
      '/sys/kernel/kexec_crash_loaded': null,
    }),
  ),
  rhel('makedumpfile-kernel-compat', 'a kernel of 6.12 with 1.7.5', 'warn', {
    ...files({ '/proc/sys/kernel/osrelease': '6.12.0-55.el9.x86_64\n' }),
    outputs: { 'makedumpfile -v': 'makedumpfile: version 1.7.5\n' },
  }),
  rhel('makedumpfile-kernel-compat', 'not installed', 'fail', {
    outputs: { 'makedumpfile -v': null },
  }),
  rhel('makedumpfile-selftest', 'no free pages at all', 'fail', {
    outputs: { 'makedumpfile --mem-usage': 'FREE\t0\n' },
  }),
  rhel('makedumpfile-selftest', 'half of the free pages', 'warn', {
    outputs: { 'makedumpfile --mem-usage': 'FREE\t2000000\n' },
  }),
  rhel('makedumpfile-selftest', 'memory moved while both counted, on a small machine', 'pass', {
    pages: { free: 38_936, cache: 90_000, cachePrivate: 20_000, user: 40_000, kernel: 60_000 },
    outputs: { 'makedumpfile --mem-usage': 'FREE\t52359\n' },
  }),
  rhel(
    'debuginfo-available',
    'not installed',
    'warn',
    files({ '/usr/lib/debug/lib/modules/5.14.0-427.el9.x86_64/vmlinux': null }),
  ),
  rhel(
    'ship-privacy',
    'user pages are kept',
    'warn',
    edit(rhel9, '/etc/kdump.conf', '-d 31', '-d 17'),
  ),
  rhel(
    'vmcore-dmesg-fallback',
    'raw',
    'warn',
    files({ '/etc/kdump.conf': 'raw /dev/sdz1\ncore_collector makedumpfile -F -l -d 31\n' }),
  ),
  rhel('hung-task-panic', 'it is on, and nothing looks', 'warn', {
    files: {
      '/proc/sys/kernel/hung_task_panic': '1\n',
      '/proc/sys/kernel/hung_task_timeout_secs': '0\n',
    },
  }),
  rhel('container-no-kdump', 'no thread of a kernel is seen', 'skip', {
    files: { '/proc/2/comm': null, '/proc/version': 'Linux version 6.12.0\n' },
  }),
  rhel(
    'persistent-log-fallback',
    'no backend',
    'warn',
    files({ '/sys/module/pstore/parameters/backend': '(null)\n' }),
  ),
  rhel('pstore-residue', 'a record waits', 'warn', files({ '/sys/fs/pstore/dmesg-efi-1': '' })),
  rhel(
    'serial-console',
    'none',
    'warn',
    files({ '/proc/consoles': 'tty0                 -WU (EC p  )    4:7\n' }),
  ),
  rhel(
    'rehearsal-done',
    'never',
    'warn',
    files({ '/var/lib/sonae/rehearsal-certificate.json': null }),
  ),
  rhel(
    'rehearsal-current',
    'the network card is another',
    'warn',
    files({ '/sys/class/net/eth0/address': '52:54:00:00:00:77\n' }),
  ),
  rhel(
    'last-panic-captured',
    'it went down and left nothing',
    'warn',
    files({ '/var/log/wtmp': wtmp('nothing') }),
  ),
  rhel(
    'last-panic-captured',
    'a record of a panic and no dump',
    'fail',
    files({ '/var/log/wtmp': wtmp('nothing'), '/sys/fs/pstore/dmesg-efi-1': '' }),
  ),
  rhel(
    'last-panic-captured',
    'it went down, and dumps lie on another machine',
    'unknown',
    files({
      '/var/log/wtmp': wtmp('nothing'),
      '/etc/kdump.conf': 'ssh kdump@dump01.example.com\npath /crash\n',
    }),
  ),
  rhel(
    'last-panic-captured',
    'a panic that left a dump',
    'pass',
    files({
      '/var/log/wtmp': wtmp('nothing'),
      '/var/crash/a/vmcore': { size: 3e8, mtimeMs: Date.UTC(2026, 10, 8, 23) },
    }),
  ),
  rhel(
    'incomplete-dumps',
    'an unfinished one',
    'warn',
    files({ '/var/crash/a/vmcore-incomplete': { size: 5 } }),
  ),
  rhel('ballooned-guest', 'no balloon', 'pass', {}),
  rhel('ballooned-guest', 'one that took nothing', 'pass', balloon),
  rhel('ballooned-guest', 'one that took 4 GiB', 'warn', { ...balloon, pages: { never: 2 ** 20 } }),
  rhel('panic-print', 'much, but the crash kernel comes first', 'pass', kernel('panic_print', 63)),
  rhel(
    'panic-print',
    'much, on a slow line, first',
    'warn',
    both(
      kernel('panic_print', 63),
      files({ '/sys/module/kernel/parameters/crash_kexec_post_notifiers': 'Y\n' }),
    ),
  ),
  sles(
    'watchdog-pretimeout',
    'nobody switches it off',
    'warn',
    files({ '/sys/class/watchdog/watchdog0/pretimeout': '10\n' }),
  ),
  rhel(
    'watchdog-pretimeout',
    'kdumpctl switches it off',
    'pass',
    files({ '/sys/class/watchdog/watchdog0/pretimeout': '10\n' }),
  ),
  rhel('rehearsal-time', 'a watchdog is faster', 'warn', watchdog(30)),
  rhel(
    'target-permissions',
    'every user can read a dump',
    'warn',
    files({ '/var/crash/a/vmcore': { size: 3e8, mode: 0o100644 } }),
  ),
  rhel(
    'target-permissions',
    'a dump that is closed',
    'pass',
    files({ '/var/crash/a/vmcore': { size: 3e8, mode: 0o100600 } }),
  ),
  sles(
    'target-ping',
    'an ssh target',
    'warn',
    edit(
      sles15,
      '/etc/sysconfig/kdump',
      'SAVEDIR="/var/crash"',
      'SAVEDIR="ssh://kdump@dump01/crash"',
    ),
  ),
  sles(
    'target-ping',
    'no ping is waited for',
    'pass',
    edit(
      sles15,
      '/etc/sysconfig/kdump',
      'KDUMP_NET_TIMEOUT="30"',
      'KDUMP_NET_TIMEOUT="0"\nKDUMP_SAVEDIR="ssh://kdump@dump01/crash"',
    ),
  ),
  rhel('target-throughput', 'two TiB of kernel pages', 'warn', {
    pages: { kernel: 2 ** 29, maxPage: 2 ** 30 },
  }),
  rhel('ship-size-vs-limit', 'two TiB of kernel pages', 'warn', {
    pages: { kernel: 2 ** 29, maxPage: 2 ** 30 },
  }),
  rhel('fence-only-first-message', 'fence_kdump', 'pass', fence(200)),
  rhel(
    'container-no-kdump',
    'a container',
    'skip',
    files({ '/proc/2/comm': null, '/proc/1/environ': 'container=lxc\0' }),
  ),
  rhel('gvisor', 'gVisor', 'skip', files({ '/proc/version': 'Linux version 4.4.0 gVisor\n' })),
  rhel(
    'wsl',
    'WSL',
    'skip',
    files({ '/proc/version': 'Linux version 5.15.90.1-microsoft-standard-WSL2\n' }),
  ),
  rhel(
    'arm64-va52',
    '52 bits with 4 KiB pages',
    'warn',
    arm64('CONFIG_ARM64_VA_BITS=52\nCONFIG_ARM64_4K_PAGES=y\n'),
  ),
  rhel(
    'arm64-va52',
    '48 bits',
    'pass',
    arm64('CONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_4K_PAGES=y\n'),
  ),
];
