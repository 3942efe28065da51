import type { Facts, Purpose } from '../../src/kdump/facts.ts';
import { gatherFacts } from '../../src/kdump/gather/gather.ts';
import { fingerprintOf } from '../../src/kdump/machine/fingerprint.ts';
import type { PageCensus } from '../../src/kdump/pages/page-census.ts';
import { known } from '../../src/model/fact.ts';
import type { CommandRun, System } from '../../src/model/system.ts';
import { type MemoryFile, memorySystem } from '../kdump/memory-system.ts';
import { buildInitrd } from './build-initrd.ts';

/** Content of a file, or a file with a time, mode, size or link of its own; null takes it away. */
export type FileChange =
  | string
  | Buffer
  | (Partial<MemoryFile> & { readonly link?: string })
  | null;

/** What is different from a healthy machine. */
export interface MachineChange {
  readonly files?: Readonly<Record<string, FileChange>>;
  /** Folders that are empty, for their being there. */
  readonly folders?: readonly string[];
  /** Of the capture initrd: content by path, null takes it away. */
  readonly initrd?: Readonly<Record<string, string | null>>;
  /** Bytes free below a folder; the longest folder counts. */
  readonly free?: Readonly<Record<string, number>>;
  readonly freeInodes?: number;
  /** Output of a command, by its first words; null: it is not installed. */
  readonly outputs?: Readonly<Record<string, string | null>>;
  /** What an ssh target answers when it is asked, and with which exit status. */
  readonly answer?: { readonly exitCode: number; readonly text: string };
  /** Pages of each kind as /proc/kpageflags would tell. */
  readonly pages?: Partial<PageCensus>;
  readonly purpose?: Purpose;
}

/** A healthy machine: nothing is wrong with it in any check. */
export interface HealthyMachine {
  readonly files: Readonly<Record<string, FileChange>>;
  readonly initrdPath: string;
  readonly initrd: Readonly<Record<string, string>>;
  readonly makedumpfile: string;
  readonly pages: PageCensus;
}

/** The time at which the machines are looked at; they booted eleven days before. */
export const now = Date.UTC(2026, 10, 20);
const day = 86_400_000;
const booted = now - 11 * day;
const gibibyte = 1024 ** 3;

/** When everything on the machines was last written, unless a file says otherwise: well before they booted. */
export const written = now - 100 * day;

/** Everything that was asked of a healthy machine after a change. */
export async function kdumpMachineFacts(
  healthy: HealthyMachine,
  change: MachineChange = {},
): Promise<Facts> {
  const original = await gather(healthy, {});
  const certificate = {
    '/var/lib/sonae/rehearsal-certificate.json': rehearsalCertificate(fingerprintOf(original)),
  };
  const files = { ...healthy.files, ...certificate };
  return gather({ ...healthy, files }, change);
}

async function gather(healthy: HealthyMachine, change: MachineChange): Promise<Facts> {
  const facts = await gatherFacts(systemOf(healthy, change), {
    purpose: change.purpose ?? 'server',
    isPredicting: false,
    isAskingTarget: change.answer !== undefined,
    nowMs: now,
  });
  const pages = { ...healthy.pages, ...change.pages };
  const usage = change.outputs?.['makedumpfile --mem-usage'] ?? `FREE\t${pages.free}\n`;
  return {
    ...facts,
    pages: known([pages, pages], '/proc/kpageflags'),
    outputs: new Map([
      ...facts.outputs,
      ['makedumpfile --mem-usage', known(usage, 'makedumpfile --mem-usage /proc/kcore')],
    ]),
  };
}

