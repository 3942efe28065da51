import {
  debian12,
  now,
  rehearsalCertificate,
  rhel9,
  sles15,
  wtmp,
} from '../../builders/kdump-machine.ts';
import { append, both, type CheckCase, debian, edit, files, rhel, sles } from './case.ts';

const key = { bytes: 'x', mode: 0o100600 };
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHostKey';
const kdumpTools = '/etc/default/kdump-tools';
const debianSsh = both(
  append(debian12, kdumpTools, 'SSH="kdump@dump01.example.com"'),
  files({ '/root/.ssh/kdump_id_rsa': key, '/usr/bin/ssh': '' }),
);
const debianSshAndNfs = append(
  debian12,
  kdumpTools,
  'SSH="kdump@dump01.example.com"\nNFS="nas.example.com:/export/crash"',
);
const debianNfsAndFtp = append(
  debian12,
  kdumpTools,
  'FTP="ftp.example.com:/in"\nNFS="nas.example.com:/export/crash"',
);
const debianNfs = append(debian12, kdumpTools, 'NFS="nas.example.com:/export/crash"');
const savedir = (url: string) =>
  edit(sles15, '/etc/sysconfig/kdump', 'KDUMP_SAVEDIR="/var/crash"', `KDUMP_SAVEDIR="${url}"`);
const slesSsh = savedir('ssh://kdump@dump01:2222/srv/crash');
const slesNfs = savedir('nfs://nas/export/crash');
const rhelSsh = files({
  '/etc/kdump.conf':
    'ssh kdump@dump01.example.com\npath /srv/crash\ncore_collector makedumpfile -F -l --message-level 7 -d 31\n',
  '/root/.ssh/kdump_id_rsa': key,
});
const known = (line: string) => files({ '/root/.ssh/known_hosts': `${line}\n` });
const mounted = (source: string, options = 'rw') =>
  append(sles15, '/proc/self/mountinfo', `\n40 22 0:50 / /mnt/nas rw - nfs4 ${source} ${options}`);

const daysAgo = (days: number) => new Date(now - days * 24 * 3600_000).toISOString();
const rehearsedAt = (panic: number, dumped: number) => {
  const certificate = JSON.parse(
    rehearsalCertificate({ kernel: 'k', configuration: 'c', target: 't' }),
  );
  certificate.record.startedAt = daysAgo(panic);
  certificate.dump.finishedAt = daysAgo(dumped);
  return JSON.stringify(certificate);
};

const answerOf = (freeKib: number) => ({
  exitCode: 0,
  text: `folder /var/crash\nwritable\nFilesystem     1024-blocks    Used Available Capacity Mounted on\n/dev/sdb1         20000000 1000 ${freeKib}       6% /var\n`,
});

