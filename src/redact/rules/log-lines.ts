import type { LineRule, ShapeRule } from '../rule.ts';

/** Secrets that programs write into logs, and into settings as one of several parts. */
export const logLineRules: readonly (LineRule | ShapeRule)[] = [
  {
    kind: 'shape',
    name: 'first-password',
    reason: 'The password that MySQL and others make up at their first start is in their log.',
    anchors: [
      'password is generated for ',
      'password is',
      'password set to',
      'password has been set',
    ],
    isInside: true,
    pattern:
      /[Pp]assword (?:is generated for \S{1,100}: (?<secret>\S{1,200})|(?:is|(?:has been )?set to):? ["']?(?<also>(?=[^\s"']{0,100}\d)(?=[^\s"']{0,100}[a-z])[^\s"',;:()/<]{6,200})["']?\.?[ \t]*\r?(?=\n|$))/dy,
    masks: [
      {
        text: '[Note] A temporary password is generated for root@localhost: aB3,dE5fG!hi',
        masked: '[Note] A temporary password is generated for root@localhost: *',
      },
      { text: 'Your password is: Zk3x9Qp4', masked: 'Your password is: *' },
      {
        text: 'The root password has been set to Zk3x9Qp5',
        masked: 'The root password has been set to *',
      },
    ],
    keeps: ['the password is stored as sha512 in it', 'password is expired', 'password is wrong'],
  },
  {
    kind: 'line',
    name: 'rsyslog-database',
    reason: 'server,database,user,password of the old form of an output of rsyslog.',
    anchors: [':ommysql:', ':ompgsql:'],
    pattern:
      /[ \t]*[\w*.,;=!-]{1,200}[ \t]+:om(?:my|pg)sql:[\w.:-]{1,200},[\w.-]{1,100},[\w.-]{1,100},(?<secret>[^\s;]{1,200})/dy,
    masks: [
      {
        text: '*.* :ommysql:127.0.0.1,Syslog,writer,s3cret',
        masked: '*.* :ommysql:127.0.0.1,Syslog,writer,*',
      },
    ],
    keeps: ['*.* >/dev/null', '*.* @@log.example:514'],
  },
  {
    kind: 'shape',
    name: 'galera-login',
    reason: 'user:password with which a node of Galera copies the whole database.',
    anchors: ['wsrep_sst_auth'],
    pattern: /wsrep_sst_auth\s{0,4}=\s{0,4}["']?[\w.@-]{1,80}:(?<secret>[^\s"']{1,200})/dy,
    masks: [{ text: 'wsrep_sst_auth="sst:s3cret"', masked: 'wsrep_sst_auth="sst:*"' }],
    keeps: ['wsrep_sst_auth=', 'wsrep_sst_method=rsync'],
  },
  {
    kind: 'shape',
    name: 'registry-auth',
    reason: 'Base64 of user:password in the settings of containerd.',
    anchors: ['auth = "'],
    pattern: /auth = "(?<secret>[A-Za-z0-9+/]{8,400}={1,2})"/dy,
    masks: [{ text: '  auth = "Ym9iOnNlY3JldA=="', masked: '  auth = "*"' }],
    keeps: ['auth = "required"'],
  },
  {
    kind: 'shape',
    name: 'clear-text-attribute',
    reason: 'credential-reference of WildFly, and a secret by its value.',
    anchors: ['<credential-reference ', '<secret value='],
    isInside: true,
    pattern:
      /<(?:credential-reference[^<>]{0,200}?[ \t]clear-text|secret value)=["'](?<secret>[^"'<>\n]{1,300})/dy,
    masks: [
      {
        text: '<credential-reference clear-text="s3cret"/>',
        masked: '<credential-reference clear-text="*"/>',
      },
    ],
    keeps: ['<credential-reference store="x" alias="y"/>'],
  },
];