function systemOf(healthy: HealthyMachine, change: MachineChange): System {
  const listing = Object.fromEntries(entriesOf({ ...healthy.initrd, ...change.initrd }));
  const all = {
    ...healthy.files,
    [healthy.initrdPath]: { bytes: buildInitrd(listing), mtimeMs: written + day },
    ...change.files,
  };
  const files = Object.fromEntries(
    entriesOf(all).map(([path, file]): [string, MemoryFile] => [path, memoryFile(file)]),
  );
  const base = memorySystem(files, {
    folders: [...commonFolders, ...(change.folders ?? [])].filter(
      (path) => change.files?.[path] !== null,
    ),
  });
  const outputs: Readonly<Record<string, string | null>> = {
    'makedumpfile -v': healthy.makedumpfile,
    journalctl: '',
    ...change.outputs,
  };
  return {
    ...base,
    isLive: true,
    findCommand: (name) => (files[`/usr/bin/${name}`] ? `/usr/bin/${name}` : undefined),
    async space(path) {
      const space = await base.space(path);
      if (space.state !== 'known') return space;
      const folder = Object.keys(change.free ?? {})
        .filter((each) => path.startsWith(each))
        .sort((a, b) => b.length - a.length)[0];
      const freeBytes = change.free?.[folder ?? ''] ?? space.freeBytes;
      return { ...space, freeBytes, freeInodes: change.freeInodes ?? space.freeInodes };
    },
    async run(argv) {
      if (argv[0] === 'ssh' && change.answer !== undefined) {
        const { exitCode, text } = change.answer;
        return { ...finished(text), state: 'exited', exitCode };
      }
      const name = Object.keys(outputs).find((words) => argv.join(' ').startsWith(words));
      return finished(name === undefined ? null : (outputs[name] ?? null));
    },
  };
}

function entriesOf<Value>(record: Readonly<Record<string, Value | null>>): [string, Value][];
function entriesOf<Value>(record: Readonly<Record<string, Value | null>>) {
  return Object.entries(record).filter(([, value]) => value !== null);
}

function memoryFile(file: Exclude<FileChange, null>): MemoryFile {
  return typeof file === 'string' || Buffer.isBuffer(file)
    ? { bytes: file, mtimeMs: written }
    : { bytes: '', mtimeMs: written, ...file };
}

function finished(output: string | null): CommandRun {
  const base = { stderr: Buffer.alloc(0), durationMs: 1, isTruncated: false };
  return output === null
    ? { ...base, state: 'absent', stdout: Buffer.alloc(0) }
    : { ...base, state: 'exited', exitCode: 0, stdout: Buffer.from(output) };
}

/** A certificate of a rehearsal ten days ago, of a dump that was complete or cut short. */
export function rehearsalCertificate(
  fingerprint: object,
  isComplete = true,
  change: object = {},
): string {
  return JSON.stringify({
    format: 'sonae-kdump-certificate',
    version: 1,
    isProved: isComplete,
    verifiedAt: new Date(now - 10 * day).toISOString(),
    bootId: 'b',
    fingerprint,
    measured: { bytes: 3e8, seconds: 55 },
    dump: {
      path: '/var/crash/x/vmcore',
      bytes: 3e8,
      sha256: 'ab',
      format: 'kdump',
      finishedAt: '',
    },
    checks: [{ what: 'complete', ok: isComplete, says: 'looked at' }],
    record: {
      format: 'sonae-kdump-rehearsal',
      version: 1,
      host: 'host',
      machineId: 'm',
      nonce: 'n',
      bootId: 'a',
      startedAt: new Date(now - 11 * day).toISOString(),
      trigger: 'sysrq-c',
      kernel: 'k',
      fingerprint,
      predicted: { bytes: 3e8, highBytes: 4e8, seconds: 50, highSeconds: 90 },
      dumps: [],
    },
    ...change,
  });
}

/** wtmp with a start and how it ended, then the running one (utmp(5)). */
export function wtmp(end: 'shutdown' | 'nothing'): Buffer {
  const boot = (ms: number) => utmpRecord(2, 'reboot', ms);
  return Buffer.concat([
    boot(booted - 30 * day),
    ...(end === 'shutdown' ? [utmpRecord(1, 'shutdown', booted - 60_000)] : []),
    boot(booted),
  ]);
}

function utmpRecord(type: number, user: string, ms: number): Buffer {
  const record = Buffer.alloc(384);
  record.writeUInt16LE(type, 0);
  record.write(user, 44, 'latin1');
  record.writeUInt32LE(Math.floor(ms / 1000), 340);
  return record;
}

const commonFolders = ['/boot', '/var/crash', '/var/lib/kdump', '/sys/block', '/sys/fs/pstore'];

