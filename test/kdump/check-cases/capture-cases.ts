import {
  debian12,
  rehearsalCertificate,
  rhel9,
  rhel9Release,
  rootUuid,
  sles15,
  written,
} from '../../builders/kdump-machine.ts';
import { append, both, type CheckCase, cmdline, debian, edit, files, rhel, sles } from './case.ts';

const day = 86_400_000;
const conf = '/etc/kdump.conf';
const sysconfig = '/etc/sysconfig/kdump';
const initrdPath = rhel9.initrdPath;
const ssh =
  'ssh kdump@dump01.example.com\nsshkey /root/.ssh/kdump_id_rsa\npath /srv/crash\ncore_collector makedumpfile -F -l --message-level 7 -d 31\nfailure_action dump_to_rootfs\n';
const nfs =
  'nfs nas.example.com:/export/vmcores\npath /\ncore_collector makedumpfile -l --message-level 7 -d 31\nfinal_action poweroff\n';
const raw = 'raw /dev/sdb1\ncore_collector makedumpfile -F -l -d 31\n';
const rawWith = (record: string, bytes: number) =>
  files({
    [conf]: raw,
    '/sys/class/block/sdb1/dev': '8:17\n',
    '/sys/class/block/sdb1/size': `${bytes / 512}\n`,
    '/run/udev/data/b8:17': record,
  });
const export_ = 'nas.example.com:/export';
const nfsConf = files({
  [conf]: `nfs ${export_}\npath /crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n`,
});
const oldKey = 'dump01.example.com ssh-ed25519 AAAAold\n';
const newKey = 'dump01.example.com ssh-ed25519 AAAAnew\n';
const overSsh = files({
  [conf]: ssh,
  '/root/.ssh/known_hosts': newKey,
  '/root/.ssh/kdump_id_rsa': { bytes: 'x', mode: 0o100600 },
});
const pinned = { 'etc/cmdline.d/60kdumpip.conf': 'kdump_remote_ip=10.20.0.9\n' };
const collector = (from: string, to: string) => edit(rhel9, conf, from, to);
const hosts = (line: string) => both(overSsh, files({ '/etc/hosts': line }));
const heavy = { initrd: { 'usr/lib/heavy': 'x'.repeat(70 * 1024 ** 2) } };

