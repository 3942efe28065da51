import { buildInitrd } from './build-initrd.ts';
import {
  debian12,
  debian12Release,
  type HealthyMachine,
  iomem,
  kdumpMachineFacts,
  type MachineChange,
  meminfo,
  pagesOf,
  rhel9,
  rhel9Release,
  sles15,
} from './kdump-machine.ts';

/** A machine as it is met. */
export interface KnownMachine {
  /** Of its golden report. */
  readonly name: string;
  readonly on: HealthyMachine;
  readonly change: MachineChange;
  /** Id to state, where it matters. */
  readonly expected: Readonly<Record<string, string>>;
}

const el8 = '4.18.0-553.el8_10.x86_64';
const el10 = '6.12.0-55.el10.x86_64';
const ppc = '5.14.0-427.el9.ppc64le';
const amazon = '6.1.92-99.174.amzn2023.x86_64';
const ubuntu = '5.15.0-119-generic';
const notRehearsed = { '/var/lib/sonae/rehearsal-certificate.json': null };

/** The thirteen configurations that every change of the checks is held against. */
export const knownMachines: readonly KnownMachine[] = [
  {
    name: 'rhel8-local-xfs',
    on: sized(withRelease(rhel9, rhel9Release, el8), 32, 192),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'app01.example.com\n',
        '/etc/os-release': 'ID="rhel"\nVERSION_ID="8.10"\nPLATFORM_ID="platform:el8"\n',
        '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${el8} root=/dev/mapper/rhel-root ro crashkernel=auto resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap rhgb quiet\n`,
        [`/boot/loader/entries/m-${el8}.conf`]: `title RHEL\nversion ${el8}\nlinux /vmlinuz-${el8}\noptions root=/dev/mapper/rhel-root ro crashkernel=auto rhgb quiet\n`,
      },
      free: { '/var/crash': 40 * 1024 ** 3 },
    },
    expected: {
      'crashkernel-auto-unsupported': 'pass',
      'crashkernel-syntax': 'pass',
      'crashkernel-size-enough': 'pass',
      'crash-kernel-loaded': 'pass',
    },
  },
  {
    name: 'rhel9-ssh',
    on: sized(rhel9, 256, 512),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'db07.example.com\n',
        '/etc/kdump.conf':
          'auto_reset_crashkernel yes\nssh kdump@dump01.example.com\nsshkey /root/.ssh/kdump_id_rsa\npath /srv/crash\ncore_collector makedumpfile -F -l --message-level 7 -d 31\nfailure_action dump_to_rootfs\n',
        '/root/.ssh/kdump_id_rsa': { mode: 0o100600 },
        '/root/.ssh/known_hosts': 'dump01.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIToday\n',
        '/etc/hosts': '127.0.0.1 localhost\n10.20.0.19 dump01.example.com dump01\n',
        '/sys/class/net/bond0/address': '52:54:00:00:00:01\n',
      },
      initrd: {
        'usr/bin/ssh': '',
        'root/.ssh/known_hosts':
          'dump01.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILastYear\n',
        'etc/cmdline.d/60kdumpip.conf': 'kdump_remote_ip=10.20.0.9\n',
      },
    },
    expected: { 'capture-initrd-peer-identity': 'fail', 'capture-initrd-pinned-ip': 'fail' },
  },
  {
    name: 'rhel9-nfs',
    on: sized(rhel9, 64, 512),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'web12.example.com\n',
        '/etc/kdump.conf':
          'nfs nas.example.com:/export/vmcores\npath /\ncore_collector makedumpfile -l --message-level 7 -d 31\nfinal_action poweroff\n',
        '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${rhel9Release} root=/dev/sda3 ro crashkernel=512M console=ttyS0\n`,
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
    name: 'rhel9-fadump-ppc64le',
    on: sized(withRelease(rhel9, rhel9Release, ppc), 128, 0),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'lpar3.example.com\n',
        '/proc/cmdline': `BOOT_IMAGE=(ieee1275/disk,msdos2)/vmlinuz-${ppc} root=/dev/mapper/rhel-root ro fadump=on crashkernel=4G-16G:768M,16G-64G:1G,64G-128G:2G,128G-1T:4G,1T-2T:6G,2T-4T:12G,4T-8T:20G,8T-16T:36G,16T-32T:64G,32T-64T:128G,64T-:180G\n`,
        '/sys/kernel/fadump/enabled': '1\n',
        '/sys/kernel/fadump/registered': '1\n',
        '/sys/kernel/fadump/mem_reserved': '4294967296\n',
        '/sys/kernel/kexec_crash_loaded': '0\n',
        '/sys/kernel/kexec_crash_size': '0\n',
        '/proc/iomem': '00000000-1fffffffff : System RAM\n',
        [`/boot/loader/entries/m-${ppc}.conf`]:
          'title RHEL\nversion 5.14.0-427.31.1.el9_4.ppc64le\nlinux /vmlinuz-5.14.0-427.31.1.el9_4.ppc64le\noptions root=/dev/mapper/rhel-root ro\n',
      },
    },
    expected: {
      'kexec-crash-sysfs': 'pass',
      'crash-kernel-loaded': 'pass',
      'crashkernel-actually-reserved': 'pass',
      'fadump-mode-consistent': 'pass',
      'capture-initrd-exists': 'skip',
      'crashkernel-low-enough': 'skip',
      'crashkernel-next-boot': 'fail',
    },
  },
  {
    name: 'sles15-local',
    on: sles15,
    change: { files: { ...notRehearsed, '/proc/sys/kernel/hostname': 'sap04\n' } },
    expected: {
      'crashkernel-syntax': 'pass',
      'crashkernel-low-enough': 'pass',
      'crashkernel-size-enough': 'pass',
      'crashkernel-shrunk': 'pass',
    },
  },
  {
    name: 'ubuntu2204-default',
    on: sized(withRelease(debian12, debian12Release, ubuntu), 8, 192),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'build-vm\n',
        '/etc/os-release': 'ID=ubuntu\nVERSION_ID="22.04"\nID_LIKE=debian\n',
        '/proc/cmdline': `BOOT_IMAGE=/vmlinuz-${ubuntu} root=/dev/mapper/ubuntu--vg-ubuntu--lv ro crashkernel=512M-:192M\n`,
        '/etc/default/grub.d/kdump-tools.cfg':
          'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M"\n',
        '/boot/grub/grub.cfg': `menuentry 'Ubuntu' {\n  linux /vmlinuz-${ubuntu} root=/dev/mapper/ubuntu--vg-ubuntu--lv ro crashkernel=512M-:192M\n}\n`,
        '/etc/default/kdump-tools':
          'USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nKDUMP_INITRD=/var/lib/kdump/initrd.img\nKDUMP_COREDIR="/var/crash"\n',
        '/var/lib/kdump/initrd.img': { link: '/var/lib/kdump/initrd.img-5.15.0-118-generic' },
        '/var/lib/kdump/initrd.img-5.15.0-118-generic': buildInitrd(debian12.initrd),
      },
      free: { '/var/crash': 3 * 1024 ** 3 },
    },
    expected: {
      'capture-initrd-for-default-kernel': 'warn',
      'capture-cmdline-panic': 'warn',
      'crashkernel-syntax': 'pass',
    },
  },
  {
    name: 'debian12-default',
    on: sized(debian12, 4, 128),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'mail\n',
        '/proc/cmdline': `BOOT_IMAGE=/boot/vmlinuz-${debian12Release} root=UUID=1 ro quiet crashkernel=384M-:128M\n`,
        '/etc/default/kdump-tools': 'USE_KDUMP=1\n#MAKEDUMP_ARGS="-c -d 31"\n',
        '/etc/initramfs-tools/initramfs.conf': 'MODULES=most\n',
      },
      initrd: { 'usr/lib/modules/all': 'x'.repeat(30 * 1024 ** 2) },
    },
    expected: { 'crashkernel-size-enough': 'fail', 'capture-cmdline-panic': 'warn' },
  },
  {
    name: 'aws-m5-no-reservation',
    on: sized(withRelease(rhel9, rhel9Release, amazon), 16, 0),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'ip-10-0-3-17\n',
        '/etc/os-release': 'ID="amzn"\nVERSION_ID="2023"\nID_LIKE="fedora"\n',
        '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt1)/boot/vmlinuz-${amazon} root=UUID=1 ro console=tty0 console=ttyS0,115200n8 nvme_core.io_timeout=4294967295 rd.emergency=poweroff rd.shell=0 selinux=1 security=selinux quiet numa_cma=1:64M\n`,
        [`/boot/loader/entries/m-${amazon}.conf`]: `title Amazon Linux\nversion ${amazon}\nlinux /boot/vmlinuz-${amazon}\noptions root=UUID=1 ro console=ttyS0,115200n8\n`,
        '/sys/kernel/kexec_crash_loaded': '0\n',
        '/sys/kernel/kexec_crash_size': '0\n',
        '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n',
        '/sys/class/dmi/id/product_name': 'm5.xlarge\n',
        '/proc/sys/kernel/unknown_nmi_panic': '0\n',
        '/dev/ipmi0': null,
        '/etc/kdump.conf': null,
        '/etc/sysconfig/kdump': null,
        '/usr/bin/makedumpfile': null,
        '/etc/systemd/system/multi-user.target.wants/kdump.service': null,
        '/usr/lib/systemd/system/kdump.service': null,
        '/run/systemd/units/invocation:kdump.service': null,
      },
      outputs: { 'makedumpfile -v': null },
    },
    expected: {
      'crashkernel-present': 'fail',
      'cloud-no-reservation': 'fail',
      'cloud-nmi-ready': 'warn',
    },
  },
  {
    name: 'firecracker',
    on: debian12,
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'fn-7f3a\n',
        '/proc/cmdline': 'console=ttyS0 reboot=k panic=1 nomodule root=/dev/vda rw\n',
        '/sys/class/dmi/id/sys_vendor': null,
        '/sys/class/dmi/id/product_name': null,
        '/sys/kernel/kexec_crash_loaded': null,
        '/sys/kernel/kexec_crash_size': null,
        '/proc/kcore': null,
        '/dev/ipmi0': null,
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
  {
    name: 'lxc',
    on: debian12,
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'ct101\n',
        '/proc/1/environ': 'container=lxc\0',
        '/proc/2/comm': null,
        '/sys/kernel/kexec_crash_size': '268435456\n',
      },
    },
    expected: {
      'container-no-kdump': 'skip',
      'crashkernel-actually-reserved': 'skip',
      'crash-kernel-loaded': 'skip',
    },
  },
  {
    name: 'suse-broken-crashkernel',
    on: sles15,
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'sap05\n',
        '/proc/cmdline':
          'BOOT_IMAGE=/boot/vmlinuz-6.4.0-150600.23.7-default root=UUID=1 splash=silent crashkernel="2G-:256M"\n',
        '/sys/kernel/kexec_crash_loaded': '0\n',
        '/sys/kernel/kexec_crash_size': '0\n',
        '/proc/iomem': iomem(96, 0),
      },
      outputs: { journalctl: 'No crashkernel memory reserved, Kdump cannot start.\n' },
    },
    expected: { 'crashkernel-syntax': 'fail', 'crashkernel-actually-reserved': 'fail' },
  },
  {
    name: 'rhel10-cma',
    on: sized(withRelease(rhel9, rhel9Release, el10), 32, 0),
    change: {
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'app02.example.com\n',
        '/etc/os-release': 'ID="rhel"\nVERSION_ID="10.0"\n',
        '/proc/cmdline': `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${el10} root=UUID=1 ro crashkernel=256M crashkernel=256M,cma\n`,
        '/sys/kernel/kexec_crash_loaded': '0\n',
        '/sys/kernel/kexec_crash_size': '0\n',
      },
      outputs: { journalctl: 'kdumpctl: No memory reserved for crash kernel\n' },
    },
    expected: { 'crashkernel-cma-unsupported': 'fail', 'crash-kernel-loaded': 'fail' },
  },
  {
    name: 'ha-node',
    on: rhel9,
    change: {
      purpose: 'ha',
      files: {
        ...notRehearsed,
        '/proc/sys/kernel/hostname': 'node1.example.com\n',
        '/etc/corosync/corosync.conf': 'totem {\n  version: 2\n}\n',
        '/var/lib/pacemaker/cib/cib.xml':
          '<cib><configuration><resources><primitive id="ipmi1" class="stonith" type="fence_ipmilan"/></resources></configuration></cib>\n',
        '/etc/sysconfig/sbd': 'SBD_DEVICE=""\nSBD_WATCHDOG_TIMEOUT=5\n',
        '/sys/class/watchdog/watchdog0/state': 'active\n',
        '/sys/class/watchdog/watchdog0/timeout': '10\n',
        '/sys/class/watchdog/watchdog0/nowayout': '1\n',
      },
    },
    expected: {
      'fence-kdump-configured': 'fail',
      'sbd-watchdog': 'fail',
      'watchdog-vs-dump-time': 'fail',
    },
  },
];

/** Everything that was asked of a known machine. */
export const knownMachineFacts = ({ on, change }: KnownMachine) => kdumpMachineFacts(on, change);

// The release of its kernel, in every path, link and text.
function withRelease(machine: HealthyMachine, from: string, to: string): HealthyMachine {
  const renamed = (text: string) => text.replaceAll(from, to);
  const files = Object.entries(machine.files).map(([path, file]) => [
    renamed(path),
    typeof file === 'string'
      ? renamed(file)
      : file && 'link' in file && file.link !== undefined
        ? { ...file, link: renamed(file.link) }
        : file,
  ]);
  const initrdPath = renamed(machine.initrdPath);
  return { ...machine, initrdPath, files: Object.fromEntries(files) };
}

// More or less memory, and another reservation in it.
function sized(machine: HealthyMachine, ramGib: number, crashMib: number): HealthyMachine {
  return {
    ...machine,
    pages: pagesOf(ramGib),
    files: {
      ...machine.files,
      '/proc/meminfo': meminfo(ramGib),
      '/proc/iomem': iomem(ramGib, crashMib),
      '/sys/kernel/kexec_crash_size': `${crashMib * 1024 ** 2}\n`,
    },
  };
}