const settings = {
  panic: 60,
  panic_on_oops: 1,
  panic_on_warn: 0,
  panic_print: 0,
  unknown_nmi_panic: 1,
  panic_on_unrecovered_nmi: 0,
  panic_on_io_nmi: 0,
  hardlockup_panic: 1,
  softlockup_panic: 0,
  hung_task_panic: 0,
  panic_on_rcu_stall: 0,
  nmi_watchdog: 1,
  sysrq: 16 | 8,
  kexec_load_disabled: 0,
  kexec_load_limit_panic: -1,
  kptr_restrict: 1,
};

function commonFiles(release: string, cmdline: string, unit: string): HealthyMachine['files'] {
  return {
    ...Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`/proc/sys/kernel/${name}`, `${value}\n`]),
    ),
    '/proc/sys/vm/panic_on_oom': '0\n',
    '/proc/sys/kernel/osrelease': `${release}\n`,
    '/proc/cmdline': `${cmdline}\n`,
    '/proc/2/comm': 'kthreadd\n',
    '/proc/uptime': '950400.00 7000000.00\n',
    '/proc/consoles': 'ttyS0                -W- (EC p a)    4:64\n',
    '/proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vme lm\n',
    '/proc/modules': 'nvme 61440 3 - Live 0x0\nnvme_core 192512 4 nvme, Live 0x0\n',
    '/proc/mdstat': 'Personalities :\nunused devices: <none>\n',
    '/proc/self/mountinfo': [
      '22 1 253:0 / / rw,relatime shared:1 - xfs /dev/nvme0n1p3 rw',
      '30 22 253:2 / /boot rw,relatime shared:2 - xfs /dev/nvme0n1p2 rw',
      '31 22 253:3 / /var/crash rw,relatime shared:3 - xfs /dev/nvme1n1p1 rw',
    ].join('\n'),
    '/proc/kcore': '',
    '/proc/sysrq-trigger': '',
    '/sys/block/nvme0n1/size': '1\n',
    '/sys/kernel/kexec_crash_loaded': '1\n',
    '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
    '/sys/devices/system/cpu/crash_hotplug': '1\n',
    '/sys/devices/system/memory/crash_hotplug': '1\n',
    '/sys/module/kernel/parameters/crash_kexec_post_notifiers': 'N\n',
    '/sys/module/pstore/parameters/backend': 'efi_pstore\n',
    '/sys/class/dmi/id/sys_vendor': 'Supermicro\n',
    '/sys/class/dmi/id/product_name': 'SYS-1029P\n',
    '/sys/class/net/eth0/address': '52:54:00:00:00:01\n',
    '/sys/class/watchdog/watchdog0/identity': 'iTCO_wdt\n',
    '/sys/class/watchdog/watchdog0/state': 'inactive\n',
    '/sys/class/watchdog/watchdog0/timeout': '30\n',
    '/dev/ipmi0': '',
    '/etc/fstab': `UUID=${rootUuid} / xfs defaults 0 0\nUUID=${dumpUuid} /var/crash xfs defaults 0 0\n`,
    '/var/log/wtmp': wtmp('shutdown'),
    [`/boot/vmlinuz-${release}`]: { size: 14_000_000 },
    [`/boot/config-${release}`]:
      'CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\nCONFIG_CRASH_DUMP=y\nCONFIG_PROC_VMCORE=y\nCONFIG_SYSFS=y\n',
    [`/usr/lib/debug/lib/modules/${release}/vmlinux`]: '',
    '/usr/bin/makedumpfile': '',
    [`/etc/systemd/system/multi-user.target.wants/${unit}`]: {
      link: `/usr/lib/systemd/system/${unit}`,
    },
    [`/usr/lib/systemd/system/${unit}`]: '',
    [`/run/systemd/units/invocation:${unit}`]: {
      link: '0123456789abcdef',
      mtimeMs: booted + 30_000,
    },
  };
}

/** UUID of the root file system of the machines. */
export const rootUuid = '11111111-1111-4111-8111-111111111111';
/** UUID of the file system at /var/crash. */
export const dumpUuid = '22222222-2222-4222-8222-222222222222';