/** Sections 4 to 6: configuration, capture initrd, target. */
export const captureCases: readonly CheckCase[] = [
  rhel('config-parses', 'it is gone, its tools are not', 'fail', {
    files: { '/etc/kdump.conf': null, '/usr/bin/kdumpctl': '' },
  }),
  debian(
    'config-parses',
    'a packer that there is not',
    'warn',
    append(debian12, '/etc/default/kdump-tools', 'KDUMP_COMPRESSION=zip'),
  ),
  rhel('config-parses', 'an option that does not exist', 'fail', append(rhel9, conf, 'paht /srv')),
  rhel('config-parses', 'an option that was removed', 'fail', append(rhel9, conf, 'link_delay 60')),
  sles(
    'config-parses',
    'a boolean that is none',
    'warn',
    edit(sles15, sysconfig, 'CONTINUE_ON_ERROR="true"', 'CONTINUE_ON_ERROR="maybe"'),
  ),
  rhel('config-package-drift', 'a .rpmnew waits', 'warn', files({ '/etc/kdump.conf.rpmnew': '' })),
  debian(
    'use-kdump-enabled',
    'USE_KDUMP=0',
    'fail',
    edit(debian12, '/etc/default/kdump-tools', 'USE_KDUMP=1', 'USE_KDUMP=0'),
  ),
  rhel('failure-action-hang', 'a shell', 'warn', append(rhel9, conf, 'failure_action shell')),
  sles(
    'failure-action-hang',
    'it waits in a shell',
    'warn',
    edit(sles15, sysconfig, 'CONTINUE_ON_ERROR="true"', 'CONTINUE_ON_ERROR="false"'),
  ),
  rhel('final-action', 'poweroff', 'warn', files({ [conf]: nfs })),
  rhel('failure-action-loses-dump', 'remote, no second chance', 'warn', files({ [conf]: nfs })),
  rhel('failure-action-loses-dump', 'remote, with a second chance', 'pass', overSsh),
  rhel(
    'pre-hook-can-abort',
    'the script is missing',
    'fail',
    append(rhel9, conf, 'kdump_pre /etc/kdump/pre.sh'),
  ),
  rhel(
    'pre-hook-can-abort',
    'lkce skips the dump',
    'fail',
    files({ '/etc/oled/lkce/lkce.conf': 'enable_kexec = yes\nvmcore = no\n' }),
  ),
  rhel(
    'hooks-in-initrd',
    'the script did not get in',
    'warn',
    append(rhel9, conf, 'kdump_post /etc/kdump/post.sh'),
  ),
  rhel('hooks-in-initrd', 'the script got in', 'pass', {
    ...append(rhel9, conf, 'kdump_post /etc/kdump/post.sh'),
    initrd: { 'etc/kdump/post.sh': '' },
  }),
  rhel('core-collector-valid', 'ssh without -F', 'fail', files({ [conf]: ssh.replace('-F ', '') })),
  rhel('core-collector-valid', 'a level that is no number', 'fail', collector('-d 31', '-d all')),
  rhel('dump-level', 'every free page', 'warn', collector('-d 31', '-d 1')),
  rhel('dump-level', 'out of range', 'fail', collector('-d 31', '-d 63')),
  rhel('compression-choice', 'not built in', 'fail', {
    outputs: { 'makedumpfile -v': 'makedumpfile: version 1.7.8\nlzo\tdisabled\n' },
  }),
  rhel('compression-choice', 'none', 'warn', collector('-l ', '')),
  rhel('num-threads-race', 'threads in 1.7.6', 'warn', {
    ...collector('-d 31', '-d 31 --num-threads=4'),
    outputs: { 'makedumpfile -v': 'makedumpfile: version 1.7.6\n' },
  }),
  rhel('split-or-eppic', '--split', 'warn', collector('-d 31', '-d 31 --split')),
  sles(
    'secrets-in-config',
    'a password in the URL',
    'warn',
    edit(sles15, sysconfig, 'SAVEDIR="/var/crash"', 'SAVEDIR="ftp://me:secret@nas/crash"'),
  ),
  debian(
    'capture-cmdline-panic',
    "Debian's default",
    'warn',
    edit(debian12, '/etc/default/kdump-tools', ' panic=10', ''),
  ),
  rhel('capture-cmdline-panic', 'panic=0', 'warn', edit(rhel9, sysconfig, 'panic=10', 'panic=0')),
  rhel('capture-cmdline-inherit', 'hugetlb_cma', 'warn', cmdline(rhel9, { add: 'hugetlb_cma=4G' })),
  sles(
    'capture-cmdline-inherit',
    'SUSE keeps hugepagesz',
    'warn',
    cmdline(sles15, { add: 'hugepagesz=1G' }),
  ),
  rhel(
    'capture-cmdline-inherit',
    'hugepages are taken out',
    'pass',
    cmdline(rhel9, { add: 'hugepages=512' }),
  ),
  rhel(
    'capture-cmdline-basics',
    'reset_devices is gone',
    'warn',
    edit(rhel9, sysconfig, ' reset_devices', ''),
  ),
  rhel(
    'capture-nr-cpus-memory',
    '64 processors in 256 MiB',
    'warn',
    edit(rhel9, sysconfig, 'nr_cpus=1', 'nr_cpus=64'),
  ),
  rhel(
    'capture-console',
    'no serial console',
    'warn',
    cmdline(rhel9, { without: /^console=ttyS/ }),
  ),
  debian(
    'capture-sysctl',
    'huge pages reach the capture',
    'warn',
    files({ '/etc/sysctl.d/30-db.conf': 'vm.nr_hugepages = 4096\n' }),
  ),
  debian(
    'capture-sysctl',
    'undone for the capture',
    'pass',
    files({
      '/etc/sysctl.d/30-db.conf': 'vm.nr_hugepages = 4096\n',
      '/etc/kdump/sysctl.conf': 'vm.nr_hugepages=0\n',
    }),
  ),

  rhel('capture-initrd-exists', 'it was removed', 'fail', files({ [initrdPath]: null })),
  rhel('capture-initrd-exists', 'it is empty', 'fail', files({ [initrdPath]: '' })),
  rhel(
    'capture-initrd-for-default-kernel',
    'the next boot is a new kernel',
    'warn',
    files({
      '/boot/loader/entries/m-new.conf':
        'title new\nversion 5.14.0-503.el9.x86_64\nlinux /vmlinuz-5.14.0-503.el9.x86_64\noptions ro crashkernel=256M\n',
    }),
  ),
  sles(
    'capture-initrd-for-default-kernel',
    'the next boot is a new kernel',
    'warn',
    edit(
      sles15,
      '/boot/grub2/grub.cfg',
      'vmlinuz-6.4.0-150600.23.7-default',
      'vmlinuz-6.4.0-150600.23.9-default',
    ),
  ),
  debian(
    'capture-initrd-for-default-kernel',
    'the link is of an older kernel',
    'warn',
    files({ '/var/lib/kdump/initrd.img': { link: '/var/lib/kdump/initrd.img-6.1.0-49-amd64' } }),
  ),
  debian(
    'capture-initrd-for-default-kernel',
    'the next boot is a new kernel',
    'warn',
    edit(debian12, '/boot/grub/grub.cfg', 'vmlinuz-6.1.0-50-amd64', 'vmlinuz-6.1.0-51-amd64'),
  ),
  rhel(
    'capture-initrd-fresh',
    'fstab is newer',
    'warn',
    files({ '/etc/fstab': { bytes: 'UUID=1 / xfs\n', mtimeMs: written + 50 * day } }),
  ),
  rhel('capture-initrd-network-fresh', 'the card is gone', 'fail', {
    ...overSsh,
    initrd: { 'etc/cmdline.d/50-ifname.conf': 'ifname=eth0:52:54:00:00:00:99\n' },
  }),
  rhel(
    'capture-initrd-network-fresh',
    'the profile is newer',
    'warn',
    both(
      overSsh,
      files({
        '/etc/NetworkManager/system-connections/eth0.nmconnection': {
          bytes: '',
          mtimeMs: written + 50 * day,
        },
      }),
    ),
  ),
  rhel('capture-initrd-network-fresh', 'the card is here', 'pass', {
    ...overSsh,
    initrd: { 'etc/cmdline.d/50-ifname.conf': 'ifname=eth0:52:54:00:00:00:01\n' },
  }),
  rhel('capture-initrd-peer-identity', 'the key was changed', 'fail', {
    ...overSsh,
    initrd: { 'root/.ssh/known_hosts': oldKey },
  }),
  rhel('capture-initrd-peer-identity', "today's key", 'pass', {
    ...overSsh,
    initrd: { 'root/.ssh/known_hosts': newKey },
  }),
  rhel('capture-initrd-pinned-ip', 'the target moved', 'fail', {
    ...hosts('10.20.0.19 dump01.example.com\n'),
    initrd: pinned,
  }),
  rhel('capture-initrd-pinned-ip', 'the target is where it was', 'pass', {
    ...hosts('10.20.0.9 dump01.example.com\n'),
    initrd: pinned,
  }),
  rhel('capture-initrd-target-uuid', 'a cloned image', 'warn', {
    initrd: { 'etc/fstab': 'UUID=33333333-3333-4333-8333-333333333333 /kdumproot xfs\n' },
  }),
  rhel('capture-initrd-target-uuid', 'a UUID of fstab', 'pass', {
    initrd: { 'etc/fstab': `UUID=${rootUuid} /kdumproot xfs\n` },
  }),
  rhel('capture-initrd-drivers', 'no nvme', 'fail', {
    initrd: { 'usr/lib/modules/nvme.ko.xz': null },
  }),
  rhel('capture-initrd-tools', 'no makedumpfile', 'fail', {
    initrd: { 'usr/bin/makedumpfile': null },
  }),
  rhel('capture-initrd-tools', 'nfs without mount.nfs', 'fail', files({ [conf]: nfs })),
  debian(
    'capture-initrd-tools',
    'makedumpfile was removed',
    'fail',
    files({ '/usr/bin/makedumpfile': null }),
  ),
  rhel('capture-initrd-size', 'more than half of the reservation', 'warn', heavy),
  rhel('capture-initrd-squash', 'large and not squashed', 'warn', heavy),
  rhel('capture-initrd-heavy-modules', 'nvidia', 'warn', {
    initrd: { 'usr/lib/modules/nvidia.ko': '' },
  }),
  rhel('capture-initrd-readable', 'cut short', 'fail', files({ [initrdPath]: '070701000000' })),
  rhel('boot-space', '/boot is full', 'warn', { free: { '/boot': 1_000_000 } }),
  rhel(
    'boot-writable',
    'read-only',
    'warn',
    edit(rhel9, '/proc/self/mountinfo', '/boot rw,relatime', '/boot ro,relatime'),
  ),
  rhel('fips-boot-access', 'no hmac', 'warn', cmdline(rhel9, { add: 'fips=1' })),
  rhel(
    'fips-boot-access',
    'with hmac',
    'pass',
    both(cmdline(rhel9, { add: 'fips=1' }), files({ [`/boot/.vmlinuz-${rhel9Release}.hmac`]: '' })),
  ),

  rhel(
    'target-resolves',
    'the folder is not there',
    'fail',
    collector('path /var/crash', 'path /srv/none'),
  ),
  debian(
    'target-resolves',
    'the folder is not there',
    'warn',
    edit(debian12, '/etc/default/kdump-tools', '/var/crash', '/srv/none'),
  ),
  rhel(
    'target-supported',
    'btrfs on RHEL',
    'warn',
    edit(
      rhel9,
      '/proc/self/mountinfo',
      '/var/crash rw,relatime shared:3 - xfs',
      '/var/crash rw,relatime shared:3 - btrfs',
    ),
  ),
  rhel('target-space-predicted', 'hardly anything free', 'fail', {
    free: { '/var/crash': 1_000_000 },
  }),
  rhel('target-space-predicted', 'enough only if all goes well', 'warn', {
    free: { '/var/crash': 900_000_000 },
  }),
  rhel('target-space-predicted', 'a server of its own that is not mounted', 'unknown', nfsConf),
  rhel('target-space-predicted', 'a server that is mounted, and full', 'fail', {
    ...both(
      nfsConf,
      append(rhel9, '/proc/self/mountinfo', `\n40 22 0:50 / /mnt/nas rw - nfs4 ${export_} rw`),
    ),
    folders: ['/mnt/nas/crash'],
    free: { '/mnt/nas': 1_000_000 },
  }),
  rhel('target-space-worst-case', 'less than RAM', 'warn', {
    free: { '/var/crash': 20 * 1024 ** 3 },
  }),
  rhel('target-quota-inodes', 'no inodes', 'fail', { freeInodes: 3 }),
  rhel(
    'target-old-dumps',
    'they fill the file system',
    'warn',
    files({ '/var/crash/a/vmcore': { size: 1.5e12 } }),
  ),
  sles(
    'target-old-dumps',
    'all are deleted first',
    'fail',
    edit(sles15, sysconfig, 'KEEP_OLD_DUMPS="5"', 'KEEP_OLD_DUMPS="-1"'),
  ),
  sles('target-free-after', 'less than 64 MiB would be left', 'warn', {
    free: { '/var/crash': 1_000_000 },
  }),
  rhel(
    'target-same-as-root',
    'no mount of its own',
    'warn',
    files({
      '/proc/self/mountinfo': '22 1 253:0 / / rw,relatime shared:1 - xfs /dev/nvme0n1p3 rw\n',
    }),
  ),
  rhel('target-fstab-entry', 'NFS, and not in fstab', 'warn', files({ [conf]: nfs })),
  rhel(
    'target-luks',
    'on a LUKS device',
    'warn',
    both(
      edit(rhel9, '/proc/self/mountinfo', '/dev/nvme1n1p1', '/dev/mapper/crash'),
      files({ '/sys/class/block/dm-0/dm/uuid': 'CRYPT-LUKS2-0123-crash\n' }),
    ),
  ),
  rhel(
    'target-multipath',
    'not in the initrd',
    'warn',
    files({ '/sys/class/block/dm-0/dm/uuid': 'mpath-3600\n' }),
  ),
  rhel(
    'target-lvm-thin-raid',
    'a mirror has lost a disk',
    'warn',
    files({ '/proc/mdstat': 'md0 : active raid1 sda1[0]\n      1 blocks [2/1] [U_]\n' }),
  ),
  rhel('target-ssh-works', 'no key', 'fail', files({ [conf]: ssh })),
  rhel('target-ssh-works', 'the key is there', 'pass', overSsh),
  rhel(
    'target-ssh-works',
    'others can read the key',
    'fail',
    both(overSsh, files({ '/root/.ssh/kdump_id_rsa': { bytes: 'x', mode: 0o100644 } })),
  ),
  rhel(
    'target-nfs-writable',
    'Kerberos',
    'fail',
    both(
      files({ [conf]: nfs }),
      append(
        rhel9,
        '/proc/self/mountinfo',
        '\n40 22 0:50 / /mnt rw shared:9 - nfs4 nas.example.com:/export/vmcores rw,sec=krb5p',
      ),
    ),
  ),
  rhel(
    'target-ssh-alias',
    'an alias',
    'warn',
    both(overSsh, files({ '/root/.ssh/config': 'Host dump01.example.com\n  HostName x\n' })),
  ),
  rhel('target-ssh-alias', 'a host', 'pass', overSsh),
  rhel(
    'target-net-path',
    'over a bond',
    'warn',
    both(overSsh, files({ '/sys/class/net/bond0/address': '52:54:00:00:00:01\n' })),
  ),
  rhel('target-net-path', 'a plain card', 'pass', overSsh),
  rhel(
    'target-raw-signature',
    'a mounted partition',
    'fail',
    files({ [conf]: 'raw /dev/nvme1n1p1\ncore_collector makedumpfile -F -l -d 31\n' }),
  ),
  rhel('target-raw-signature', 'no record of it', 'unknown', files({ [conf]: raw })),
  rhel(
    'target-raw-signature',
    'udev found a file system on it',
    'fail',
    rawWith('E:ID_FS_TYPE=xfs\n', 4e9),
  ),
  rhel('target-raw-signature', 'it is empty', 'pass', rawWith('E:ID_PART_ENTRY_NUMBER=1\n', 4e9)),
  rhel('target-raw-signature', 'it is empty and small', 'warn', rawWith('I:1\n', 4e8)),
  rhel('target-nfs-writable', 'never tried', 'unknown', files({ [conf]: nfs })),
  rhel(
    'target-nfs-writable',
    'a rehearsed dump lies there',
    'pass',
    files({
      [conf]: nfs,
      '/var/lib/sonae/rehearsal-certificate.json': rehearsalCertificate({
        kernel: 'unknown',
        configuration: 'unknown',
        target: 'unknown',
      }),
    }),
  ),
];
