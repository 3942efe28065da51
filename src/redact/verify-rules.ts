import type { LeakRule } from './leak-rule.ts';
import { placeRules } from './verify-places.ts';
import { tokenShape } from './verify-tokens.ts';

const secretWords =
  'pass|pwd|pw\\b|secret|token|credential|psk|communit|authtok|sess(?:ion)?_?id|wep_key|keybase|key-data|(?:api|access|private|account|shared|routing|certificate|activation|auth|master|encryption|fastopen).?key';

const words = (text: string) => new Set(text.split(' '));
const switches = words(
  'yes no true false on off none null nil undefined enabled disabled required optional requisite sufficient ' +
    'include substack string str int integer bool boolean object array prompt ask never always unset empty ' +
    'unknown default n/a files compat systemd sss ldap db nis amd64 i386 arm64 all any noarch x86_64 chauthtok ' +
    'password passwd token secret key auth account session not',
);

// The end of a name that says what its value is, in any spelling.
const secretName =
  '(?:passw(?:or)?ds?|passphrase|passcode|pwd|secrets?|tokens?|authtok|(?:root|bind|user|admin|db|mod)_?pw|(?:api|account|shared|private|secret|access|encryption|master|preshared|activation|routing|auth|fastopen)[_-]?keys?|(?:key|store|trust\\w{0,8}|_|-|requires?|auth|\\bm?y?)pass|sshpass|keybase|key-data|client-key-data|credentials?|psk|wep_key\\d?|community|(?:sess(?:ion)?_?id))';
const nameTail =
  '(?:[_-]?(?:\\d{1,3}|in|out|old|new|prev|base|hash|b64|base64|text|plain|string|value|pem))?';

