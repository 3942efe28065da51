import { compilePathRules } from '../std/path-rules.ts';

// Never taken, whatever a profile says: secrets that no masking can be trusted with, files whose reading blocks or
// has an effect, and bodies of crash dumps, which `sonae split` sends.
const forbidden: readonly (readonly [why: string, globs: readonly string[]])[] = [
  [
    'password hashes',
    ['/etc/shadow*', '/etc/gshadow*', '/etc/security/opasswd*', '/etc/master.passwd'],
  ],
  [
    'private keys',
    [
      '/**/*.key',
      '/**/id_rsa*',
      '/**/id_dsa*',
      '/**/id_ecdsa*',
      '/**/id_ed25519*',
      '/**/*_key',
      '/**/*.p12',
      '/**/*.pfx',
      '/**/*.jks',
      '/**/.ssh',
      '/**/.gnupg',
      '/etc/ssl/private',
      '/etc/pki/tls/private',
      '/etc/pki/entitlement*',
      '/etc/pki/consumer',
      '/etc/letsencrypt/archive',
      '/etc/letsencrypt/live',
      '/etc/wireguard/*.conf',
      '/etc/ipsec.secrets',
      '/etc/ipsec.d/private',
      '/etc/swanctl/private',
      '/etc/openvpn/**/*.key',
      '/etc/tripwire/*key*',
    ],
  ],
  [
    'keytabs and tickets',
    [
      '/**/*.keytab',
      '/**/krb5.keytab*',
      '/tmp/krb5cc_*',
      '/var/lib/sss/secrets',
      '/var/lib/sss/db',
    ],
  ],
  [
    'stored credentials',
    [
      // Pass phrases, maps of aliases.
      '/etc/sonae',
      '/etc/libvirt/secrets',
      '/etc/zypp/credentials.d',
      '/etc/apt/auth.conf*',
      '/etc/NetworkManager/secret_key',
      '/var/lib/NetworkManager/secret_key',
      '/**/.netrc',
      '/**/.pgpass',
      '/**/.my.cnf',
      '/**/.docker/config.json',
      '/**/.kube',
      '/**/.aws',
      '/**/.azure',
      '/**/.config/gcloud',
      '/**/.git-credentials',
      '/**/.bash_history',
      '/etc/cifs-credentials*',
      '/etc/sssd/*.secret*',
      '/etc/ppp/*-secrets',
      '/etc/ceph/*.keyring',
      '/etc/corosync/authkey',
      '/etc/pacemaker/authkey',
      '/etc/drbd.d/*secret*',
      '/etc/rndc.key',
      '/etc/bind/*.key',
      '/run/credentials',
      '/sys/class/iscsi_session/*/password*',
      '/sys/devices/**/iscsi_session/*/password*',
      '/proc/sys/net/ipv6/conf/*/stable_secret',
      '/etc/credstore*',
    ],
  ],
  [
    'memory and environments of processes',
    [
      '/proc/*/environ',
      '/proc/*/mem',
      '/proc/*/task/*/environ',
      '/proc/*/task/*/mem',
      '/proc/kcore',
      '/dev/mem',
    ],
  ],
  [
    'reading it waits or has an effect',
    [
      '/proc/kmsg',
      '/proc/sysrq-trigger',
      '/proc/*/pagemap',
      '/proc/net/rpc/*/channel',
      '/proc/net/rpc/*/flush',
      '/sys/kernel/debug/tracing/trace_pipe',
      '/sys/kernel/debug/tracing/per_cpu',
      '/sys/kernel/debug/tracing/snapshot_raw',
      '/sys/kernel/debug/tracing/events',
      '/sys/kernel/debug/tracing/free_buffer',
      '/sys/kernel/debug/tracing/trace_marker*',
      '/sys/kernel/tracing/trace_pipe',
      '/sys/kernel/tracing/per_cpu',
      '/sys/kernel/tracing/free_buffer',
      '/sys/kernel/tracing/events',
      '/sys/kernel/tracing/trace_marker*',
      '/sys/kernel/tracing/snapshot_raw',
      '/proc/fs/nfsd',
      '/proc/fs/cifs',
      '/proc/fs/lustre',
      '/proc/fs/panfs',
      '/sys/bus/*/drivers/*/unbind',
      '/**/*.pipe',
    ],
  ],
  [
    'body of a crash dump: use `sonae split`',
    [
      '/**/vmcore',
      '/**/vmcore.flat',
      '/**/vmcore-incomplete',
      '/**/dump.[0-9]*',
      '/**/vmcore.[0-9]*',
      '/var/lib/systemd/coredump/*',
      '/var/crash/*.crash',
    ],
  ],
  ['what people keep at home', ['/home', '/root/.*']],
];

const rules = forbidden.flatMap(([why, globs]) => globs.map((glob) => [why, glob] as const));

/** Why a path is never taken; undefined when it may be. Enforced here, whatever profiles say. */
export const whyForbidden: (path: string) => string | undefined = compilePathRules(rules);

/** All globs of what is never taken: a search does not read it either. */
export const forbiddenGlobs: readonly string[] = rules.map(([, glob]) => glob);

/** Folders that a search need not even look into. */
export const forbiddenFolders: readonly string[] = [
  '/home',
  '/proc/kcore',
  '/sys/kernel/debug/tracing/per_cpu',
  '/sys/kernel/tracing/per_cpu',
];
