import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A small machine as files: what must come into a bundle, and what never may. */
export interface Sysroot {
  readonly name: string;
  readonly os: string;
  /** Path to content; all of these are evidence. */
  readonly files: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
  /** Never in a bundle. */
  readonly forbidden: Readonly<Record<string, string>>;
}

const common = {
  '/etc/fstab':
    'UUID=1 / xfs defaults 0 0\n//nas/share /mnt cifs password=hunter2-of-the-nas 0 0\n',
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/resolv.conf': 'nameserver 192.0.2.53\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n',
  '/etc/ssh/sshd_config': 'PermitRootLogin no\n',
  '/etc/sysctl.conf': 'kernel.sysrq = 1\n',
  '/etc/rsyslog.conf': '*.* /var/log/messages\n',
  '/etc/systemd/journald.conf': '[Journal]\nStorage=persistent\n',
  '/etc/systemd/system/app.service':
    '[Service]\nEnvironment=DB_PASSWORD=correct-horse-battery\nExecStart=/opt/app\n',
};

const never = {
  '/etc/shadow': 'root:$6$saltsalt$hash:1::::::\n',
  '/etc/ssh/ssh_host_ed25519_key':
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
  '/etc/ssl/private/app.pem': 'private\n',
  '/root/.ssh/id_rsa': 'private\n',
  '/var/crash/127.0.0.1-2026-11-01/vmcore': 'KDUMP   body\n',
};

const merged = { '/bin': 'usr/bin', '/sbin': 'usr/sbin', '/lib': 'usr/lib' };

/** The four families that profiles differ in. */
export const sysroots: readonly Sysroot[] = [
  {
    name: 'rhel9',
    os: 'Red Hat Enterprise Linux 9.4 (Plow)',
    files: {
      ...common,
      '/etc/os-release':
        'ID="rhel"\nID_LIKE="fedora"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n',
      '/etc/redhat-release': 'Red Hat Enterprise Linux release 9.4 (Plow)\n',
      '/etc/hostname': 'rhel9.example.com\n',
      '/etc/kdump.conf':
        'path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n',
      '/etc/sysconfig/kdump': 'KDUMP_COMMANDLINE_REMOVE="hugepages"\n',
      '/etc/sysconfig/network-scripts/ifcfg-eth0': 'DEVICE=eth0\nONBOOT=yes\n',
      '/etc/selinux/config': 'SELINUX=enforcing\n',
      '/etc/yum.repos.d/redhat.repo': '[base]\nbaseurl=https://cdn.example/\n',
      '/boot/grub2/grub.cfg': 'set default=0\n',
      '/boot/loader/entries/a.conf': 'options root=/dev/sda1 crashkernel=1G-4G:192M\n',
      '/var/log/messages': 'Nov  1 00:00:00 rhel9 kernel: hello\n',
      '/var/log/secure': 'Nov  1 00:00:00 rhel9 sshd: hello\n',
      '/var/log/dnf.log': '2026-11-01 DNF\n',
      '/var/crash/127.0.0.1-2026-11-01/vmcore-dmesg.txt': '[    0.0] Kernel panic\n',
    },
    links: merged,
    forbidden: never,
  },
  {
    name: 'sles15',
    os: 'SUSE Linux Enterprise Server 15 SP6',
    files: {
      ...common,
      '/etc/os-release':
        'ID="sles"\nID_LIKE="suse"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP6"\n',
      '/etc/hostname': 'sles15\n',
      '/etc/sysconfig/kdump': 'KDUMP_SAVEDIR="/var/crash"\nKDUMP_DUMPLEVEL=31\n',
      '/etc/sysconfig/kernel': 'INITRD_MODULES=""\n',
      '/etc/sysconfig/network/ifcfg-eth0': "BOOTPROTO='dhcp'\n",
      '/etc/zypp/repos.d/sle.repo': '[sle]\nbaseurl=https://updates.example/\n',
      '/etc/SUSEConnect': 'url: https://scc.example\n',
      '/boot/grub2/grub.cfg': 'set default=0\n',
      '/var/log/messages': '2026-11-01T00:00:00 sles15 kernel: hello\n',
      '/var/log/zypper.log': '2026-11-01 zypper\n',
      '/var/log/YaST2/y2log': '2026-11-01 yast\n',
    },
    links: {},
    forbidden: { ...never, '/etc/zypp/credentials.d/SCCcredentials': 'username=a\npassword=b\n' },
  },
  {
    name: 'ubuntu2404',
    os: 'Ubuntu 24.04.1 LTS',
    files: {
      ...common,
      '/etc/os-release': 'ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n',
      '/etc/lsb-release': 'DISTRIB_ID=Ubuntu\n',
      '/etc/hostname': 'ubuntu2404\n',
      '/etc/default/kdump-tools': 'USE_KDUMP=1\n',
      '/etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
      '/etc/netplan/50-cloud-init.yaml': 'network:\n  version: 2\n',
      '/etc/apt/sources.list.d/ubuntu.sources': 'Types: deb\n',
      '/boot/grub/grub.cfg': 'set default=0\n',
      '/var/log/syslog': 'Nov  1 00:00:00 ubuntu kernel: hello\n',
      '/var/log/kern.log': 'Nov  1 00:00:00 ubuntu kernel: hello\n',
      '/var/log/auth.log': 'Nov  1 00:00:00 ubuntu sshd: hello\n',
      '/var/log/dpkg.log': '2026-11-01 installed\n',
    },
    links: merged,
    forbidden: { ...never, '/etc/apt/auth.conf.d/esm.conf': 'machine esm login a password b\n' },
  },
  {
    name: 'debian12',
    os: 'Debian GNU/Linux 12 (bookworm)',
    files: {
      ...common,
      '/etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      '/etc/debian_version': '12.7\n',
      '/etc/hostname': 'debian12\n',
      '/etc/default/kdump-tools': 'USE_KDUMP=1\n',
      '/etc/network/interfaces': 'auto lo\niface lo inet loopback\n',
      '/etc/apt/sources.list': 'deb https://user:apt-password-1@mirror.example bookworm main\n',
      '/boot/grub/grub.cfg': 'set default=0\n',
      '/var/log/syslog': 'Nov  1 00:00:00 debian kernel: hello\n',
      '/var/log/apt/history.log': 'Start-Date: 2026-11-01\n',
    },
    links: merged,
    forbidden: { ...never, '/etc/apt/auth.conf': 'machine a login b password c\n' },
  },
];

/** Writes a machine below a folder. */
export function writeSysroot({ files, links, forbidden }: Sysroot, root: string): void {
  for (const [path, text] of Object.entries({ ...files, ...forbidden })) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
}
