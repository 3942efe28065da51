import type { CommandRule } from '../rule.ts';

/** Commands of administrators that take a secret under a flag that says nothing by itself. */
export const administrationCommandRules: readonly CommandRule[] = [
  {
    kind: 'command',
    name: 'ldap-password',
    reason: '-w of the OpenLDAP tools.',
    anchors: ['ldap', 'slap'],
    command: /^(?:ldap(?:search|modify|add|delete|passwd|whoami|compare|modrdn|exop)|slappasswd)$/,
    flags: [
      { flag: '-w', value: 'both' },
      { flag: '-s', value: 'next' },
      { flag: '-a', value: 'next' },
    ],
    masks: [
      {
        text: 'ldapsearch -x -D cn=admin -w adm1n -b dc=x',
        masked: 'ldapsearch -x -D cn=admin -w * -b dc=x',
      },
    ],
    keeps: ['ldapsearch -x -W -D cn=admin'],
  },
  {
    kind: 'command',
    name: 'ipmi-password',
    reason: '-P of ipmitool and the FreeIPMI tools, -k for the key.',
    anchors: ['ipmi', 'bmc-'],
    command: /^(?:ipmitool|ipmipower|ipmi-[\w]+|ipmiconsole|bmc-[\w]+)$/,
    flags: [
      { flag: '-P', value: 'both' },
      { flag: '-p', value: 'next' },
      { flag: '-k', value: 'next' },
    ],
    masks: [
      {
        text: 'ipmitool -I lanplus -H b -U admin -P calvin1 sel list',
        masked: 'ipmitool -I lanplus -H b -U admin -P * sel list',
      },
    ],
    keeps: ['ipmitool sel list', 'ipmitool -E -H b'],
  },
  {
    kind: 'command',
    name: 'account-password',
    reason: 'Hash or password given to the tools that make accounts.',
    anchors: ['useradd', 'usermod', 'adduser', 'groupadd'],
    command: /^(?:useradd|usermod|groupadd)$/,
    flags: [{ flag: '-p', value: 'both' }],
    masks: [{ text: 'useradd -m -p abJnggxhB/yWI bob', masked: 'useradd -m -p * bob' }],
    keeps: ['useradd -m bob'],
  },
  {
    kind: 'command',
    name: 'openssl-password',
    reason: 'pass:PASSWORD and -k of openssl.',
    anchors: ['openssl'],
    command: /^openssl$/,
    flags: [
      { flag: '-passin', value: 'next', after: ':' },
      { flag: '-passout', value: 'next', after: ':' },
      { flag: '-pass', value: 'next', after: ':' },
      { flag: '-k', value: 'next' },
      { flag: '-K', value: 'next' },
    ],
    masks: [
      {
        text: 'openssl rsa -in k.pem -passin pass:s3cret -out x',
        masked: 'openssl rsa -in k.pem -passin pass:* -out x',
      },
    ],
    keeps: ['openssl x509 -in c.pem -noout'],
  },
  {
    kind: 'command',
    name: 'management-board-password',
    reason: 'Fence agents and tools of management boards take the password of the board.',
    anchors: ['fence_', 'racadm', 'hponcfg', 'perccli', 'pcs '],
    command: /^(?:fence_\w+|racadm\w*|pcs)$/,
    flags: [{ flag: '-p', value: 'both' }],
    masks: [
      {
        text: 'fence_ilo4 -a 192.0.2.5 -l admin -p s3cret -o status',
        masked: 'fence_ilo4 -a 192.0.2.5 -l admin -p * -o status',
      },
      {
        text: 'racadm -r 192.0.2.5 -u root -p s3cret getsysinfo',
        masked: 'racadm -r 192.0.2.5 -u root -p * getsysinfo',
      },
      {
        text: 'pcs host auth n1 n2 -u hacluster -p s3cret',
        masked: 'pcs host auth n1 n2 -u hacluster -p *',
      },
    ],
    keeps: ['fence_ilo4 -a 192.0.2.5 -o status', 'pcs status --full'],
  },
  {
    kind: 'command',
    name: 'kerberos-password',
    reason: 'kadmin -w takes the password of the administrator.',
    anchors: ['kadmin'],
    command: /^kadmin(?:\.local)?$/,
    flags: [
      { flag: '-w', value: 'next' },
      { flag: '-pw', value: 'next' },
    ],
    masks: [
      {
        text: 'kadmin -p a/admin -w s3cret -q listprincs',
        masked: 'kadmin -p a/admin -w * -q listprincs',
      },
    ],
    keeps: ['kadmin -p a/admin -q listprincs'],
  },
  {
    kind: 'command',
    name: 'cluster-certificate-key',
    reason: 'Decrypts the certificates of a Kubernetes control plane while it is being set up.',
    anchors: ['kubeadm'],
    command: /^kubeadm$/,
    flags: [{ flag: '--certificate-key', value: 'both' }],
    masks: [
      {
        text: 'kubeadm init --certificate-key 0a1b2c3d4e5f',
        masked: 'kubeadm init --certificate-key *',
      },
    ],
    keeps: ['kubeadm init --upload-certs'],
  },
  {
    kind: 'command',
    name: 'registration-code',
    reason: 'Codes that register a machine on the account of a company.',
    anchors: ['suseconnect', 'SUSEConnect'],
    command: /^SUSEConnect$/i,
    flags: [
      { flag: '-r', value: 'next' },
      { flag: '--regcode', value: 'both' },
    ],
    masks: [
      {
        text: 'SUSEConnect -r INTERNAL-0a1b2c3d -e a@b.example',
        masked: 'SUSEConnect -r * -e a@b.example',
      },
    ],
    keeps: ['SUSEConnect --status-text'],
  },
];
