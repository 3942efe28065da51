import type { LineRule } from '../rule.ts';

/** Lines of scripts and configurations that hand a secret over without naming it. */
export const scriptLineRules: readonly LineRule[] = [
  {
    kind: 'line',
    name: 'here-string-password',
    reason: 'A password written into a script and fed to what asks for it.',
    anchors: ['<<<'],
    pattern:
      /[^\n]{0,2000}?\b(?:\w{0,40}passw(?:or)?d|pass|secret|token|kinit|realm[ \t]+join|cryptsetup|sudo[ \t]+-S|docker[ \t]+login|podman[ \t]+login|su|gpg)\b[^\n]{0,300}?<<<[ \t]*["']?(?:[\w.-]{1,40}:)?(?<secret>[^\s"'$:<]{1,200})(?![^\s"'$]|:)/diy,
    masks: [
      { text: 'read -s password <<< "hunter2"', masked: 'read -s password <<< "*"' },
      { text: "chpasswd <<< 'root:hunter2'", masked: "chpasswd <<< 'root:*'" },
      {
        text: 'realm join -U admin x.example <<< s3cret',
        masked: 'realm join -U admin x.example <<< *',
      },
    ],
    keeps: ['grep x <<< "$list"', 'chpasswd <<< "$line"', 'git: <<<<<<< HEAD'],
  },
  {
    kind: 'line',
    name: 'expect-password',
    reason: 'What an expect script answers when it is asked for a password.',
    anchors: ['assword'],
    pattern:
      /[^\n]{0,2000}?assword[^\n]{0,120}?\bsend[ \t]+(?:--[ \t]+)?\\?["'](?!<sonae|&lt;sonae)(?<secret>[^"'\\\n$]{1,200})\\[rn]/diy,
    masks: [
      {
        text: 'expect -c \'expect "assword:"; send "hunter2\\r"\'',
        masked: 'expect -c \'expect "assword:"; send "*\\r"\'',
      },
    ],
    keeps: ['expect "assword:"; send "$pw\\r"', 'Password will be sent by mail'],
  },
  {
    kind: 'line',
    name: 'oracle-connect',
    reason: 'user/password@service of Oracle clients and addresses.',
    anchors: ['thin:', 'connect ', 'conn ', 'sqlldr ', 'userid='],
    pattern:
      /[^\n]{0,2000}?(?:\bjdbc:oracle:(?:thin|oci\d?):|\bconn(?:ect)?[ \t]+|\bsqlldr[ \t]+|\buserid=)["']?[\w$#]{1,64}\/(?!<sonae|&lt;sonae)(?<secret>[^\s"'@/]{1,200})@(?:\/\/)?[\w("]/diy,
    masks: [
      {
        text: 'url=jdbc:oracle:thin:scott/tiger1@//db:1521/X',
        masked: 'url=jdbc:oracle:thin:scott/*@//db:1521/X',
      },
      { text: 'CONNECT scott/tiger1@orcl', masked: 'CONNECT scott/*@orcl' },
    ],
    keeps: ['jdbc:oracle:thin:@//db:1521/X', 'connect to a/b failed', 'connect / as sysdba'],
  },
  {
    kind: 'line',
    name: 'routing-password',
    reason: 'Passwords and keys of routing protocols (FRR, Quagga, switches).',
    anchors: [
      'neighbor ',
      'message-digest-key',
      'isis password',
      'enable password',
      'enable secret',
      'authentication string',
      'area-password',
      'domain-password',
    ],
    pattern:
      /[ \t]*(?:neighbor[ \t]+\S{1,64}[ \t]+password[ \t]+|(?:ip|ipv6)[ \t]+ospf[ \t]+message-digest-key[ \t]+\d+[ \t]+md5[ \t]+|isis[ \t]+password[ \t]+(?:clear|md5)[ \t]+|enable[ \t]+(?:password|secret)[ \t]+(?:level[ \t]+\d+[ \t]+)?|(?:ip[ \t]+rip[ \t]+)?authentication[ \t]+string[ \t]+|(?:area|domain)-password[ \t]+(?:clear|md5)[ \t]+)(?:\d[ \t]+)?(?!<sonae|\d[ \t]+<sonae|authentication\b|encryption\b)(?<secret>\S{1,200})/diy,
    masks: [
      { text: ' neighbor 192.0.2.1 password s3cret', masked: ' neighbor 192.0.2.1 password *' },
      {
        text: ' ip ospf message-digest-key 1 md5 s3cret',
        masked: ' ip ospf message-digest-key 1 md5 *',
      },
      { text: 'enable password 8 s3cret', masked: 'enable password 8 *' },
      { text: ' isis password clear s3cret', masked: ' isis password clear *' },
    ],
    keeps: [' neighbor 192.0.2.1 remote-as 65001', 'enable password authentication in sshd'],
  },
  {
    kind: 'line',
    name: 'proxy-login',
    reason: 'login=user:password of squid, static:user:password of postfix and dovecot.',
    anchors: ['cache_peer ', 'static:'],
    pattern:
      /[^\n]{0,300}?(?:\bcache_peer[ \t][^\n]{1,300}?\blogin=[^\s:]{1,64}:|[= \t]static:[^\s:]{1,64}:)(?!<sonae|&lt;sonae)(?<secret>[^\s,]{1,200})/diy,
    masks: [
      {
        text: 'cache_peer p parent 3128 0 login=bob:s3cret',
        masked: 'cache_peer p parent 3128 0 login=bob:*',
      },
      {
        text: 'smtp_sasl_password_maps = static:bob:s3cret',
        masked: 'smtp_sasl_password_maps = static:bob:*',
      },
    ],
    keeps: ['cache_peer p parent 3128 0 login=PASS', 'linkmode static: yes'],
  },
  {
    kind: 'line',
    name: 'private-key-passphrase',
    reason: 'The pass phrase behind the name of a private key in ipsec.secrets.',
    // The mark that opens the pass phrase, behind the name of a file.
    anchors: ['.key "', '.pem "', '.der "', '.p12 "', '.pfx "'],
    pattern:
      /[%@\w*. \t-]{0,80}(?<![\w])[ \t]*:[ \t]*(?:RSA|ECDSA|P12|PKCS8|PKCS12)[ \t]+\S{1,200}[ \t]+["'](?!<sonae|&lt;sonae)(?<secret>[^"'\n]{1,200})/diy,
    masks: [{ text: ': RSA host.key "s3cret phrase"', masked: ': RSA host.key "*"' }],
    keeps: [': RSA host.key', 'key type: RSA 2048 "x509"'],
  },
  {
    kind: 'line',
    name: 'sql-account-password',
    reason: 'Password of a database account in a statement, without quotes or in a function.',
    anchors: ['identified by ', "password('", 'password("'],
    pattern:
      /[^\n]{0,2000}?(?:\bidentified[ \t]+by[ \t]+(?!password\b|values\b|externally\b|globally\b|random\b|its\b|the\b|an?\b)(?=\S{0,200}(?:;|[ \t]*$|[ \t]+(?:default|account|profile|quota|with|replace|require|temporary)\b))|\bpassword\(["'])(?!<sonae|&lt;sonae)(?<secret>[^\s"';)]{1,200})/dimy,
    masks: [
      { text: 'CREATE USER bob IDENTIFIED BY tiger1;', masked: 'CREATE USER bob IDENTIFIED BY *;' },
      {
        text: "SET PASSWORD FOR 'bob' = PASSWORD('s3cret');",
        masked: "SET PASSWORD FOR 'bob' = PASSWORD('*');",
      },
    ],
    keeps: ['the host is identified by its key', 'CREATE USER bob IDENTIFIED BY VALUES x'],
  },
];
