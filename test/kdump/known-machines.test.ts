import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { buildInitrd } from '../builders/build-initrd.ts';
import { buildSquashfs } from '../builders/build-squashfs.ts';
import {
  debian12,
  type HealthyMachine,
  iomem,
  kdumpMachineFacts,
  type MachineChange,
  rhel9,
  sles15,
  written,
} from '../builders/kdump-machine.ts';
import { cmdline } from './check-cases/case.ts';

const el8 = '4.18.0-553.el8_10.x86_64';
const ppc = '5.14.0-427.el9.ppc64le';

interface KnownMachine {
  readonly name: string;
  readonly on: HealthyMachine;
  readonly change: MachineChange;
  /** Id to state, where it matters. */
  readonly expected: Readonly<Record<string, string>>;
}

/** Machines as they are met, each with what a check must say of it. */
const machines: readonly KnownMachine[] = [
  {
    name: 'RHEL 8 with crashkernel=auto',
    on: rhel9,
    change: {
      files: {
        '/etc/os-release': 'ID="rhel"\nVERSION_ID="8.10"\n',
        '/proc/sys/kernel/osrelease': `${el8}\n`,
        '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${el8} root=/dev/mapper/rhel-root ro crashkernel=auto rd.lvm.lv=rhel/root rhgb quiet\n`,
        '/sys/kernel/kexec_crash_size': '201326592\n',
        '/proc/iomem': iomem(32, 192),
        [`/boot/vmlinuz-${el8}`]: { size: 10_000_000 },
        [`/boot/initramfs-${el8}kdump.img`]: { size: 29_000_000 },
      },
    },
    expected: {
      'crashkernel-auto-unsupported': 'pass',
      'crashkernel-syntax': 'pass',
      'crashkernel-size-enough': 'pass',
      'crash-kernel-loaded': 'pass',
    },
  },
  {
    name: 'RHEL 9 over NFS that was never rebuilt for it',
    on: rhel9,
    change: {
      files: {
        '/etc/kdump.conf':
          'nfs nas.example.com:/export/vmcores\npath /\ncore_collector makedumpfile -l --message-level 7 -d 31\nfinal_action poweroff\n',
        ...cmdline(rhel9, { without: /^crashkernel=/, add: 'crashkernel=512M' }).files,
        '/sys/kernel/kexec_crash_size': '536870912\n',
        '/proc/iomem': iomem(64, 512),
      },
    },
    expected: {
      'target-fstab-entry': 'warn',
      'capture-initrd-tools': 'fail',
      'final-action': 'warn',
      'crashkernel-size-enough': 'pass',
    },
  },
  {
    name: 'RHEL 9 on POWER with fadump, which has no kexec_crash_size',
    on: rhel9,
    change: {
      files: {
        '/proc/sys/kernel/osrelease': `${ppc}\n`,
        '/proc/cmdline': `BOOT_IMAGE=(ieee1275/disk,msdos2)/vmlinuz-${ppc} root=/dev/mapper/rhel-root ro fadump=on crashkernel=4G-16G:768M,16G-64G:1G,64G-128G:2G,128G-1T:4G\n`,
        '/sys/kernel/fadump/enabled': '1\n',
        '/sys/kernel/fadump/registered': '1\n',
        '/sys/kernel/fadump/mem_reserved': '4294967296\n',
        '/sys/kernel/kexec_crash_loaded': '0\n',
        '/sys/kernel/kexec_crash_size': '0\n',
        '/proc/iomem': '00000000-1fffffffff : System RAM\n',
        [`/boot/vmlinuz-${ppc}`]: { size: 10_000_000 },
      },
    },
    expected: {
      'kexec-crash-sysfs': 'pass',
      'crash-kernel-loaded': 'pass',
      'crashkernel-actually-reserved': 'pass',
      'fadump-mode-consistent': 'pass',
      'capture-initrd-exists': 'skip',
      'crashkernel-low-enough': 'skip',
      'crashkernel-next-boot': 'warn',
    },
  },
  {
    name: 'SLES 15 as it is installed, low and high',
    on: sles15,
    change: {},
    expected: {
      'crashkernel-syntax': 'pass',
      'crashkernel-low-enough': 'pass',
      'crashkernel-size-enough': 'pass',
      'crashkernel-shrunk': 'pass',
    },
  },
  {
    name: 'Ubuntu 22.04 as it is installed, with an old capture initrd',
    on: debian12,
    change: {
      files: {
        '/etc/os-release': 'ID=ubuntu\nVERSION_ID="22.04"\nID_LIKE=debian\n',
        '/proc/sys/kernel/osrelease': '5.15.0-119-generic\n',
        '/proc/cmdline':
          'BOOT_IMAGE=/vmlinuz-5.15.0-119-generic root=/dev/mapper/ubuntu--vg-ubuntu--lv ro crashkernel=512M-:192M\n',
        '/sys/kernel/kexec_crash_size': '201326592\n',
        '/proc/iomem': iomem(8, 192),
        '/etc/default/kdump-tools':
          'USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nKDUMP_INITRD=/var/lib/kdump/initrd.img\nKDUMP_COREDIR="/var/crash"\n',
        '/var/lib/kdump/initrd.img': { link: '/var/lib/kdump/initrd.img-5.15.0-118-generic' },
      },
    },
    expected: {
      'capture-initrd-for-default-kernel': 'warn',
      'capture-cmdline-panic': 'warn',
      'crashkernel-syntax': 'pass',
    },
  },
  {
    name: 'Debian 12 as it is installed, 128 MiB and an initrd with all modules',
    on: debian12,
    change: {
      files: {
        ...cmdline(debian12, { without: /^crashkernel=/, add: 'crashkernel=384M-:128M' }).files,
        '/sys/kernel/kexec_crash_size': '134217728\n',
        '/proc/iomem': iomem(4, 128, 0xb7000000),
        '/etc/default/kdump-tools': 'USE_KDUMP=1\n',
      },
      initrd: { 'usr/lib/modules/all': 'x'.repeat(30 * 1024 ** 2) },
    },
    expected: { 'crashkernel-size-enough': 'fail', 'capture-cmdline-panic': 'warn' },
  },
  {
    name: 'a Firecracker guest',
    on: debian12,
    change: {
      files: {
        '/proc/cmdline': 'console=ttyS0 reboot=k panic=1 nomodule root=/dev/vda rw\n',
        '/sys/class/dmi/id/sys_vendor': null,
        '/sys/class/dmi/id/product_name': null,
        '/sys/kernel/kexec_crash_loaded': null,
        '/sys/kernel/kexec_crash_size': null,
      },
    },
    expected: {
      'firecracker-microvm': 'fail',
      'kexec-crash-sysfs': 'fail',
      'crashkernel-present': 'skip',
      'kdump-unit-state': 'skip',
      'rehearsal-done': 'skip',
    },
  },
];