/** Every rule of the verification. */
export const leakRules: readonly LeakRule[] = [
  {
    name: 'assigned-secret',
    needs: secretWords,
    pattern: new RegExp(
      `(?<name>${secretName}${nameTail})(?:\\\\{0,3}["'])?\\]?[ \\t]{0,8}(?:={1,2}>?|:=|%3D)[ \\t]{0,8}(?:\\\\{0,3}["']|\\$')?(?<value>(?:[^\\s"'\\0\\\\]|\\\\.){1,300})`,
      'gi',
    ),
    isLeak: (value, match) =>
      !isHarmless(value) &&
      !isHarmlessName(nameOf(match)) &&
      !(nameOf(match).startsWith('-') && /=\s/.test(match[0])) &&
      !(/^(?:OLD)?PWD$/.test(nameOf(match)) && value.startsWith('/')),
  },
  {
    name: 'labelled-secret',
    needs: secretWords,
    pattern: new RegExp(
      `(?<name>${secretName}${nameTail})(?:\\\\{0,3}["'])?[ \\t]{0,4}::?[ \\t]{0,8}(?:\\\\{0,3}["'])?(?<value>[^\\s"'\\0\\\\]{1,300})`,
      'gi',
    ),
    isLeak: (value, match) =>
      !isHarmless(value) && isMixed(value) && !isHarmlessName(nameOf(match)),
  },
  {
    name: 'labelled-secret',
    needs: secretWords,
    pattern: new RegExp(
      `(?:^[\\s\\-{#]{0,40}|[{,]\\s{0,4})(?<quote>\\\\{0,3}["'])?(?<name>[\\w.-]{0,60}(?:${secretName}|pass|auth))${nameTail}\\k<quote>?\\s{0,4}:\\s{0,4}\\[?\\\\{0,3}["'](?<value>[^"']{3,300})`,
      'gi',
    ),
    isLeak: (value, match) => !isHarmless(value) && !isHarmlessName(match.groups?.['name'] ?? ''),
  },
  {
    name: 'labelled-secret',
    needs: secretWords,
    pattern: new RegExp(
      `^[\\s\\-]{0,40}(?<name>[\\w.-]{0,60}(?:${secretName}|pass))${nameTail}\\s{0,3}:{1,2}\\s{1,4}(?<value>[^\\s"'|>{[]{4,300}),?\\s*$`,
      'gi',
    ),
    isLeak: (value, match) => !isHarmless(value) && !isHarmlessName(match.groups?.['name'] ?? ''),
  },
  {
    name: 'url-encoded-secret',
    needs: '%3a',
    pattern:
      /(?:passw(?:or)?d|passphrase|secret|token)%2[27]%3A(?:%2[27])?(?<value>[\w.~-]{3,300})/gi,
  },
  {
    name: 'secret-line',
    needs: 'pass|masterauth|bindpw|rootpw|community|shared_key|secret',
    pattern:
      /^\s{0,20}(?<name>requirepass|masterauth|bindpw|rootpw(?:modpw)?|auth_pass|r[ow]community6?|shared_key|[\w-]{1,40}pass(?:word)?|password|secret)[ \t]{1,12}["']?(?<value>[^\s"';{]{4,300}|[^\s"'{][^\s]{3,300})["']?;?(?:\s*$|\s+[\d.:/]{4,})/gi,
    isLeak: (value) => !isHarmless(value) && (isMixed(value) || /^[a-z]+$/.test(value)),
  },
  {
    name: 'quoted-secret',
    needs: `${secretWords}|_key|eap|xauth`,
    pattern:
      /(?<name>passw(?:or)?d|passphrase|secret|token|api[_-]?key|[A-Z]_KEY|psk|EAP|XAUTH)(?:[ \t]{1,4}|["']?[ \t]{0,4}(?:=>|:=|value[ \t]?=)[ \t]{0,4}|["'][ \t]{1,4}value[ \t]?=[ \t]?|(?<=\([ \t]?["'][\w.-]{1,80})["'][ \t]{0,2},[ \t]{0,4})["'](?<value>[^"'<>]{3,300})["']/gi,
    isLeak: (value) =>
      !isHarmless(value) &&
      !/^[-,.:;(){}[\]=<>!?|/]+$/.test(value) &&
      !/^[a-z ]+$|\s.*\s.*\s/i.test(value),
  },
  {
    name: 'quoted-secret',
    needs: `${secretWords}|_key|eap|xauth`,
    pattern:
      /\b(?:passwd|password|secret|token|api_?\w{0,6}key|\w{1,40}_(?:TOKEN|PASSWORD|SECRET|KEY)|\w{0,40}(?:Secret|Password|Token))["']?\}?,?[ \t]{1,4}["']?value["']?[ \t]?[=:][ \t]?["']?(?<value>[^"'<>,}\s]{3,300})/g,
  },
  {
    name: 'session-cookie',
    needs: 'cookie',
    pattern: /\bcookie\\?["']?: {1,2}["']?[\w.%-]{1,80}=(?<value>[\w%+/=.-]{5,})/gi,
  },
  {
    name: 'kernel-key',
    needs: 'enc |auth|aead|crypt ',
    pattern: /\b(?:enc|auth|auth-trunc|aead|crypt)\s\S{1,60}\s(?<value>(?:0x)?[0-9a-f]{32,})\b/g,
    isLeak: (value) => !/^0+$/.test(value),
  },
  {
    name: 'secret-argument',
    needs: '--?[\\w-]{0,40}(?:passw|passphrase|requirepass|storepass|keypass|secret|token|key)',
    pattern:
      /(?:^|[\s"'\0=,])--?[\w-]{0,40}(?:password|passwd|passphrase|requirepass|storepass|keypass|secret|token|api-?key|activationkey|(?:access|private|secret|certificate)-key)(?:["'] a\d{1,3}=|(?:["'],?)?[ \t\0]{1,4})["']?(?<value>[^\s"'\0<>[\]-][^\s"'\0]{0,300})/gi,
    isLeak: (value) =>
      !isHarmless(value) && !/^(?:[-|&;]|a\d{1,3}=)/.test(value) && !isPlaceholderWord(value),
  },
  {
    name: 'secret-element',
    needs: 'passw|secret|token|apikey|passphrase',
    pattern:
      /<(?<name>[\w:.-]{0,40}(?:password|passwd|passphrase|secret|token|apikey))(?:\s[^<>]{0,200})?>\s{0,4}(?:<!\[CDATA\[)?(?<value>[^<>&\s][^>]{0,300}?)(?:\]\]>|<\/)/gi,
  },
  {
    name: 'secret-element',
    needs: 'passw|secret|token|apikey|passphrase',
    pattern:
      /(?:(?:name|key)=["'][\w.-]{0,60}(?:password|passwd|secret|token|apikey)["']>\s{0,4}(?:<value>)?|name>[\w.-]{0,60}(?:password|passwd|secret(?:\.key)?|token)<\/[\w-]{1,20}>\s{0,4}<(?:\w{1,20}-)?value>)(?<value>[^<>&\s][^<>]{0,300})<\//gi,
  },
  {
    name: 'address-with-password',
    needs: ':\\/\\/',
    pattern:
      /\b[a-z][\w+.-]{1,20}:\/\/[^\s/"'<>@:]{0,100}:(?<value>[^\s"'<>@]{1,200})@[\w.[-]|\bhttps?:\/\/(?<value2>[0-9a-f]{20,64})@[\w.-]/gi,
    isLeak: (value) => !isHarmless(value) && !/^\d{1,5}(?:[/?]|$)/.test(value),
  },
  {
    name: 'signed-address',
    needs: 'sig=|signature=',
    pattern: /[?&](?:x-amz-|x-goog-)?(?:sig|signature)=(?<value>[\w%+/=~-]{20,})/gi,
  },
  {
    name: 'webhook',
    needs: 'hooks\\.|webhook',
    pattern:
      /hooks\.slack\.com\/\w+\/(?<value>T\w+\/\w+\/\w+)|\/(?:webhooks\/\d{10,}|webhookb2)\/(?<value2>[\w@/-]{30,})/g,
  },
  {
    name: 'authorization',
    needs: 'authoriz|digest ',
    pattern:
      /authorization["'\\\]]{0,4}(?:\s{0,3}[:=]\s{0,3}|\s)["'\\[]{0,3}(?:basic|bearer|token)\s{1,3}(?<value>[\w.~+/=-]{6,})|\bdigest username=.{1,400}?\bresponse="?(?<value2>[0-9a-f]{32,})/gi,
  },
  {
    name: 'basic',
    needs: 'basic ',
    pattern: /\bbasic\s(?<value>[A-Za-z0-9+/]{12,}={1,2})(?![\w=])/gi,
  },
  {
    name: 'bearer',
    needs: 'bearer',
    pattern: /\bbearer\s{1,3}(?<value>(?=[\w.~+/-]{0,60}\d)[\w.~+/-]{16,})/gi,
  },
  {
    name: 'encoded-text',
    needs: '={1,2}["\']?,?\\s*$',
    pattern:
      /^\s{1,40}["']?[\w.-]{1,253}["']?\s{0,4}:\s{1,4}["']?(?<value>[A-Za-z0-9+/]{3,4000}={1,2})["']?,?\s*$/g,
    isLeak: (value) => /^[\s\x20-\x7e]{2,}$/.test(Buffer.from(value, 'base64').toString('latin1')),
  },
  {
    name: 'private-key',
    needs: 'PRIVATE KEY',
    pattern: /PRIVATE KEY(?: BLOCK)?-{4,5}(?:\\[nr]|\s){1,8}(?<value>[A-Za-z0-9+/]{16,})/g,
  },
  {
    name: 'web-token',
    needs: 'eyJ',
    pattern: /(?<value>eyJ[\w-]{10,2000}\.eyJ[\w-]{6,2000}\.[\w-]{6})/g,
  },
  {
    name: 'service-token',
    needs: '\\.atlasv1\\.|:AA',
    pattern: /\.atlasv1\.(?<value>[\w=-]{50,})|\d{8,}:(?<value2>AA[\w-]{30,})/g,
  },
  {
    name: 'password-hash',
    needs: '\\$[0-9a-z]{1,8}\\$|\\{(?:S?SHA|PLAIN)|pbkdf2|\\*[0-9A-F]{40}|:LCT-',
    pattern:
      /(?<value>\$(?:[1567y]|gy|2[abxy]|apr1|argon2id?|8|9)\$[\w./$=,+-]{16,}|\{S?SHA\d{0,3}\}[\w+/]{16,}=*|pbkdf2\.sha512\.\d+\.[0-9A-F.]{16,})|["'](?<value2>\*[0-9A-F]{40})["']|\{PLAIN\}[^\s:]{3,}|^[^:]{1,64}:\d+:[0-9A-FX]{32}:[0-9A-F]{32}:/g,
    isLeak: () => true,
  },
  {
    name: 'registry-auth',
    needs: '_auth',
    pattern: /\b_auth\s{0,3}=\s{0,3}"?(?<value>[A-Za-z0-9+/=]{12,})/g,
  },
  {
    name: 'hex-command-line',
    needs: 'proctitle=',
    pattern: /proctitle=(?<value>[0-9A-F]{16,})/g,
    isLeak: (value) => {
      const text = Buffer.from(value, 'hex').toString('latin1').replaceAll('\0', ' ');
      return /(?:passw|secret|token|api.?key)[\w-]{0,20}[= ]\S{3}|mysql\w*(?: \S+)* -p\S{2}|:\/\/[^ /:]*:[^ /@]+@/i.test(
        text,
      );
    },
  },
  ...placeRules,
];

/** Tokens of services, in the case in which they are written. */
export const tokenRule: LeakRule = {
  name: 'service-token',
  needs: '',
  pattern: tokenShape,
  isLeak: () => true,
};

/** A token, a variable, a switch, a place: not worth hiding. */
export function isHarmless(value: string): boolean {
  const plain = value.replace(/[.,;:)\]}>]+$/, '');
  if (plain === '' || /sonae[:-]secret|^-----/.test(value) || switches.has(plain.toLowerCase()))
    return true;
  if (/^[$%{@<*&#!([|`]/.test(plain) && !/^\$(?:\d|y|apr1|2[aby])\$|^\*[0-9A-F]{40}/.test(plain))
    return true;
  if (/^(?:\d{1,5}|0x[0-9a-f]+|v?\d+(?:[.:]\d+)+\S*|(.)\1*|[0-]+|\d+\/(?:tcp|udp))$/i.test(plain))
    return true;
  const [first = ''] = plain.split(',', 1);
  return /^(?:~|\.{0,2})\/[\w.@-]+(?:\/[\w.@-]*)*$/.test(first) && first.length < 200;
}

// The whole name, from its first letter: to look for that before every word would take far longer.
function nameOf(match: RegExpMatchArray): string {
  const text = match.input ?? '';
  const end = match.index ?? 0;
  let from = end;
  while (from > 0 && end - from < 60 && /[\w.-]/.test(text[from - 1] as string)) from -= 1;
  return text.slice(from, end) + (match.groups?.['name'] ?? '');
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

// `--password PASSWORD`, `--token string`: a help text.
function isPlaceholderWord(value: string): boolean {
  return /^(?:[A-Z_]{3,}\]?|str|string|file|name|value|is|was|for|and|or|in|to|the|from|option|options|with|of|if|can|must|arguments?)$/.test(
    value,
  );
}

// A name that says where, how long or how many, not what.
function isHarmlessName(name: string): boolean {
  return /^libsecret$|^kpasswd$|(?:^|_)(?:no|max|min|use|has|is|require)[_-]?(?:pass|token)|(?:import|load|condition|assert)credential|^tokens$|tokenexp|by-?pass|com-?pass|public|^passes$|cred(?:ential)?s?_?(?:store|helper|file)/i.test(
    name,
  );
}
