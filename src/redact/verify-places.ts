import type { LeakRule } from './verify-rules.ts';

// What stands behind these is a secret by its place; nothing there names it.
const commands: readonly (readonly [name: string, before: RegExp])[] = [
  ['account', /\buser(?:add|mod)\s[^|\n]{0,200}?-p\s/],
  [
    'mysql',
    /\b(?:mysql\w*|mariadb(?:-\w+)?|xtrabackup)(?=["'\s])[^|;&\n]{0,400}?(?:\s|["'])-p["']?/,
  ],
  [
    'curl',
    /\bcurl\s(?:[^|;&\n]{0,400}?\s)?(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"'<>]{1,64}:(?!\/\/)/,
  ],
  ['httpie', /\bhttps? (?:-\S+ )*-a [\w.-]{1,64}:/],
  ['sshpass', /\bsshpass\s-p ?["']?/],
  ['redis', /\bredis-cli\s[^|\n]{0,200}?-a\s/],
  ['ldap', /\bldap(?:search|modify|add|delete|passwd)\s[^|\n]{0,300}?-w\s/],
  ['ipmi', /\bipmi\w+\s[^|\n]{0,300}?-P\s/],
  ['snmp', /\bsnmp(?:get|walk|bulkwalk|set)\s[^|\n]{0,200}?-[cAX]\s{0,2}/],
  ['board', /\b(?:fence_\w+|racadm|pcs)\s[^|\n]{0,300}?\s-p\s/],
  ['kadmin', /\bkadmin\s[^|\n]{0,200}?\s-w\s/],
  ['database', /\b(?:mongo\w*|cqlsh|sqlcmd|isql|tsql)\s[^|\n]{0,200}?\s-[pP]\s/],
  [
    'oracle',
    /\b(?:sqlplus|impdp|expdp|thin:|conn(?:ect)?)\s?(?:-s\s)?\w{1,40}\/(?=[^\s/@]{1,100}@)/i,
  ],
  ['rabbitmq', /\brabbitmqctl\s(?:add_user|change_password)\s\S+\s/],
  ['htpasswd', /\bhtpasswd\s-\w*b\w*\s\S+\s\S+\s/],
  ['login', /\b(?:docker|podman|helm|az|oc|nerdctl)\s[^|\n]{0,60}?\blogin\s[^|\n]{0,200}?-p\s/],
  ['vault', /\bvault login\s/],
  ['registration', /\bSUSEConnect\s[^|\n]{0,100}?-r\s/i],
  ['openssl', /\bopenssl\s[^|\n]{0,200}?(?:\s-[kK]\s|\spass:)/],
  ['archive', /\b(?:7z\w?|un?rar|rar)\s\w\s-p|\bzip\s[^|\n]{0,100}?-P\s/],
  ['ftp', /\blftp\s[^|\n]{0,100}?-u\s[^\s,]{1,64},|\bncftp\w*\s[^|\n]{0,100}?\s-p\s/],
  ['rdp', /\bxfreerdp\d?\s[^|\n]{0,200}?\/p:/],
  ['smb', /\s-U\s{0,2}[^\s%]{1,64}%/],
  ['virsh', /\bsecret-set-value\s\S+\s/],
  ['iscsiadm', /\bauth\.password(?:_in)?\s-v\s/],
  ['nmcli', /\bnmcli\s[^|\n]{0,200}?\bpassword\s/],
  [
    'here-string',
    /\b(?:\w*passw\w*|join|kinit|cryptsetup)\b[^\n]{0,200}?<<<\s{0,2}["']?(?:\w{1,40}:)?(?!["']?\w{1,40}:)/,
  ],
];

const lines: readonly (readonly [name: string, before: RegExp])[] = [
  ['ups', /^\s*MONITOR\s\S+@\S+\s\d+\s\S+\s/],
  ['iscsi', /^\s*(?:incoming|outgoing)user\s\S+\s|\biscsi:[^\s:@]{1,64}:(?=[^\s@:]{1,100}[:@])/],
  ['wireguard', /^(?:\S+\t)?(?=[\w+/]{43}=\t[\w+/]{43}=\t\d)/],
  [
    'snmpd',
    /^\s*(?:com2sec6?\s\S+\s+\S+\s+|(?:trap2?|inform)sink\s+\S+\s+|createUser\s+\S+\s+\S+\s+"?|snmp-server community\s)/i,
  ],
  [
    'routing',
    /^\s*(?:neighbor\s\S+\spassword\s|ip ospf message-digest-key\s\d+\smd5\s|isis password (?:clear|md5)\s|key-string\s|enable (?:password|secret)\s(?:\d\s)?|username\s\S+\s(?:password|secret)\s(?:\d\s)?)/i,
  ],
  ['haproxy', /^\s*(?:stats auth\s\S+?:|user\s\S+\sinsecure-password\s)/],
  ['netrc', /\blogin\s\S+\spassword\s/],
  ['grub', /^\s*password\s(?!requi|suffi|opt|incl)[\w.-]{1,64}\s(?=\S+\s*$)/],
  ['ftpd', /^\s*SQLConnectInfo\s\S+\s\S+\s/i],
  ['ipsec', /^[^#\n]{0,80}:\s*(?:PSK|EAP|XAUTH|NTLM|(?:RSA|ECDSA|P12)\s(?=\S*[a-z/])\S{1,80})\s"/],
  ['proxy', /\blogin=\w{1,64}:(?!\/)|\sstatic:\w{1,64}:/],
  ['go-dsn', /[=\s]\w{1,64}:(?=[^\s@:/]{1,100}@(?:tcp)?\()/],
  ['mount', /\b(?:user|username)=[^\s,]{1,64},pass(?:word)?=/],
  ['ceph', /^\s*key = (?=[\w+/]{30,}={1,2}$)/],
  [
    'sql',
    /\bidentified\sby\s(?!password|values|its|the|an?\b)(?=\S{1,100};)|\b(?:with|set)\b[^\n]{0,80}?\bpassword\s?[=(]?\s?\(?(?=["'])["']/i,
  ],
  ['sql', /\bidentified\s(?:with\s\S{1,64}\s)?(?:by|as)\s{1,4}["']/i],
  ['credential', /\bSetCredential(?:Encrypted)?=[\w.-]{1,60}:\s?/],
];

// A password that is echoed into what asks for it, and one that an expect script types.
const piped: readonly LeakRule[] = [
  {
    name: 'piped-password',
    pattern:
      /\b(?:echo|printf)\s(?:-\w+\s)?["']?(?:\w{1,40}:)?(?<value>[^\s"'|;&$:]{3,100})["']?\s*\|\s*(?:\/\S+\/)?(?:sudo\s-S|sudo\s+\S*chpasswd|chpasswd|cryptsetup|kinit|su\b|smbpasswd)/g,
  },
  {
    name: 'piped-password',
    pattern: /assword.{0,80}?\bsend\s(?:--\s)?\\?["'](?<value>[^"'\\$]{3,})\\[rn]/g,
  },
];

// -p'a b': quotes may stand in front.
const valueBehind = '["\']?(?<value>[^\\s"\'<>,;@\\0]{2,200})';
const toRule =
  (kind: string) =>
  ([name, before]: readonly [string, RegExp]): LeakRule => ({
    name: `${kind}-${name}`,
    pattern: new RegExp(`(?:${before.source})${valueBehind}`, `g${before.flags}`),
  });

/** Secrets by their place in a command line or in a line of a configuration. */
export const placeRules: readonly LeakRule[] = [
  ...commands.map(toRule('command')),
  ...lines.map(toRule('line')),
  ...piped,
];

/** A line whose secret only the line before it announces. */
export interface FollowingRule {
  readonly name: string;
  readonly before: RegExp;
  readonly pattern: RegExp;
}

/** What may not stand on the line after certain others. */
export const followingRules: readonly FollowingRule[] = [
  {
    name: 'private-key',
    before: /PRIVATE KEY(?: BLOCK)?-{4,5}["']?\s*$/,
    pattern: /(?:^|[\s:|>])(?<value>[A-Za-z0-9+/=]{20,})\s*$/,
  },
  {
    name: 'block-secret',
    before: /(?:passw(?:or)?d|passphrase|secret|token)["']?\s*:\s*[|>][-+]?\s*$/i,
    pattern: /^\s+(?!-----)(?<value>\S.{2,})$/,
  },
  {
    name: 'listed-secret',
    before: /(?:passwords|tokens|secrets|keys)["']?\s*:\s*\[?\s*$/i,
    pattern: /^\s*(?:-\s+["']?|["'])(?<value>[^\s"':]{3,}(?: [^\s"':]+)?)["']?,?\s*$/,
  },
  {
    name: 'next-argument',
    before:
      /["'\s-]--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)["']?,?\s*\\?$/i,
    pattern: /^\s*(?![A-Z]\w+=)(?:-\s+)?["']?(?<value>[^\s"'-][^\s"']{2,})["']?,?\s*\\?$/,
  },
  {
    name: 'named-value',
    before: /name["']?:\s*["']?\w*(?:PASSWORD|SECRET|TOKEN|API_KEY)["']?,?\s*$/i,
    pattern: /^\s*["']?value["']?:\s*["']?(?<value>[^\s"',]{3,})/i,
  },
  {
    name: 'secret-element',
    before: /<(?:[\w-]+:)?(?:password|secret|token|passphrase)>\s*$/i,
    pattern: /^\s*(?<value>[^<>\s]{3,})\s*$/,
  },
  {
    name: 'account-list',
    before: /^\s*list:\s*\|\s*$/,
    pattern: /^\s+[\w.-]{1,40}:(?<value>(?!R$|RANDOM$)\S{3,})$/,
  },
];

/** Files in which every line holds a secret: where in the line. */
export const secretFiles: readonly { readonly path: RegExp; readonly pattern: RegExp }[] = [
  { path: /pgpass/, pattern: /^[^#:]+:[^:]*:[^:]*:[^:]*:(?<value>.{2,})$/ },
  { path: /(?:chap|pap)-secrets/, pattern: /^\s*[^#\s]\S*\s+\S+\s+["']?(?<value>[^\s"']{2,})/ },
  { path: /davfs2?\/secrets/, pattern: /^\s*[^#\s]\S*\s+\S+\s+["']?(?<value>[^\s"']{2,})/ },
  { path: /sasl_passwd|passwd\.client/, pattern: /^[^#\s]\S*\s+[^\s:]+:(?<value>\S{2,})$/ },
  { path: /rsyncd\.secrets|htpasswd|htdigest/, pattern: /^[^#:\s]+:(?:[^:]+:)?(?<value>\S{2,})$/ },
  { path: /ha\.d\/authkeys/, pattern: /^\d+\s+\w+\s+(?<value>\S{2,})$/ },
  { path: /chrony\.?keys|ntp\.?keys/, pattern: /^\d+\s+\w+\s+(?<value>\S{2,})/ },
  { path: /erlang\.cookie|vault_pass|smbcredentials/, pattern: /^(?!\w+=)(?<value>\S{6,})$/ },
  { path: /resource\.cfg/, pattern: /^\$USER\d+\$=(?!\/)(?<value>\S{2,})/ },
  { path: /system-connections\//, pattern: /^pin=(?<value>\d{4,})/ },
];