/** /proc/iomem of a machine with RAM below 3 GiB and above 4 GiB, and one reservation in it. */
export function iomem(ramGib: number, crashMib: number, crashStart = 0x60000000): string {
  const hex = (value: number) => value.toString(16).padStart(8, '0');
  const line = (start: number, bytes: number, name: string) =>
    `${hex(start)}-${hex(start + bytes - 1)} : ${name}`;
  return [
    line(0x100000, 0xbff00000, 'System RAM'),
    `  ${line(0x1000000, 30 * 1024 ** 2, 'Kernel code')}`,
    ...(crashMib > 0 ? [`  ${line(crashStart, crashMib * 1024 ** 2, 'Crash kernel')}`] : []),
    line(4 * gibibyte, (ramGib - 3) * gibibyte, 'System RAM'),
  ].join('\n');
}

/** Pages of a machine whose memory is mostly free, a fifth of it cache. */
export function pagesOf(ramGib: number): PageCensus {
  const all = (ramGib * gibibyte) / 4096;
  return {
    pageBytes: 4096,
    free: Math.round(all * 0.6),
    cache: Math.round(all * 0.2),
    cachePrivate: 0,
    user: Math.round(all * 0.15),
    kernel: Math.round(all * 0.05),
    never: 0,
    maxPage: all,
  };
}

/** /proc/meminfo of the same machine. */
export function meminfo(ramGib: number): string {
  const kb = ramGib * 1024 * 1024;
  return `MemTotal: ${Math.round(kb * 0.97)} kB\nMemFree: ${Math.round(kb * 0.6)} kB\nCached: ${Math.round(kb * 0.2)} kB\nAnonPages: ${Math.round(kb * 0.15)} kB\n`;
}

/** Release of the kernel of {@link rhel9}. */
export const rhel9Release = '5.14.0-427.el9.x86_64';
const rhel9Cmdline = `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${rhel9Release} root=UUID=${rootUuid} ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M console=tty0 console=ttyS0,115200n8`;

/** RHEL 9.4, 32 GiB, dumps to a local XFS of its own. */
export const rhel9: HealthyMachine = {
  initrdPath: `/boot/initramfs-${rhel9Release}kdump.img`,
  initrd: {
    'usr/bin/makedumpfile': 'x'.repeat(2_000_000),
    'usr/sbin/vmcore-dmesg': '',
    'usr/lib/modules/nvme.ko.xz': '',
  },
  makedumpfile:
    'makedumpfile: version 1.7.8 (released on 1 Nov 2025)\nlzo\tenabled\nzstd\tenabled\n',
  pages: pagesOf(32),
  files: {
    ...commonFiles(rhel9Release, rhel9Cmdline, 'kdump.service'),
    '/etc/os-release': 'ID="rhel"\nVERSION_ID="9.4"\n',
    '/proc/meminfo': meminfo(32),
    '/proc/iomem': iomem(32, 256),
    '/sys/kernel/kexec_crash_size': `${256 * 1024 ** 2}\n`,
    '/etc/kdump.conf':
      'auto_reset_crashkernel yes\npath /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n',
    '/etc/sysconfig/kdump':
      'KDUMP_KERNELVER=""\nKDUMP_COMMANDLINE=""\nKDUMP_COMMANDLINE_REMOVE="hugepages hugepagesz slub_debug quiet log_buf_len swiotlb"\nKDUMP_COMMANDLINE_APPEND="irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off udev.children-max=2 panic=10 acpi_no_memhotplug transparent_hugepage=never nokaslr novmcoredd hest_disable"\nKEXEC_ARGS="-s"\nKDUMP_IMG="vmlinuz"\n',
    [`/boot/loader/entries/m-${rhel9Release}.conf`]: `title RHEL\nversion ${rhel9Release}\nlinux /vmlinuz-${rhel9Release}\noptions root=UUID=${rootUuid} ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M\n`,
  },
};

/** Release of the kernel of {@link sles15}. */
export const sles15Release = '6.4.0-150600.23.7-default';
const sles15Cmdline = `BOOT_IMAGE=/boot/vmlinuz-${sles15Release} root=UUID=${rootUuid} splash=silent mitigations=auto quiet security=apparmor crashkernel=314M,high crashkernel=72M,low console=ttyS0,115200`;

