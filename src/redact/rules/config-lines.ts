import type { LineRule } from '../rule.ts';

/** Lines in which the secret is known by its place. */
export const lineRules: readonly LineRule[] = [
  {
    kind: 'line',
    name: 'snmp-community',
    reason: 'com2sec, trap sinks and users of snmpd.conf and switches.',
    anchors: ['com2sec', 'trapsink', 'trap2sink', 'informsink', 'createuser', 'snmp-server'],
    pattern:
      /[ \t]*(?:com2sec6?[ \t]+(?:-Cn[ \t]+\S+[ \t]+)?\S+[ \t]+\S+[ \t]+|(?:trap|trap2|inform)sink[ \t]+\S+[ \t]+|snmp-server[ \t]+community[ \t]+|createUser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S+[ \t]+\S+[ \t]+)["']?(?<secret>(?<=")[^"\n]{1,200}(?=")|[^\s"']{1,200})["']?(?:[ \t]+\S+[ \t]+["']?(?<also>(?<=")[^"\n]{1,200}(?=")|[^\s"']{1,200}))?/diy,
    masks: [
      { text: 'com2sec local 127.0.0.1/32 s3cretcomm', masked: 'com2sec local 127.0.0.1/32 *' },
      { text: 'trap2sink 192.0.2.1 s3cretcomm', masked: 'trap2sink 192.0.2.1 *' },
      {
        text: 'createUser bob SHA "authpw12" AES "privpw12"',
        masked: 'createUser bob SHA "*" AES "*"',
      },
      { text: 'snmp-server community s3cret RO', masked: 'snmp-server community * RO' },
    ],
    keeps: ['trapsink', 'com2sec local default'],
  },
  {
    kind: 'line',
    name: 'rocommunity',
    reason: 'Communities of snmpd.conf.',
    anchors: ['rocommunity', 'rwcommunity', 'trapcommunity', 'authcommunity'],
    pattern:
      /[ \t]*(?:ro|rw|trap)community6?[ \t]+["']?(?<secret>[^\s"']{1,200})|[ \t]*authcommunity[ \t]+\S+[ \t]+["']?(?<also>[^\s"']{1,200})/diy,
    masks: [
      {
        text: 'rocommunity s3cretcomm 10.0.0.0/8 -V all',
        masked: 'rocommunity * 10.0.0.0/8 -V all',
      },
    ],
    keeps: ['# rocommunity is read-only'],
  },
  {
    kind: 'line',
    name: 'ups-monitor-password',
    reason: 'MONITOR of upsmon.conf.',
    anchors: ['monitor '],
    pattern:
      /[ \t]*MONITOR[ \t]+\S+@\S+[ \t]+\d+[ \t]+\S+[ \t]+(?<secret>\S{1,200})[ \t]+(?:master|slave|primary|secondary)/diy,
    masks: [
      {
        text: 'MONITOR ups@localhost 1 upsmon s3cret master',
        masked: 'MONITOR ups@localhost 1 upsmon * master',
      },
    ],
    keeps: ['MONITOR ups@localhost 1'],
  },
  {
    kind: 'line',
    name: 'proftpd-sql-password',
    reason: 'SQLConnectInfo database user password.',
    anchors: ['sqlconnectinfo', 'dbdparams'],
    pattern: /[ \t]*SQLConnectInfo[ \t]+\S+[ \t]+\S+[ \t]+(?<secret>\S{1,200})/diy,
    masks: [
      {
        text: 'SQLConnectInfo ftp@localhost ftpuser s3cret',
        masked: 'SQLConnectInfo ftp@localhost ftpuser *',
      },
    ],
    keeps: ['SQLConnectInfo ftp@localhost'],
  },
  {
    kind: 'line',
    name: 'iscsi-target-user',
    reason: 'incominguser and outgoinguser of iSCSI targets.',
    anchors: ['incominguser', 'outgoinguser'],
    pattern: /[ \t]*(?:incoming|outgoing)user[ \t]+\S+[ \t]+(?<secret>\S{1,200})/diy,
    masks: [{ text: '    incominguser bob s3cretchap12', masked: '    incominguser bob *' }],
    keeps: ['incominguser'],
  },
  {
    kind: 'line',
    name: 'ipsec-state-key',
    reason: 'Keys of live IPsec connections (`ip xfrm state`).',
    anchors: ['auth-trunc ', '\tauth ', '\tenc ', '\taead ', ' aead ', ' enc '],
    pattern:
      /[ \t]*(?:auth-trunc|auth|enc|aead)[ \t]+\S{1,60}[ \t]+(?<secret>0x[0-9a-f]{16,600})/diy,
    masks: [
      { text: '\tenc cbc(aes) 0x0123456789abcdef0123456789abcdef', masked: '\tenc cbc(aes) *' },
      {
        text: '\tauth-trunc hmac(sha256) 0x0123456789abcdef0123456789abcdef 128',
        masked: '\tauth-trunc hmac(sha256) * 128',
      },
    ],
    keeps: ['\tauth ok'],
  },
  {
    kind: 'line',
    name: 'dm-crypt-key',
    reason: 'Master key of an encrypted volume (`dmsetup table --showkeys`).',
    anchors: [' crypt '],
    pattern: /(?:[\w.+-]{1,128}: )?\d+ \d+ crypt \S{1,60} (?<secret>(?!0{32})[0-9a-f]{32,256}) /diy,
    masks: [
      {
        text: 'luks: 0 1000 crypt aes-xts-plain64 0123456789abcdef0123456789abcdef 0 8:1 4096',
        masked: 'luks: 0 1000 crypt aes-xts-plain64 * 0 8:1 4096',
      },
    ],
    keeps: [
      'luks: 0 1000 crypt aes-xts-plain64 :64:logon:cryptsetup:uuid-d0 0 8:1 4096',
      'luks: 0 1000 crypt aes-xts-plain64 00000000000000000000000000000000 0 8:1 4096',
    ],
  },
  {
    kind: 'line',
    name: 'wireguard-key',
    reason: 'Private and pre-shared keys in `wg show all dump`.',
    // The last character of 32 bytes in base64.
    anchors: [...'aeimquycgkosw048'].map((last) => `${last}=\t`),
    pattern:
      /(?:[\w.-]{1,16}\t)?(?<secret>[A-Za-z0-9+/]{43}=)\t[A-Za-z0-9+/]{43}=\t\d+\t|(?:[\w.-]{1,16}\t)?[A-Za-z0-9+/]{43}=\t(?<also>[A-Za-z0-9+/]{43}=)\t\S+:\d+\t/diy,
    masks: [
      {
        text: `wg0\t${'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='}\t${'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='}\t51820\toff`,
        masked: `wg0\t*\t${'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='}\t51820\toff`,
      },
    ],
    keeps: ['wg0\toff\t0'],
  },
  {
    kind: 'line',
    name: 'piped-password',
    reason: 'A password written into a script and piped to what asks for it.',
    anchors: ['echo ', 'printf '],
    pattern:
      /[^\n]{0,2000}?\b(?:echo|printf)[ \t]+(?:-[neE]+[ \t]+)?(?:["']%s(?:\\n)?["'][ \t]+)?["']?(?:[\w.-]{1,40}:)?(?<secret>(?<=["'])[^"'\n$|:<]{1,200}(?=["'])|[^\s"'|;&$:]{1,200})["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?(?:\/\S{0,40}\/)?(?:chpasswd|passwd[ \t]+--stdin|passwd\b|sudo[ \t]+-S|-S\b|cryptsetup|smbpasswd|kinit|docker[ \t]+login|podman[ \t]+login|su\b)/diy,
    masks: [
      { text: 'echo hunter2 | sudo -S reboot', masked: 'echo * | sudo -S reboot' },
      { text: 'echo "open sesame" | sudo -S ls', masked: 'echo "*" | sudo -S ls' },
      { text: "echo 'root:hunter2' | chpasswd", masked: "echo 'root:*' | chpasswd" },
      {
        text: 'echo -n s3cret | cryptsetup luksOpen /dev/sdb x',
        masked: 'echo -n * | cryptsetup luksOpen /dev/sdb x',
      },
    ],
    keeps: ['echo done | tee log', 'echo "$PW" | chpasswd'],
  },
  {
    kind: 'line',
    name: 'command-password-argument',
    reason: 'Commands that take the password by position.',
    anchors: [
      'rabbitmqctl',
      'htpasswd',
      'sqlplus',
      'expdp',
      'impdp',
      'rman',
      'wpa_passphrase',
      'nmcli',
      'secret-set-value',
      'vault login',
      'auth.password',
    ],
    pattern:
      /[^\n]{0,2000}?\b(?:rabbitmqctl[ \t]+(?:add_user|change_password|authenticate_user)[ \t]+\S+[ \t]+|htpasswd[ \t]+-[a-zA-Z]*b[a-zA-Z]*[ \t]+(?:-\S+[ \t]+)*(?:\S+[ \t]+)?\S+[ \t]+|(?:sqlplus|expdp|impdp|rman[ \t]+target)[ \t]+(?:-\S+[ \t]+)*(?:\\?["'])?[\w$#]+\/|wpa_passphrase[ \t]+\S+[ \t]+|nmcli[ \t][^\n]{0,200}?\b(?:password|wifi-sec\.psk|802-11-wireless-security\.psk)[ \t]+|secret-set-value[ \t]+\S+[ \t]+|vault[ \t]+login[ \t]+|auth\.password(?:_in)?[ \t]+-v[ \t]+)["']?(?<secret>[^\s"'@-][^\s"'@]{0,200})/diy,
    masks: [
      { text: 'rabbitmqctl add_user bob s3cret', masked: 'rabbitmqctl add_user bob *' },
      {
        text: 'htpasswd -bc /etc/x.htpasswd bob s3cret',
        masked: 'htpasswd -bc /etc/x.htpasswd bob *',
      },
      {
        text: 'su - oracle -c "sqlplus -s system/manager1@ORCL @x.sql"',
        masked: 'su - oracle -c "sqlplus -s system/*@ORCL @x.sql"',
      },
      {
        text: 'nmcli dev wifi connect Office password s3cretwifi',
        masked: 'nmcli dev wifi connect Office password *',
      },
      {
        text: 'iscsiadm -m node -o update -n node.session.auth.password -v s3cretchap',
        masked: 'iscsiadm -m node -o update -n node.session.auth.password -v *',
      },
    ],
    keeps: ['rabbitmqctl status', 'sqlplus / as sysdba', 'nmcli dev show'],
  },
  {
    kind: 'line',
    name: 'keyed-protocol-secret',
    reason: 'ipsec.secrets, FreeRADIUS users, netrc, haproxy, ceph and cisco lines.',
    anchors: [
      'eap',
      'xauth',
      'ntlm',
      'cleartext-password',
      'login ',
      'stats auth',
      'insecure-password',
      'key-string',
    ],
    pattern:
      /[^\n]{0,300}?(?:[:%@\w*.-]+[ \t]*:[ \t]*(?:EAP|XAUTH|NTLM|PSK)[ \t]+["']|Cleartext-Password[ \t]*:?=[ \t]*["']|\blogin[ \t]+\S+[ \t]+password[ \t]+|\bstats[ \t]+auth[ \t]+[^\s:]+:|\binsecure-password[ \t]+|\bkey-string[ \t]+(?:\d[ \t]+)?)(?<secret>[^\s"']{1,200})/diy,
    masks: [
      { text: 'bob : EAP "s3cret"', masked: 'bob : EAP "*"' },
      { text: 'bob Cleartext-Password := "s3cret"', masked: 'bob Cleartext-Password := "*"' },
      { text: 'machine h login bob password s3cret', masked: 'machine h login bob password *' },
      { text: '  stats auth admin:s3cret', masked: '  stats auth admin:*' },
      { text: '  user bob insecure-password s3cret', masked: '  user bob insecure-password *' },
    ],
    keeps: ['heap size', 'last login Mon Nov 23', 'login shell'],
  },
  {
    kind: 'line',
    name: 'samba-hash',
    reason: 'LM and NT hashes of an smbpasswd file are as good as the password itself.',
    anchors: [':lct-'],
    pattern: /[^:\n]{1,64}:\d+:(?<secret>[0-9A-FX]{32}:[0-9A-F]{32}):\[/diy,
    masks: [
      {
        text: `bob:1000:${'X'.repeat(32)}:8846F7EAEE8FB117AD06BDD830B7586C:[U          ]:LCT-4B9D:`,
        masked: 'bob:1000:*:[U          ]:LCT-4B9D:',
      },
    ],
    keeps: ['x:LCT-1'],
  },
  {
    kind: 'line',
    name: 'connection-string-password',
    reason:
      'user:password@ without a scheme: Go data source names, netroot=iscsi: of the kernel command line.',
    anchors: ['@(l', '@(d', '@(1', '@(h', '@tcp(', '@unix(', 'iscsi:'],
    pattern:
      /[^\n]{0,2000}?(?:iscsi:[^\s:@]{1,100}:(?<secret>[^\s@:<]{1,200})(?::[^\s:@]{0,100}){0,2}@|[\w.-]{1,64}:(?<also>[^\s@:"'/<>]{1,200})@(?:tcp|udp|unix)?\()/diy,
    masks: [
      { text: 'dsn exporter:pw123@(localhost:3306)/', masked: 'dsn exporter:*@(localhost:3306)/' },
      { text: 'x=bob:pw@tcp(db:3306)/app', masked: 'x=bob:*@tcp(db:3306)/app' },
      {
        text: 'netroot=iscsi:bob:chap12@10.0.0.1::3260:1:iqn.x',
        masked: 'netroot=iscsi:bob:*@10.0.0.1::3260:1:iqn.x',
      },
    ],
    keeps: ['netroot=iscsi:@10.0.0.1::3260:1:iqn.x', 'scsi host0: iscsi: ok', 'mail root@(none)'],
  },
  {
    kind: 'line',
    name: 'switch-user-password',
    reason: 'Accounts of network equipment.',
    anchors: ['username '],
    pattern:
      /[ \t]*username[ \t]+\S{1,64}[ \t]+(?:privilege[ \t]+\d+[ \t]+)?(?:password|secret)[ \t]+(?:\d[ \t]+)?(?<secret>\S{1,200})/diy,
    masks: [
      { text: 'username admin password 7 0822455D0A16', masked: 'username admin password 7 *' },
    ],
    keeps: ['username admin nopassword'],
  },
];
