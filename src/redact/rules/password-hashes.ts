import type { ShapeRule } from '../rule.ts';

/** Hashes of passwords, which can be tried out at leisure by whoever has them. */
export const hashRules: readonly ShapeRule[] = [
  {
    kind: 'shape',
    name: 'crypt-hash',
    reason: 'crypt(5) hash of a login password; also htpasswd, Cisco and cloud-init.',
    anchors: [
      '$1$',
      '$5$',
      '$6$',
      '$y$',
      '$7$',
      '$gy$',
      '$2a$',
      '$2b$',
      '$2y$',
      '$apr1$',
      '$md5',
      '$sha1$',
      '$argon2',
      '$scrypt$',
      '$pbkdf2',
      '$8$',
      '$9$',
      '$P$',
      '$H$',
    ],
    isInside: true,
    pattern:
      /\$(?:(?:1|5|6|7|8|9|y|gy|apr1|md5[\w,=]*|sha1)\$[\w./$,=+-]{8,300}|2[abxy]\$\d\d\$[\w./]{53}|argon2(?:id|i|d)\$[\w=,$./+-]{20,400}|(?:scrypt|pbkdf2[\w-]*)\$[\w=,$./+-]{20,400}|[PH]\$[\w./]{31})/dy,
    masks: [
      {
        text: 'root:$6$rounds=5000$saltsalt$Zk3Jd9ScLs8sO0pQxw1y/abc:19000:0:99999:7:::',
        masked: 'root:*:19000:0:99999:7:::',
      },
      {
        text: 'u:$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7:1',
        masked: 'u:*:1',
      },
      { text: 'admin:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00', masked: 'admin:*' },
      {
        text: 'hash $2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW end',
        masked: 'hash * end',
      },
      { text: 'x=$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b27g', masked: 'x=*' },
    ],
    keeps: ['echo $1 $2', 's/$1$/x/', 'cost $5 and $6', "awk '{print $1$2}'"],
  },
  {
    kind: 'shape',
    name: 'ldap-hash',
    reason: 'Password hash as directories store it (RFC 2307).',
    anchors: [
      '{ssha',
      '{sha',
      '{smd5}',
      '{md5}',
      '{crypt}',
      '{pbkdf2',
      '{argon2',
      '{clear',
      '{plain',
    ],
    isInside: true,
    pattern:
      /\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]*|ARGON2I?D?|CLEAR(?:TEXT)?|PLAIN)(?:\.(?:HEX|B64))?\}(?<secret>[^\s"'<,;]{6,400})/diy,
    masks: [
      { text: 'olcRootPW: {SSHA}d0Q0626PSH9VUld7yWpR0k6BlpQmtczb', masked: 'olcRootPW: *' },
      { text: 'admin:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', masked: 'admin:{SHA}*' },
      { text: 'bob:{PLAIN}hunter22:1000', masked: 'bob:{PLAIN}*' },
    ],
    keeps: ['scheme {SSHA} is the default', 'digest {md5}'],
  },
  {
    kind: 'shape',
    name: 'grub-password-hash',
    reason: 'Password of the boot loader.',
    anchors: ['grub.pbkdf2.'],
    pattern: /grub\.pbkdf2\.sha\d+\.\d+\.(?<secret>[0-9A-F.]{16,600})/diy,
    masks: [
      {
        text: 'password_pbkdf2 root grub.pbkdf2.sha512.10000.9CA4611006FE96BC77A12D3A.4E3F7A8B9C',
        masked: 'password_pbkdf2 root grub.pbkdf2.sha512.10000.*',
      },
    ],
    keeps: ['insmod password_pbkdf2', 'grub.pbkdf2.sha512'],
  },
  {
    kind: 'shape',
    name: 'scram-hash',
    reason: 'Stored key of a SCRAM login, as PostgreSQL and MongoDB keep it.',
    anchors: ['SCRAM-SHA-'],
    pattern: /SCRAM-SHA-\d+\$\d+:(?<secret>[\w+/=$:]{20,300})/dy,
    masks: [
      {
        text: "'SCRAM-SHA-256$4096:H45+UIZiJUcEXrB9SHlv5Q==$I0mc87UotsrnezRKv9Ijqn=:zjMgx+s7Yn3zw='",
        masked: "'SCRAM-SHA-256$4096:*'",
      },
    ],
    keeps: ['password_encryption = scram-sha-256', 'auth SCRAM-SHA-256 ok'],
  },
  {
    kind: 'shape',
    name: 'mysql-hash',
    reason: 'MySQL native password hash (`*` and 40 capitals of hexadecimal).',
    anchors: [...'0123456789ABCDEF'].flatMap((digit) => [`'*${digit}`, `"*${digit}`]),
    isInside: true,
    pattern: /["'](?<secret>\*[0-9A-F]{40})["']/dy,
    masks: [
      {
        text: "AS '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' REQUIRE",
        masked: "AS '*' REQUIRE",
      },
    ],
    keeps: ["glob '*.log'", '"*" "*"'],
  },
];