/** SLES 15 SP6, 96 GiB, a reservation above and below 4 GiB. */
export const sles15: HealthyMachine = {
  initrdPath: '/var/lib/kdump/initrd',
  initrd: rhel9.initrd,
  makedumpfile: rhel9.makedumpfile,
  pages: pagesOf(96),
  files: {
    ...commonFiles(sles15Release, sles15Cmdline, 'kdump.service'),
    '/etc/os-release': 'ID="sles"\nVERSION_ID="15.6"\nID_LIKE="suse"\n',
    '/proc/meminfo': meminfo(96),
    '/proc/iomem': `00100000-bfffffff : System RAM\n  01000000-02ffffff : Kernel code\n  b7800000-bbffffff : Crash kernel\n100000000-183fffffff : System RAM\n  1800000000-18139fffff : Crash kernel\n`,
    '/sys/kernel/kexec_crash_size': '329252864\n',
    '/etc/sysconfig/kdump':
      'KDUMP_KERNELVER=""\nKDUMP_CPUS="1"\nKDUMP_COMMANDLINE=""\nKDUMP_COMMANDLINE_APPEND=""\nKDUMP_AUTO_RESIZE="false"\nKEXEC_OPTIONS=""\nKDUMP_IMMEDIATE_REBOOT="true"\nKDUMP_TRANSFER=""\nKDUMP_SAVEDIR="/var/crash"\nKDUMP_KEEP_OLD_DUMPS="5"\nKDUMP_FREE_DISK_SIZE="64"\nKDUMP_VERBOSE="3"\nKDUMP_DUMPLEVEL="31"\nKDUMP_DUMPFORMAT="compressed"\nKDUMP_CONTINUE_ON_ERROR="true"\nKDUMP_NETCONFIG="auto"\nKDUMP_NET_TIMEOUT="30"\n',
    '/var/lib/kdump/kernel': { size: 14_000_000 },
    '/var/lib/kdump/kernel-version': `${sles15Release}\n`,
    '/boot/grub2/grub.cfg': `menuentry 'SLES 15-SP6' {\n  linux /boot/vmlinuz-${sles15Release} root=UUID=${rootUuid} splash=silent quiet crashkernel=314M,high crashkernel=72M,low\n}\n`,
  },
};

/** Release of the kernel of {@link debian12}. */
export const debian12Release = '6.1.0-50-amd64';
const debian12Cmdline = `BOOT_IMAGE=/boot/vmlinuz-${debian12Release} root=UUID=${rootUuid} ro quiet crashkernel=512M console=ttyS0,115200`;

/** Debian 12, 16 GiB; panic= added for the capture kernel, which Debian leaves out. */
export const debian12: HealthyMachine = {
  initrdPath: '/var/lib/kdump/initrd.img',
  initrd: { 'usr/lib/modules/nvme.ko': '', 'scripts/init': 'x'.repeat(1_000_000) },
  makedumpfile: rhel9.makedumpfile,
  pages: pagesOf(16),
  files: {
    ...commonFiles(debian12Release, debian12Cmdline, 'kdump-tools.service'),
    '/etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
    '/proc/meminfo': meminfo(16),
    '/proc/iomem': iomem(16, 512),
    '/sys/kernel/kexec_crash_size': `${512 * 1024 ** 2}\n`,
    '/etc/default/kdump-tools':
      'USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nKDUMP_INITRD=/var/lib/kdump/initrd.img\nKDUMP_COREDIR="/var/crash"\nKDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb panic=10"\n',
    '/etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
    '/etc/default/grub.d/kdump-tools.cfg':
      'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M"\n',
    '/var/lib/kdump/vmlinuz': { size: 8_222_656 },
    [`/var/lib/kdump/initrd.img-${debian12Release}`]: { size: 1_000_000 },
    '/boot/grub/grub.cfg': `menuentry 'Debian' {\n  linux /boot/vmlinuz-${debian12Release} root=UUID=${rootUuid} ro quiet crashkernel=512M\n}\n`,
  },
};
