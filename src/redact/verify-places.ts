import type { LeakRule } from './leak-rule.ts';

// What stands behind these is a secret by its place; nothing there names it.
type Place = readonly [name: string, needs: string, before: RegExp];

const commands: readonly Place[] = [
  ['account', 'user(?:add|mod)', /\buser(?:add|mod)\s[^|\n]{0,200}?-p\s/],
  [
    'mysql',
    'mysql|mariadb|xtrabackup',
    /\b(?:mysql\w*|mariadb(?:-\w+)?|xtrabackup)(?=["'\s])[^|;&\n]{0,400}?(?:\s|["'])-p["']?/,
  ],
  [
    'curl',
    'curl',
    /\bcurl\s(?:[^|;&\n]{0,400}?\s)?(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"'<>]{1,64}:(?!\/\/)/,
  ],
  ['httpie', 'https? -', /\bhttps? (?:-\S{1,80} ){0,10}-a [\w.-]{1,64}:/],
  ['sshpass', 'sshpass', /\bsshpass\s-p ?["']?/],
  ['redis', 'redis-cli', /\bredis-cli\s[^|\n]{0,200}?-a\s/],
  [
    'ldap',
    'ldap(?:search|modify|add|delete|passwd)',
    /\bldap(?:search|modify|add|delete|passwd)\s[^|\n]{0,300}?-w\s/,
  ],
  ['ipmi', 'ipmi', /\bipmi\w+\s[^|\n]{0,300}?-P\s/],
  [
    'snmp',
    'snmp(?:get|walk|bulkwalk|set)',
    /\bsnmp(?:get|walk|bulkwalk|set)\s[^|\n]{0,200}?-[cAX]\s{0,2}/,
  ],
  ['board', 'fence_|racadm|pcs ', /\b(?:fence_\w+|racadm|pcs)\s[^|\n]{0,300}?\s-p\s/],
  ['kadmin', 'kadmin', /\bkadmin\s[^|\n]{0,200}?\s-w\s/],
  [
    'database',
    'mongo|cqlsh|sqlcmd|isql|tsql',
    /\b(?:mongo\w*|cqlsh|sqlcmd|isql|tsql)\s[^|\n]{0,200}?\s-[pP]\s/,
  ],
  [
    'oracle',
    'sqlplus|impdp|expdp|thin:|conn(?:ect)? ?\\w+\\/',
    /\b(?:sqlplus|impdp|expdp|thin:|conn(?:ect)?)\s?(?:-s\s)?\w{1,40}\/(?=[^\s/@]{1,100}@)/i,
  ],
  ['rabbitmq', 'rabbitmqctl', /\brabbitmqctl\s(?:add_user|change_password)\s\S+\s/],
  ['htpasswd', 'htpasswd', /\bhtpasswd\s-\w*b\w*\s\S+\s\S+\s/],
  [
    'login',
    'login ',
    /\b(?:docker|podman|helm|az|oc|nerdctl)\s[^|\n]{0,60}?\blogin\s[^|\n]{0,200}?-p\s/,
  ],
  ['vault', 'vault login', /\bvault login\s/],
  ['registration', 'suseconnect', /\bSUSEConnect\s[^|\n]{0,100}?-r\s/i],
  ['openssl', 'openssl', /\bopenssl\s[^|\n]{0,200}?(?:\s-[kK]\s|\spass:)/],
  ['archive', '7z\\w? |rar |zip ', /\b(?:7z\w?|un?rar|rar)\s\w\s-p|\bzip\s[^|\n]{0,100}?-P\s/],
  ['ftp', 'lftp|ncftp', /\blftp\s[^|\n]{0,100}?-u\s[^\s,]{1,64},|\bncftp\w*\s[^|\n]{0,100}?\s-p\s/],
  ['rdp', 'freerdp', /\bxfreerdp\d?\s[^|\n]{0,200}?\/p:/],
  ['smb', '-U ?[^ %]+%', /\s-U\s{0,2}[^\s%]{1,64}%/],
  ['virsh', 'secret-set-value', /\bsecret-set-value\s\S+\s/],
  ['iscsiadm', 'auth\\.password', /\bauth\.password(?:_in)?\s-v\s/],
  ['nmcli', 'nmcli', /\bnmcli\s[^|\n]{0,200}?\bpassword\s/],
  [
    'here-string',
    '<<<',
    /\b(?:\w{0,40}passw\w{0,20}|join|kinit|cryptsetup)\b[^\n]{0,200}?<<<\s{0,2}["']?(?:\w{1,40}:)?(?!["']?\w{1,40}:)/,
  ],
];

const services: readonly Place[] = [
  ['redis', 'user \\S+ |sentinel', /\buser\s\S+\s(?:on|off)\s[>#](?=\S{4})|\bauth-pass\s\S+\s/i],
  [
    'erlang',
    '<<"|(?:pass|word|secret),',
    /\b(?:\w*pass(?:word)?|secret),\s?(?:<<)?"(?=[^"]+"(?:>>)?\})/,
  ],
  ['vault', 'unseal key|recovery key', /\b(?:unseal|recovery) key(?:\s\d+)?:\s(?=[\w+/=]{40})/i],
  ['gossip', 'encrypt', /\bencrypt["']?(?:\s?[=:]\s?|\s)"?(?=[\w+/]{22}(?:[\w+/]{21})?=)/],
  ['jaas', 'user_', /(?:LoginModule\s.{0,200}\s|^\s+)user_\w+="/],
  ['netplan', 'private: |shared: ', /\b(?:private|shared): (?=[\w+/]{43}=)/],
  ['jwk', '"(?:d|p|q|dp|dq|qi|k)"', /"(?:d|p|q|dp|dq|qi|k)": ?"(?=[\w-]{0,200}[A-Z])(?=[\w-]{40})/],
  ['elastic', 'cloud\\.auth', /\bcloud\.auth[:=] ?"?\w+:/],
  ['nvme', 'DHHC-1', /\bDHHC-1:\d+:(?=[\w+/=]{40})/],
  [
    'installer',
    'rootpw|sshpw|password|passphrase',
    /^\s*(?:rootpw\s--plaintext\s|sshpw\s--\S+\s|\S+\s\S+\/\S*(?:password|passphrase)\S*\s(?:password|string)\s)/,
  ],
  [
    'device',
    'authentication-key|isakmp|-server|ascii-text|chap pass|cleartext|= des',
    /\b(?:authentication-key|isakmp key|(?:radius|tacacs)-server\s(?:host\s\S+\s)?key(?:\s7)?|ascii-text|chap password(?:\s7)?|= (?:cleartext|des))\s(?=\S{4,}\s*(?:$|;|address))/,
  ],
  ['usm', 'usmuser', /\busmUser\s.{1,300}\.10\.1\.[12]\.\d\s"?0x(?=[0-9a-f]{8})/],
  ['check', 'authorization:\\\\', /authorization:\\ \w+\\ /i],
  ['encoded-url', '%3a%2f%2f', /%3A%2F%2F\w+%3A(?=[^%\s]{3,100}%40)/i],
  [
    'position',
    'ipmitool|mysqladmin|configure|npm config|addprinc|pppd|setcookie|db2',
    /\bipmitool\s(?:user set password\s\d+|lan set\s\d+\spassword)\s|\bmysqladmin\s[^|\n]{0,100}?\bpassword\s|\bset\s(?:aws_secret_access_key|\S*_authToken)\s|\baddprinc\s-pw\s|\bpppd\s[^|\n]{0,100}?\spassword\s|-setcookie\s|\bdb2 connect\s[^|\n]{0,80}?\susing\s/,
  ],
  ['pair', 'etcdctl|curl -E', /\betcdctl\s--user[ =]\w+:|\bcurl\s-E\s[^\s:]+:/],
  [
    'first',
    'password (?:is|set|has)',
    /\bpassword (?:is generated for \S+: |(?:is|set to|has been set to):? "?(?=[^\s"',;:()/]*\d)(?=[^\s"',;:()/]{6,}\.?$))/,
  ],
  ['rsyslog', 'om(?:my|pg)sql:| >\\S+,', /(?::om\w+sql:| >)[\w.]+,\w+,\w+,/],
  [
    'setting-word',
    'setenv|env |header|_param',
    /^\s*(?:setenv|env|(?:request)?header set|fastcgi_param|proxy_set_header)\s[\w-]*(?:passw\w*|token|secret|key)\s/i,
  ],
  [
    'alert',
    '(?:service|routing)_key',
    /\b(?:service|routing)_key["']?\s?[:=]\s?["']?(?=[A-Za-z0-9]{32}\b)/,
  ],
  ['galera', 'wsrep_sst_auth', /\bwsrep_sst_auth\s?=\s?"?\w+:/],
  ['registry', 'auth = "', /\bauth = "(?=[\w+/]+={1,2}")/],
  ['wildfly', 'clear-text=', /\bclear-text="/],
  ['squid', '_ldap', /\b\w+_ldap\w*\s[^|\n]{0,200}?\s-w\s/],
  ['bearer', 'oauth2', /--oauth2-bearer\s/],
  [
    'probe',
    'check_|mosquitto|(?:trap|inform)sess|wmic|winexe',
    /\b(?:check_(?:mysql|pgsql|oracle|mssql)\s[^|\n]{0,100}?-p|(?:mosquitto_\w+|check_ldap|check_smtp)\s[^|\n]{0,100}?-P|check_snmp\s[^|\n]{0,100}?-C|(?:trap|inform)sess\s[^|\n]{0,100}?-[AX])\s|\b(?:wmic|winexe)\s-U\s[^\s%]+%/,
  ],
];

const lines: readonly Place[] = [
  ['ups', 'monitor \\S+@', /^\s*MONITOR\s\S+@\S+\s\d+\s\S+\s/],
  [
    'iscsi',
    '(?:incoming|outgoing)user|iscsi:',
    /^\s*(?:incoming|outgoing)user\s\S+\s|\biscsi:[^\s:@]{1,64}:(?=[^\s@:]{1,100}[:@])/,
  ],
  ['wireguard', '=\\t\\d', /^(?:\S+\t)?(?=[\w+/]{43}=\t[\w+/]{43}=\t\d)/],
  [
    'snmpd',
    'com2sec|(?:trap2?|inform)sink|createuser|snmp-server',
    /^\s*(?:com2sec6?\s(?:-Cn\s+\S+\s+|(?!-Cn))\S+\s+\S+\s+|(?:trap2?|inform)sink\s+\S+\s+|createUser\s+(?:-e\s+\S+\s+|(?!-e))\S+\s+\S+\s+"?|snmp-server community\s)/i,
  ],
  [
    'routing',
    'neighbor|message-digest-key|isis password|key-string|enable (?:password|secret)|username ',
    /^\s*(?:neighbor\s\S+\spassword\s|ip ospf message-digest-key\s\d+\smd5\s|isis password (?:clear|md5)\s|key-string\s|enable (?:password|secret)\s(?:\d\s)?|username\s\S+\s(?:password|secret)\s(?:\d\s)?)/i,
  ],
  [
    'haproxy',
    'stats auth|insecure-password',
    /^\s*(?:stats auth\s\S+?:|user\s\S+\sinsecure-password\s)/,
  ],
  ['netrc', 'login \\S+ password', /\blogin\s\S+\spassword\s/],
  ['grub', 'password ', /^\s*password\s(?!requi|suffi|opt|incl)[\w.-]{1,64}\s(?=\S+\s*$)/],
  ['ftpd', 'sqlconnectinfo', /^\s*SQLConnectInfo\s\S+\s\S+\s/i],
  [
    'ipsec',
    ': *(?:psk|eap|xauth|ntlm|rsa|ecdsa|p12) ',
    /^[^#\n]{0,80}:\s*(?:PSK|EAP|XAUTH|NTLM|(?:RSA|ECDSA|P12)\s(?=\S*[a-z/])\S{1,80})\s"/,
  ],
  ['proxy', 'login=|static:', /\blogin=\w{1,64}:(?!\/)|\sstatic:\w{1,64}:/],
  ['go-dsn', '@(?:tcp)?\\(', /[=\s]\w{1,64}:(?=[^\s@:/]{1,100}@(?:tcp)?\()/],
  ['mount', 'user(?:name)?=', /\b(?:user|username)=[^\s,]{1,64},pass(?:word)?=/],
  ['ceph', 'key = ', /^\s*key = (?=[\w+/]{30,}={1,2}$)/],
  [
    'sql',
    'identified|password',
    /\bidentified\sby\s(?!password|values|its|the|an?\b)(?=\S{1,100};)|\b(?:with|set)\b[^\n]{0,80}?\bpassword\s?[=(]?\s?\(?(?=["'])["']/i,
  ],
  ['sql', 'identified|password', /\bidentified\s(?:with\s\S{1,64}\s)?(?:by|as)\s{1,4}["']/i],
  ['credential', 'setcredential', /\bSetCredential(?:Encrypted)?=[\w.-]{1,60}:\s?/],
];

// A password that is echoed into what asks for it, and one that an expect script types.
const piped: readonly LeakRule[] = [
  {
    name: 'piped-password',
    needs: '\\| ?(?:\\/\\S*\\/)?(?:sudo|chpasswd|cryptsetup|kinit|su\\b|smbpasswd)',
    pattern:
      /\b(?:echo|printf)\s(?:-\w+\s)?["']?(?:\w{1,40}:)?(?<value>[^\s"'|;&$:]{3,100})["']?\s*\|\s*(?:\/\S+\/)?(?:sudo\s-S|sudo\s+\S*chpasswd|chpasswd|cryptsetup|kinit|su\b|smbpasswd)/g,
  },
  {
    name: 'piped-password',
    needs: 'assword',
    pattern: /assword.{0,80}?\bsend\s(?:--\s)?\\?["'](?<value>[^"'\\$]{3,})\\[rn]/g,
  },
];

// -p'a b': quotes may stand in front.
const valueBehind = '["\']?(?<value>[^\\s"\'<>,;@\\0]{2,200})';
const toRule =
  (kind: string) =>
  ([name, needs, before]: Place): LeakRule => ({
    name: `${kind}-${name}`,
    needs,
    pattern: new RegExp(`(?:${before.source})${valueBehind}`, `g${before.flags}`),
  });

/** Secrets by their place in a command line or in a line of a configuration. */
export const placeRules: readonly LeakRule[] = [
  ...commands.map(toRule('command')),
  ...services.map(toRule('service')),
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
    name: 'secret-below',
    before:
      /^\s*["']?[\w.-]{0,40}(?:password|passphrase|secret|token|api_?key)["']?\s*(?::|=\\)\s*$/i,
    pattern: /^\s*(?<value>[\w!@#$%^&*+=~-]{4,100})\s*$/,
  },
  {
    name: 'next-argument',
    // A list, or a line that goes on.
    before:
      /["']--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)["'],?\s*$|(?:^\s*-\s+|\s)--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)\s*\\$|^\s*-\s+--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)\s*$/i,
    pattern: /^\s*(?![A-Z]\w+=)(?:-\s+)?["']?(?<value>[^\s"'-][^\s"']{2,})["']?,?\s*\\?$/,
  },
  {
    name: 'named-value',
    before: /name["']?:\s*["']?\w*(?:PASSWORD|SECRET|TOKEN|API_KEY)["']?,?\s*$/i,
    pattern: /^\s*["']?value["']?:\s*["']?(?<value>[^\s"',]{3,})/i,
  },
  {
    name: 'secret-element',
    before: /<(?:[\w-]+:)?(?:password|secret|token|passphrase|auth-user-pass)>\s*$/i,
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
  {
    path: /(?:chap|pap|l2tp)-secrets/,
    pattern: /^\s*(?:"[^"]+"|[^#"\s]\S*)\s+(?:"[^"]+"|\S+)\s+["']?(?<value>[^\s"']{2,})/,
  },
  { path: /davfs2?\/secrets/, pattern: /^\s*[^#\s]\S*\s+\S+\s+["']?(?<value>[^\s"']{2,})/ },
  { path: /sasl_passwd|passwd\.client/, pattern: /^[^#\s]\S*\s+[^\s:]+:(?<value>\S{2,})$/ },
  { path: /rsyncd\.secrets|htpasswd|htdigest/, pattern: /^[^#:\s]+:(?:[^:]+:)?(?<value>\S{2,})$/ },
  { path: /ha\.d\/authkeys/, pattern: /^\d+\s+\w+\s+(?<value>\S{2,})$/ },
  { path: /chrony\.?keys|ntp\.?keys/, pattern: /^\d+\s+\w+\s+(?<value>\S{2,})/ },
  { path: /erlang\.cookie|vault_pass|smbcredentials/, pattern: /^(?!\w+=)(?<value>\S{6,})$/ },
  { path: /resource\.cfg/, pattern: /^\$USER\d+\$=(?!\/)(?<value>\S{2,})/ },
  { path: /(?:ldap|nslcd)\.secret$/, pattern: /^(?!#|<sonae)(?<value>.{2,})$/ },
  { path: /(?:racoon|stunnel)\/\S*psk/, pattern: /^[^#\s]+(?:\s+|:)(?<value>[^\s:]{4,})$/ },
  { path: /passwd-s3fs/, pattern: /^[^#\s]+:(?<value>[^\s:]{2,})$/ },
  {
    path: /curlrc/,
    pattern: /^[\s-]*(?:proxy-)?(?:user|u)\b[\s=:]+["']?[^\s:]+:(?<value>[^"']{2,})/,
  },
  { path: /ipsec\S*secrets/, pattern: /:\s*(?:PSK|NTLM|PIN\s+\S+)\s+(?!%)(?<value>[^\s"]{2,})/ },
  { path: /tokens?\.csv/, pattern: /^(?<value>[^,#\s]{8,}),/ },
  { path: /debconf\/passwords/, pattern: /^Value:\s+(?<value>\S.{1,})$/ },
  { path: /jaas/, pattern: /^\s+user_\w+\s*=\s*"(?<value>[^"]{2,})"/ },
  { path: /pgbouncer|userlist\.txt/, pattern: /^"[^"]+"\s+"(?<value>[^"]{2,})"/ },
  { path: /pam_radius|raddb\/server|radiusclient/, pattern: /^[^#\s]+\s+(?<value>[^#\s]{2,})/ },
  { path: /ossec\/etc\/client\.keys/, pattern: /^\d+\s\S+\s\S+\s(?<value>\S{8,})/ },
  { path: /system-connections\//, pattern: /^pin=(?<value>\d{4,})/ },
];
