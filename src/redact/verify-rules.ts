/**
 * The rules of the verification. They share nothing with the rules that mask: other patterns, another way of
 * deciding, written to be read by someone who doubts the first. A fault in one is not a fault in both.
 */
export interface LeakRule {
  readonly name: string;
  /** Tried on a line with a quick word in it; global, bounded. The group `value` is what must not be there. */
  readonly pattern: RegExp;
  /** Decides on the value; by default anything counts. */
  readonly isLeak?: (value: string, match: RegExpMatchArray) => boolean;
}

/** Lines without any of these are not looked at closely. */
export const quickWords =
  /passw|passphr|pwd|secret|token|api.?key|access.?key|private.?key|account.?key|credential|psk|communit|authoriz|bearer|cookie|:\/\/|PRIVATE KEY|eyJ|AKIA|ASIA|AIza|gh[pousr]_|github_pat|glpat|xox[abeprs]-|[sr]k_live|npm_|dckr_|hvs\.|SG\.|AGE-SECRET|hf_|\$[0-9a-z]{1,8}\$|\{S?SHA|pbkdf2|mysql|mariadb|curl|sshpass|ipmitool|redis-cli|snmp|ldap|proctitle=|identified |\benc |auth-trunc|aead| crypt |requirepass|masterauth|_pass/i;

const words = (text: string) => new Set(text.split(' '));
const switches = words(
  'yes no true false on off none null nil undefined enabled disabled required optional requisite sufficient ' +
    'include substack string str int integer bool boolean object array prompt ask never always unset empty ' +
    'unknown default n/a files compat systemd sss ldap db nis amd64 i386 arm64 all any noarch x86_64 chauthtok ' +
    'password passwd token secret key auth account session not',
);

/** Every rule of the verification. */
export const leakRules: readonly LeakRule[] = [
  {
    name: 'assigned-secret',
    pattern:
      /(?<name>[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|(?:access|private|account|secret|encryption|master)[_-]?key|credential|psk|[_-]pass)(?:s|[_-]?\d{1,3})?)\\?["']?\]?[ \t]{0,8}={1,2}>?[ \t]{0,8}\\?["']?(?<value>[^\s"'\0\\]{1,300})/gi,
    isLeak: (value, match) => !isHarmless(value) && !isHarmlessName(match.groups?.['name'] ?? ''),
  },
  {
    name: 'labelled-secret',
    pattern:
      /(?<name>[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|(?:access|private|account|secret|encryption|master)[_-]?key|credential|psk))\\?["']?[ \t]{0,4}:[ \t]{0,8}\\?["']?(?<value>[^\s"'\0\\]{1,300})/gi,
    isLeak: (value, match) =>
      !isHarmless(value) && isMixed(value) && !isHarmlessName(match.groups?.['name'] ?? ''),
  },
  {
    name: 'labelled-secret',
    pattern:
      /^[\s\-{]{0,40}["']?(?<name>[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|key-data|psk|pass))["']?\s{0,4}:\s{1,4}["']?(?<value>[^\s"']{4,300})["']?,?\s*$/gi,
    isLeak: (value, match) => !isHarmless(value) && !isHarmlessName(match.groups?.['name'] ?? ''),
  },
  {
    name: 'secret-line',
    pattern:
      /^\s{0,20}(?<name>requirepass|masterauth|bindpw|rootpw|auth_pass|r[ow]community6?|[\w-]{1,40}[_-]pass(?:word)?|password|secret)[ \t]{1,8}["']?(?<value>[^\s"';{]{4,300})["']?;?\s*$/gi,
    isLeak: (value) => !isHarmless(value) && (isMixed(value) || /^[a-z]+$/.test(value)),
  },
  {
    name: 'quoted-secret',
    pattern:
      /(?<name>[\w.-]{0,60}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|psk|EAP))(?:[ \t]{1,4}|["']?[ \t]{0,4}(?:=>|:=|value[ \t]?=)[ \t]{0,4}|["'][ \t]{1,4}value[ \t]?=[ \t]?|(?<=\([ \t]?["'][\w.-]{1,80})["'][ \t]{0,2},[ \t]{0,4})["'](?<value>[^\s"'<>]{3,300})["']/gi,
    isLeak: (value) =>
      !isHarmless(value) && !/^[-,.:;(){}[\]=<>!?|/]+$/.test(value) && /\d/.test(value),
  },
  {
    name: 'sql-password',
    pattern: /identified\s(?:with\s\S{1,64}\s)?(?:by|as)\s{1,4}["'](?<value>[^"'<>]{2,200})["']/gi,
  },
  {
    name: 'session-cookie',
    pattern: /\bcookie: {1,2}[\w.%-]{1,80}=(?<value>[\w%+/=.-]{12,})/gi,
  },
  {
    name: 'client-password',
    pattern:
      /\b(?:ldapsearch|ldapmodify|ldapadd)\s[^|\n]{0,300}?-w\s(?<value>[^\s<>]{3,200})|\bipmitool\s[^|\n]{0,300}?-P\s(?<value2>[^\s<>]{2,200})/g,
  },
  {
    name: 'community-argument',
    pattern: /\bsnmp(?:get|walk|bulkwalk|set)\s[^|\n]{0,200}?-c\s{0,2}(?<value>[^\s<>]{2,200})/g,
  },
  {
    name: 'kernel-key',
    pattern: /\b(?:enc|auth|auth-trunc|aead|crypt)\s\S{1,60}\s(?<value>(?:0x)?[0-9a-f]{32,})\b/g,
    isLeak: (value) => !/^0+$/.test(value),
  },
  {
    name: 'secret-argument',
    pattern:
      /(?:^|[\s"'\0])--?[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key|(?:access|private|secret)-key)["']?[ \t\0]{1,4}["']?(?<value>[^\s"'\0<>[\]-][^\s"'\0]{0,300})/gi,
    isLeak: (value) => !isHarmless(value) && (isMixed(value) || value.length >= 8),
  },
  {
    name: 'secret-element',
    pattern:
      /<(?<name>[\w:.-]{0,40}(?:password|passwd|passphrase|secret|token|apikey))(?:\s[^<>]{0,200})?>\s{0,4}(?<value>[^<>&\s][^<>]{0,300})<\//gi,
    isLeak: (value) => !isHarmless(value),
  },
  {
    name: 'address-with-password',
    pattern: /\b[a-z][\w+.-]{1,20}:\/\/[^\s/"'<>@:]{0,100}:(?<value>[^\s/"'<>@]{1,200})@[\w.[-]/gi,
    isLeak: (value) => !isHarmless(value) && !/^\d{1,5}$/.test(value),
  },
  {
    name: 'authorization',
    pattern:
      /authorization["'\\\]]{0,4}\s{0,3}[:=]\s{0,3}["'\\[]{0,3}(?:basic|bearer|token)\s{1,3}(?<value>[\w.~+/=-]{6,})/gi,
  },
  { name: 'bearer', pattern: /\bbearer\s{1,3}(?<value>(?=[\w.~+/-]{0,60}\d)[\w.~+/-]{16,})/gi },
  {
    name: 'private-key',
    pattern: /PRIVATE KEY(?: BLOCK)?-{4,5}(?:\\[nr]|\s){1,8}(?<value>[A-Za-z0-9+/]{16,})/g,
  },
  { name: 'web-token', pattern: /(?<value>eyJ[\w-]{10,}\.eyJ[\w-]{6,}\.[\w-]{6,})/g },
  {
    name: 'service-token',
    pattern:
      /(?<![\w-])(?<value>A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{35}|gh[pousr]_\w{30,}|github_pat_\w{40,}|glpat-[\w-]{18,}|xox[abeprs]-[\w-]{12,}|[sr]k_live_\w{16,}|npm_\w{36}|dckr_pat_[\w-]{20,}|hvs\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{50,}|hf_\w{30,})(?![\w-])/g,
  },
  {
    name: 'password-hash',
    pattern:
      /(?<value>\$(?:[1567y]|gy|2[abxy]|apr1|argon2id?|8|9)\$[\w./$=,+-]{16,}|\{S?SHA\d{0,3}\}[\w+/]{16,}=*)/g,
  },
  {
    name: 'client-password',
    pattern:
      /\b(?:mysql(?:dump|admin|import|check|show)?|mariadb(?:-dump|-admin)?)\s[^|;&\n]{0,400}?\s-p["']?(?<value>[^\s"'<>]{2,200})/g,
    isLeak: (value) => !isHarmless(value),
  },
  {
    name: 'client-user-password',
    pattern:
      /\bcurl\s(?:[^|;&\n]{0,400}?\s)?(?:-u|--user)[ =]?["']?[^\s:"'<>]{1,64}:(?<value>[^\s"'<>]{1,200})/g,
    isLeak: (value) => !isHarmless(value) && !value.startsWith('//'),
  },
  {
    name: 'client-password',
    pattern:
      /\bsshpass\s-p ?["']?(?<value>[^\s"'<>]{2,})|\bredis-cli\s[^|\n]{0,200}?-a\s(?<value2>[^\s"'<>]{2,})/g,
  },
  {
    name: 'hex-command-line',
    pattern: /proctitle=(?<value>[0-9A-F]{16,})/g,
    isLeak: (value) => {
      const text = Buffer.from(value, 'hex').toString('latin1').replaceAll('\0', ' ');
      return /(?:passw|secret|token|api.?key)[\w-]{0,20}[= ]\S{3}|mysql\w*(?: \S+)* -p\S{2}|:\/\/[^ /:]*:[^ /@]+@/i.test(
        text,
      );
    },
  },
];

/** A token, a variable, a switch, a place: not worth hiding. */
function isHarmless(value: string): boolean {
  const plain = value.replace(/[.,;:)\]}>]+$/, '');
  if (plain === '' || /sonae[:-]secret/.test(value) || switches.has(plain.toLowerCase()))
    return true;
  if (/^[$%{@<*&#!([|`]/.test(plain) && !/^\$(?:\d|y|apr1|2[aby])\$/.test(plain)) return true;
  if (/^(?:\d{1,5}|0x[0-9a-f]+|v?\d+(?:[.:]\d+)+\S*|(.)\1*|\d+\/(?:tcp|udp))$/i.test(plain))
    return true;
  const [first = ''] = plain.split(',', 1);
  return /^(?:~|\.{0,2})\/[\w.@-]+(?:\/[\w.@-]*)*$/.test(first) && first.length < 200;
}

// Two kinds of characters at least: prose has one.
function isMixed(value: string): boolean {
  const plain = value.replace(/[.,;:)\]}!?]+$/, '');
  if (plain.length < 4 || /:\/\/|^\(|\($/.test(plain)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9_.,:'()/-]/].filter((kind) =>
    kind.test(plain),
  );
  return kinds.length >= 2 && !/^[A-Z]?[a-z]+$/.test(plain);
}

// A name that says where, how long or how many, not what.
function isHarmlessName(name: string): boolean {
  return /^(?:old)?pwd$|^libsecret$|^kpasswd$|(?:^|_)(?:no|max|min|use|has|is|require)[_-]?(?:pass|token)|(?:import|load)credential|^tokens$|tokenexp/i.test(
    name,
  );
}