/** Section 6 and what of section 5 is about another machine, family by family. */
export const remoteCases: readonly CheckCase[] = [
  debian('capture-initrd-peer-identity', 'no host key is known', 'fail', debianSsh),
  debian(
    'capture-initrd-peer-identity',
    'known by name',
    'pass',
    both(debianSsh, known(`dump01.example.com ${hostKey}`)),
  ),
  debian(
    'capture-initrd-peer-identity',
    'known by the hash of its name',
    'pass',
    // ssh-keygen -H of OpenSSH 9.2
    both(
      debianSsh,
      known(`|1|E9Yw2euenkyN9y2cSGM4fxjb/6w=|skkrXg0sKVK0SSI5BCB3BnhA6PU= ${hostKey}`),
    ),
  ),
  debian(
    'capture-initrd-peer-identity',
    'only a revoked key is known',
    'fail',
    both(debianSsh, known(`@revoked dump01.example.com ${hostKey}`)),
  ),
  debian('capture-initrd-tools', 'ssh is installed', 'pass', debianSsh),
  debian('capture-initrd-tools', 'no mount.nfs', 'fail', debianNfs),
  debian(
    'capture-initrd-tools',
    'mount.nfs is installed',
    'pass',
    both(debianNfs, files({ '/sbin/mount.nfs': '' })),
  ),
  debian(
    'capture-initrd-network-fresh',
    'the network is set up in the root file system',
    'skip',
    debianSsh,
  ),
  debian('target-ssh-works', 'the key is there', 'pass', debianSsh),
  debian('target-folder-name', 'named after the address, as nothing is said', 'warn', debianSsh),
  debian(
    'target-folder-name',
    'named after the host',
    'pass',
    append(debian12, kdumpTools, 'SSH="kdump@dump01.example.com"\nHOSTTAG="hostname"'),
  ),
  debian('target-single', 'SSH alone', 'pass', debianSsh),
  debian('target-single', 'SSH and NFS: it goes to both', 'warn', debianSshAndNfs),
  debian('target-ssh-works', 'SSH and NFS: the key is not there', 'fail', debianSshAndNfs),
  debian('target-single', 'NFS and FTP: it goes to both', 'warn', debianNfsAndFtp),
  debian('target-nfs-writable', 'NFS and FTP', 'unknown', debianNfsAndFtp),
  debian('target-ssh-alias', 'an alias does no harm', 'skip', debianSsh),
  debian('target-space-predicted', 'an export that is mounted, and full', 'fail', {
    ...both(
      debianNfs,
      append(
        debian12,
        '/proc/self/mountinfo',
        '\n40 22 0:50 / /mnt/nas rw - nfs4 nas.example.com:/export/crash rw',
      ),
    ),
    folders: ['/mnt/nas'],
    free: { '/mnt/nas': 1_000_000 },
  }),
  sles(
    'target-ssh-works',
    "one of root's own keys",
    'pass',
    both(slesSsh, files({ '/root/.ssh/id_ed25519': key })),
  ),
  sles('target-ssh-works', 'no key at all', 'fail', slesSsh),
  sles(
    'target-ssh-works',
    'a key below /root/.ssh',
    'pass',
    both(
      edit(
        sles15,
        '/etc/sysconfig/kdump',
        'KDUMP_SAVEDIR="/var/crash"',
        'KDUMP_SAVEDIR="ssh://dump01/srv/crash"\nKDUMP_SSH_IDENTITY="id_kdump"',
      ),
      files({ '/root/.ssh/id_kdump': key }),
    ),
  ),
  sles(
    'target-ssh-works',
    'a password in the URL',
    'pass',
    savedir('ssh://kdump:secret@dump01/srv/crash'),
  ),
  sles('capture-initrd-peer-identity', 'known with its port', 'pass', {
    ...both(slesSsh, known(`[dump01]:2222 ${hostKey}`)),
    initrd: { 'root/.ssh/known_hosts': `[dump01]:2222 ${hostKey}\n` },
  }),
  sles(
    'capture-initrd-peer-identity',
    'any key is taken',
    'warn',
    edit(
      sles15,
      '/etc/sysconfig/kdump',
      'KDUMP_SAVEDIR="/var/crash"',
      'KDUMP_SAVEDIR="ssh://dump01/srv/crash"\nKDUMP_HOST_KEY="*"',
    ),
  ),
  sles('target-ping', 'a share is mounted without a ping', 'skip', slesNfs),
  sles('target-free-after', 'a share', 'skip', slesNfs),
  sles(
    'target-nfs-writable',
    'Kerberos',
    'fail',
    both(slesNfs, mounted('nas:/export/crash', 'rw,sec=krb5')),
  ),
  sles('target-space-predicted', 'below an export that is mounted, and full', 'fail', {
    ...both(slesNfs, mounted('nas:/export/')),
    folders: ['/mnt/nas/crash'],
    free: { '/mnt/nas': 1_000_000 },
  }),
  sles(
    'target-fstab-entry',
    'the URL is in fstab',
    'pass',
    both(slesNfs, append(sles15, '/etc/fstab', 'nas:/export/crash /mnt/nas nfs noauto 0 0')),
  ),
  rhel(
    'target-ssh-works',
    'the key that is named is not there, the usual one is',
    'warn',
    both(
      rhelSsh,
      edit(
        { ...rhel9, files: { ...rhel9.files, ...rhelSsh.files } },
        '/etc/kdump.conf',
        'path',
        'sshkey /root/.ssh/other\npath',
      ),
    ),
  ),
  rhel(
    'target-ssh-alias',
    'a block that leaves the name as it is',
    'pass',
    both(rhelSsh, files({ '/root/.ssh/config': 'Host dump01*\n  Port 2222\n' })),
  ),
  rhel(
    'target-ssh-alias',
    'a block that names another host',
    'pass',
    both(rhelSsh, files({ '/root/.ssh/config': 'Host other\n  HostName dump02\n' })),
  ),
  ...['10.0.0.8', 'sles15'].map((name) =>
    sles(
      'last-panic-captured',
      `a dump of ${name} on a share`,
      name === 'sles15' ? 'pass' : 'unknown',
      {
        ...both(
          slesNfs,
          mounted('nas:/export/crash'),
          files({
            '/var/log/wtmp': wtmp('nothing'),
            '/proc/sys/kernel/hostname': 'sles15\n',
            [`/mnt/nas/${name}-2026-11-08-23-00/vmcore`]: {
              size: 3e8,
              mtimeMs: Date.UTC(2026, 10, 8, 23),
            },
          }),
        ),
        folders: ['/mnt/nas'],
      },
    ),
  ),
  ...(
    [
      [12, 12, 'pass'],
      [50, 12, 'pass'],
      [50, 50, 'unknown'],
    ] as const
  ).map(([panic, dumped, expected]) =>
    debian(
      'last-panic-captured',
      `no dump is seen; one was rehearsed, its panic ${panic} days ago and its end ${dumped}`,
      expected,
      both(
        debianSsh,
        files({
          '/var/log/wtmp': wtmp('nothing'),
          '/var/lib/sonae/rehearsal-certificate.json': rehearsedAt(panic, dumped),
        }),
      ),
    ),
  ),
  debian('target-ssh-works', 'it lets in', 'pass', { ...debianSsh, answer: answerOf(5e6) }),
  debian('target-ssh-works', 'it does not let in', 'fail', {
    ...debianSsh,
    answer: { exitCode: 255, text: 'kdump@dump01: Permission denied (publickey).\n' },
  }),
  debian('target-ssh-works', 'it lets in and its folder is closed', 'fail', {
    ...debianSsh,
    answer: { exitCode: 0, text: answerOf(5e6).text.replace('writable\n', '') },
  }),
  debian('target-ssh-works', 'it says something else', 'unknown', {
    ...debianSsh,
    answer: { exitCode: 0, text: 'This account is for rsync only.\n' },
  }),
  debian('target-space-predicted', 'it has room', 'pass', { ...debianSsh, answer: answerOf(5e6) }),
  debian('target-space-predicted', 'it has none', 'fail', { ...debianSsh, answer: answerOf(5e3) }),
];