describe('a capture initrd whose files lie in a squashfs image', () => {
  const squashed = (files: Readonly<Record<string, string>>) => ({
    files: {
      [rhel9.initrdPath]: {
        bytes: buildInitrd({ 'squash-root.img': buildSquashfs(files), init: '#!/bin/sh\n' }),
        mtimeMs: written + 86_400_000,
      },
    },
  });

  it('leaves a healthy RHEL 9 ready: it was unproven', async () => {
    const facts = await kdumpMachineFacts(rhel9, squashed(rhel9.initrd));
    const { verdict, because, findings } = checkMachine(facts, 'test');
    expect(verdict, because).toBe('ready');
    expect(findings.find(({ id }) => id === 'kdump/capture-initrd-squash')?.state).toBe('pass');
  });

  it('is seen to lack makedumpfile', async () => {
    const { 'usr/bin/makedumpfile': _, ...rest } = rhel9.initrd;
    const facts = await kdumpMachineFacts(rhel9, squashed(rest));
    const { findings } = checkMachine(facts, 'test');
    expect(findings.find(({ id }) => id === 'kdump/capture-initrd-tools')?.state).toBe('fail');
  });
});

describe('machines as they are met', () => {
  it.each(machines)('$name', async ({ on, change, expected }) => {
    const { findings } = checkMachine(await kdumpMachineFacts(on, change), 'test');
    const states = Object.keys(expected).map((id) => {
      const finding = findings.find((each) => each.id === `kdump/${id}`);
      return [id, finding?.state, finding?.says];
    });
    expect(Object.fromEntries(states.map(([id, state]) => [id, state])), String(states)).toEqual(
      expected,
    );
  });
});
