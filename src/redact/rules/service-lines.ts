import type { LineRule, ShapeRule } from '../rule.ts';

/** Secrets as single services write them, known by a mark of that service. */
export const serviceLineRules: readonly (LineRule | ShapeRule)[] = [
  {
    kind: 'line',
    name: 'redis-user',
    reason: 'Passwords (>) and their unsalted hashes (#) of the access lists of Redis and Valkey.',
    // Not 'user ' itself: every third line of a log has it, and pays for the pattern.
    anchors: [
      'setuser ',
      'on >',
      'off >',
      'on #',
      'off #',
      ' ~*',
      ' &*',
      ' +@',
      ' -@',
      'allkeys',
      'allcommands',
      'resetkeys',
    ],
    pattern:
      /(?:[^\n]{0,300}?\bACL[ \t]+SETUSER|[ \t]*user)[ \t]+\S{1,100}(?=[^\n]{0,300}[ \t](?:on|off)(?![^\s"']))[ \t]+[^\n]{0,300}?(?:(?<![^\s"'])>(?<secret>[^\s"']{1,200})|(?<![^\s"'])#(?<also>[0-9a-f]{64}))/diy,
    masks: [
      { text: 'user default on >s3cret ~* &* +@all', masked: 'user default on >* ~* &* +@all' },
      {
        text: `user bob off #${'2d9c7527'.repeat(8)} ~*`,
        masked: 'user bob off #* ~*',
      },
      { text: 'redis-cli ACL SETUSER bob on >s3cret', masked: 'redis-cli ACL SETUSER bob on >*' },
    ],
    keeps: ['user default on nopass ~* +@all', 'user bob on > log', 'user  nginx; # on all hosts'],
  },
  {
    kind: 'line',
    name: 'redis-sentinel-password',
    reason: 'sentinel auth-pass NAME PASSWORD.',
    anchors: ['auth-pass '],
    pattern: /[ \t]*sentinel[ \t]+auth-pass[ \t]+\S{1,100}[ \t]+["']?(?<secret>[^\s"']{1,200})/diy,
    masks: [
      { text: 'sentinel auth-pass mymaster s3cret', masked: 'sentinel auth-pass mymaster *' },
    ],
    keeps: ['sentinel auth-user mymaster bob', 'sentinel auth-pass mymaster'],
  },
  {
    kind: 'shape',
    name: 'erlang-term-password',
    reason: 'Terms of RabbitMQ, ejabberd and other programs in Erlang.',
    anchors: ['pass,', 'password,', 'secret,'],
    isInside: true,
    pattern: /(?:pass(?:word)?|secret),\s{0,4}(?:<<)?"(?<secret>[^"\n]{1,200})"(?:>>)?\s{0,4}\}/diy,
    masks: [
      { text: '{default_pass, <<"s3cret">>},', masked: '{default_pass, <<"*">>},' },
      { text: '{password, "s3cret"}', masked: '{password, "*"}' },
    ],
    keeps: ['{password, undefined}', 'f(password, "label")'],
  },
  {
    kind: 'shape',
    name: 'vault-unseal-key',
    reason: 'Some of these together open everything that a Vault holds.',
    anchors: ['unseal key', 'recovery key'],
    pattern: /(?:unseal|recovery) key(?: \d{1,2})?: (?<secret>[A-Za-z0-9+/=]{40,200})/diy,
    masks: [
      {
        text: 'Unseal Key 1: WkvVoSVtG0b7d0bqIDn5bqmxmvdqDZ2CKfXvZ1lEIN8r',
        masked: 'Unseal Key 1: *',
      },
    ],
    keeps: ['Unseal Key (will be hidden):', 'Unseal Key 1: not entered'],
  },
  {
    kind: 'shape',
    name: 'gossip-key',
    reason: 'What Consul, Nomad and Serf encrypt their gossip with; whoever has it can join.',
    anchors: ['encrypt'],
    pattern:
      /encrypt(?:_key)?\\?["']?\s{0,4}[:=]?\s{0,4}\\?["']?(?<secret>[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{43}=)(?![\w+/=])/dy,
    masks: [
      {
        text: 'encrypt = "qDOPBEr+/oUVeOFQOnVypxwDaHzLrD+lvjo5vCEBbZ0="',
        masked: 'encrypt = "*"',
      },
      { text: 'consul agent -encrypt cg8StVXbQJ0gPvMd9o7yrg==', masked: 'consul agent -encrypt *' },
    ],
    keeps: ['encrypt = true', 'encrypt: aes-256-gcm'],
  },
  {
    kind: 'line',
    name: 'jaas-user',
    reason: 'Users of the login modules of Kafka and ZooKeeper: user_NAME="password".',
    anchors: ['user_'],
    pattern:
      /[^\n]{0,2000}?LoginModule\b[^\n]{0,400}?[ \t]user_[\w-]{1,60}="(?<secret>[^"\n]{1,200})"/dy,
    masks: [
      {
        text: 'x=a.PlainLoginModule required user_bob="s3cret";',
        masked: 'x=a.PlainLoginModule required user_bob="*";',
      },
    ],
    keeps: ['x=a.PlainLoginModule required username="bob";', 'user_agent="curl"'],
  },
  {
    kind: 'shape',
    name: 'wireguard-yaml-key',
    reason: 'Keys of WireGuard in netplan.',
    anchors: ['private: ', 'shared: '],
    pattern: /(?:private|shared): {1,4}["']?(?<secret>[A-Za-z0-9+/]{43}=)/dy,
    masks: [
      {
        text: '  private: yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=',
        masked: '  private: *',
      },
    ],
    keeps: ['  public: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=', 'private: true'],
  },
  {
    kind: 'shape',
    name: 'json-web-key',
    reason: 'The private numbers of a JSON Web Key; each of them gives the whole key.',
    anchors: ['"d"', '"p"', '"q"', '"dp"', '"dq"', '"qi"', '"k"'],
    isInside: true,
    pattern:
      /"(?:d|p|q|dp|dq|qi|k)"\s{0,2}:\s{0,2}"(?<secret>(?=[^"]{0,300}[A-Z])(?=[^"]{0,300}[g-z])(?=[^"]{0,300}\d)[\w-]{40,3000})"/dy,
    masks: [
      {
        text: '{"kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}',
        masked: '{"kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","d":"*"}',
      },
    ],
    keeps: [
      `{"d":"${'0a1b2c3d'.repeat(8)}"}`,
      '{"k":"a sentence of forty and some more characters 1A"}',
    ],
  },
  {
    kind: 'shape',
    name: 'elastic-cloud-auth',
    reason: 'cloud.auth of the shippers of Elastic: user:password.',
    anchors: ['cloud.auth'],
    pattern: /cloud\.auth\s{0,3}[:=]\s{0,3}["']?[\w.@-]{1,60}:(?<secret>[^\s"']{1,200})/dy,
    masks: [{ text: 'cloud.auth: "elastic:s3cret"', masked: 'cloud.auth: "elastic:*"' }],
    keeps: ['#cloud.auth:', 'cloud.auth: $AUTH'],
  },
  {
    kind: 'shape',
    name: 'nvme-dhchap-secret',
    reason: 'Secret of an NVMe over Fabrics host or controller.',
    anchors: ['DHHC-1:'],
    pattern: /DHHC-1:\d\d:(?<secret>[A-Za-z0-9+/=]{40,120}):/dy,
    masks: [
      {
        text: 'nvme connect -S DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n: x',
        masked: 'nvme connect -S DHHC-1:00:*: x',
      },
    ],
    keeps: ['DHHC-1:00:x:'],
  },
  {
    kind: 'line',
    name: 'installer-password',
    reason: 'Passwords in the answers of kickstart and preseed, which stay on the machine.',
    anchors: ['rootpw ', 'sshpw ', 'password', 'passphrase', 'wireless_w'],
    pattern:
      /[ \t]*(?:(?:rootpw|sshpw)[ \t]+(?:--[\w-]{1,30}(?:=\S{1,100})?[ \t]+){1,4}|[\w.-]{1,60}[ \t]+[\w.-]{1,60}\/[\w./-]{0,80}?(?:password|passphrase|wireless_w(?:ep|pa))[\w-]{0,40}[ \t]+(?:password|string)[ \t]+)["']?(?<secret>[^\s"'-][^\s"']{0,200})/diy,
    masks: [
      { text: 'rootpw --plaintext s3cret', masked: 'rootpw --plaintext *' },
      {
        text: 'sshpw --username=root s3cret --plaintext',
        masked: 'sshpw --username=root * --plaintext',
      },
      {
        text: 'd-i passwd/root-password password s3cret',
        masked: 'd-i passwd/root-password password *',
      },
    ],
    keeps: ['d-i passwd/root-password password', 'd-i mirror/http/proxy string'],
  },
  {
    kind: 'line',
    name: 'network-device-key',
    reason: 'Keys in the configuration of routers, switches and their TACACS servers.',
    anchors: [
      'authentication-key ',
      'isakmp key ',
      'radius-server ',
      'tacacs-server ',
      ' key 7 ',
      'ascii-text ',
      'chap password ',
      'cleartext ',
      '= des ',
    ],
    pattern:
      /[^\n]{0,300}?(?:\bauthentication-key[ \t]+(?:\d{1,5}[ \t]+md5[ \t]+)?|\bisakmp[ \t]+key[ \t]+(?:\d[ \t]+)?|\b(?:tacacs|radius)-server[ \t][^\n]{0,100}?\bkey[ \t]+(?:\d[ \t]+)?|\bpre-shared-key[ \t]+ascii-text[ \t]+|\bchap[ \t]+password[ \t]+(?:\d[ \t]+)?|\b(?:login|pap|chap|enable|arap|global)[ \t]*=[ \t]*(?:cleartext|des)[ \t]+)["']?(?<secret>(?<=")[^"\n]{4,200}(?=")|[^\s"']{4,200})["']?(?=;?[ \t]*(?:$|##|\d[ \t]*$|address\b|timeout\b))/dimy,
    masks: [
      { text: ' ip ospf authentication-key s3cret', masked: ' ip ospf authentication-key *' },
      {
        text: 'crypto isakmp key s3cret address 192.0.2.1',
        masked: 'crypto isakmp key * address 192.0.2.1',
      },
      { text: 'tacacs-server key 7 0822455D0A16', masked: 'tacacs-server key 7 *' },
      { text: '    login = cleartext "s3cret"', masked: '    login = cleartext "*"' },
    ],
    keeps: ['the authentication-key is not set on this host', 'radius-server host 192.0.2.1'],
  },
  {
    kind: 'line',
    name: 'snmp-user-key',
    reason: 'Users of snmpd that were kept with their keys, and sessions for traps.',
    anchors: ['usmuser ', 'trapsess ', 'informsess '],
    pattern:
      /[ \t]*(?:usmUser[ \t][^\n]{1,400}?[ \t]\.?1\.3\.6\.1\.6\.3\.10\.1\.1\.\d[ \t]+["']?(?<secret>[^\s"']{4,200})["']?(?:[ \t]+\.?1\.3\.6\.1\.6\.3\.10\.1\.2\.\d[ \t]+["']?(?<also>[^\s"']{4,200}))?)/diy,
    masks: [
      {
        text: 'usmUser 1 3 0x80001f88 "b" "b" NULL .1.3.6.1.6.3.10.1.1.2 0x0a1b2c3d4e .1.3.6.1.6.3.10.1.2.2 0x0f1e2d3c4b 0x',
        masked:
          'usmUser 1 3 0x80001f88 "b" "b" NULL .1.3.6.1.6.3.10.1.1.2 * .1.3.6.1.6.3.10.1.2.2 * 0x',
      },
    ],
    keeps: ['usmUser 1 3 0x80001f88 "b" "b" NULL .1.3.6.1.6.3.10.1.1.1 "" x'],
  },
  {
    kind: 'shape',
    name: 'escaped-authorization',
    reason: 'The header of a health check of haproxy, its spaces escaped.',
    anchors: ['authorization:\\'],
    isInside: true,
    pattern: /authorization:\\ (?:basic|bearer)\\ (?<secret>[^\s\\"']{4,2000})/diy,
    masks: [
      {
        text: 'option httpchk GET / HTTP/1.0\\r\\nAuthorization:\\ Basic\\ dXNlcjpwYXNz',
        masked: 'option httpchk GET / HTTP/1.0\\r\\nAuthorization:\\ Basic\\ *',
      },
    ],
    keeps: ['Authorization:\\ none'],
  },
  {
    kind: 'shape',
    name: 'encoded-url-password',
    reason: 'An address with a password inside of another address.',
    anchors: ['%3a%2f%2f'],
    isInside: true,
    pattern:
      /%3A%2F%2F[\w.~-]{1,100}%3A(?<secret>(?:[\w.~!*'()-]|%(?!40|2F)[0-9A-F]{2}){1,300})%40/diy,
    masks: [
      {
        text: 'next=https%3A%2F%2Fbob%3As3cret%40db%2F',
        masked: 'next=https%3A%2F%2Fbob%3A*%40db%2F',
      },
    ],
    keeps: ['next=https%3A%2F%2Fdb%3A8080%2Fa%40b'],
  },
  {
    kind: 'shape',
    name: 'alert-routing-key',
    reason: 'Whoever has the key of a service of PagerDuty can raise and close its alerts.',
    anchors: ['routing_key', 'service_key'],
    pattern:
      /(?:routing|service)_key["']?\s{0,3}[:=]\s{0,3}["']?(?<secret>[A-Za-z0-9]{32})(?!\w)/dy,
    masks: [{ text: 'service_key: 0123456789abcdef0123456789abcdef', masked: 'service_key: *' }],
    keeps: ['routing_key: logs.info', 'routing_key = amq.topic'],
  },
];
