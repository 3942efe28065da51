import { ownCopy } from '../std/own-copy.ts';

/** What a name says about the value that belongs to it. `weak`: only a value that looks random is a secret. */
export interface KeyMeaning {
  /** Rule name for the manifest. */
  readonly rule: string;
  readonly strength: 'strong' | 'weak';
  /** The name is the bare word, as in prose, not a compound such as `db_password`. */
  readonly isBare: boolean;
}

/** A family of names, in any spelling: `db_password`, `DbPassword`, `DB-PASSWORD`, `dbpassword`. */
interface KeyFamily {
  readonly rule: string;
  readonly reason: string;
  readonly strength: 'strong' | 'weak';
  /** Last words that make a name one of the family. */
  readonly words: readonly string[];
  /** Endings of names that are written as one word. */
  readonly endings: readonly string[];
  /** Words that make a following `key` one of the family. */
  readonly keysOf?: readonly string[];
}

/** The families of names, with the reason for each. */
export const keyFamilies: readonly KeyFamily[] = [
  {
    rule: 'password-key',
    reason: 'The value of something called a password opens what it protects.',
    strength: 'strong',
    words: words(
      'password passwords passwd passwort passphrase passphrases passcode pass pwd pw kennwort ' +
        'contrasena senha motdepasse authtok',
    ),
    endings: words(
      'password passwords passwd passwort passphrase passcode pwd bindpw rootpw userpw adminpw dbpw ' +
        'ldappw sshpass keypass storepass dbpass userpass requirepass authpass mypass rootpwmodpw adminpass rootpass ' +
        'masterauth primaryauth authtok passwdhash ftppass smtppass mailpass sslpass remotepass imappass',
    ),
  },
  {
    rule: 'secret-key',
    reason: 'The value of something called a secret is one.',
    strength: 'strong',
    words: words('secret secrets cookiesecret erlangcookie'),
    endings: words('secret secrets secretkey secretaccesskey secretid'),
    keysOf: words('secret'),
  },
  {
    rule: 'token-key',
    reason: 'A token is a password that a program uses.',
    strength: 'strong',
    words: words('token tokens'),
    endings: words('token authtokens accesstokens'),
  },
  {
    rule: 'api-key',
    reason:
      'Keys of interfaces, storage accounts, encryption and licences give access or can be reused.',
    strength: 'strong',
    words: words('apikey apikeys keydata'),
    endings: words(
      'apikey apikeys accesskey privatekey accountkey sharedkey masterkey signingkey encryptionkey ' +
        'authkey licensekey activationkey keybase sharedaccesskey',
    ),
    keysOf: words(
      'api access private account shared encryption encrypt decryption master auth authentication ' +
        'signing storage session webhook consumer client app application deploy license licence ' +
        'preshared presharedkey wep hmac aes cipher crypt subscription admin write integration ingest ' +
        'server bot jwt cookie fastopen activation product registration recovery tls ssl omapi dev ' +
        'logged auth_key in nonce peer user stream zone psk',
    ),
  },
  {
    rule: 'credential-key',
    reason: 'Credentials in one piece.',
    strength: 'strong',
    words: words('credential credentials cred creds setcredential'),
    endings: words('setcredential usercredentials'),
  },
  {
    rule: 'psk-key',
    reason: 'Whoever knows a pre-shared key can join the network or decrypt what was recorded.',
    strength: 'strong',
    words: words('psk wpapsk'),
    endings: words('psk wpakey wepkey'),
  },
  {
    rule: 'community-key',
    reason: 'SNMP communities of versions 1 and 2c are passwords in clear.',
    strength: 'strong',
    words: words('community rocommunity rwcommunity trapcommunity'),
    endings: words('rocommunity rwcommunity rocommunity6 rwcommunity6 trapcommunity'),
  },
  {
    rule: 'random-value',
    reason:
      'A long random value under a name such as key, auth or session gives access to something.',
    strength: 'weak',
    words: words(
      'key keys auth cookie cookies session sid sessionid otp salt seed sas authorization jwt',
    ),
    endings: words('sessionid sessid authkeys cookie'),
  },
];

// Words behind the telling one that change nothing: DB_PASSWORD_NEW, password_base64, token2.
const neutralTails = new Set(
  words(
    'value string text plain plaintext cleartext clear b64 base64 enc encoded encrypted hash hashed new old ' +
      'current cur prev previous next default prod production dev test testing staging stage qa in out ' +
      'confirm confirmation repeat again env var local main primary secondary backup ro rw',
  ),
);

// Whole names (lower case, without separators) that look like the above and are not.
const innocentNames = new Set(
  words(
    'bypass compass surpass trespass overpass underpass lowpass highpass bandpass multipass singlepass ' +
      'onepass twopass nopass nopasswd libsecret secretmem loadcredential loadcredentialencrypted ' +
      'importcredential conditioncredential assertcredential passcred passcredentials nopassword publickey publickeys hostkey hostkeys ' +
      'clientcredentials servicetoken filterpasswd scmcredentials sopasscred kerneltoken ' +
      'identifyingtoken vendortoken accesstokenlifetime secrettype tokentype emptypass fastpass',
  ),
);

const meanings = new Map<string, KeyMeaning | undefined>();

/** Names that are remembered, and the longest of them: real keys are short. */
const mostMeanings = 10_000;
const longestRemembered = 64;

/** What an identifier means as a key, or undefined for the many that mean nothing. Remembers, bounded. */
export function judgeKeyName(name: string): KeyMeaning | undefined {
  if (name.length > longestRemembered) return judge(name);
  if (meanings.has(name)) return meanings.get(name);
  const meaning = judge(name);
  if (meanings.size >= mostMeanings) meanings.clear();
  meanings.set(ownCopy(name), meaning);
  return meaning;
}

function judge(name: string): KeyMeaning | undefined {
  const parts = (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((part) =>
    part.toLowerCase(),
  );
  while (parts.length > 1 && isNeutral(parts.at(-1) ?? '')) parts.pop();
  const joined = parts.join('');
  if (parts.length === 0 || innocentNames.has(joined)) return undefined;
  for (const family of keyFamilies) {
    if (isOf(family, parts, joined)) {
      return { rule: family.rule, strength: family.strength, isBare: parts.length === 1 };
    }
  }
  return undefined;
}

function isNeutral(part: string): boolean {
  return /^\d+$/.test(part) || neutralTails.has(part);
}

function isOf(family: KeyFamily, parts: readonly string[], joined: string): boolean {
  const last = parts.at(-1) ?? '';
  if (family.words.includes(last)) return true;
  // One run of letters, or a spelling like APIkey that falls apart in the wrong place.
  if (family.endings.some((ending) => last.endsWith(ending) || joined.endsWith(ending)))
    return true;
  if (family.keysOf === undefined || parts.length < 2) return false;
  const before = parts.at(-2) ?? '';
  if (last === 'key' || last === 'keys') return family.keysOf.includes(before);
  return last === 'data' && before === 'key' && parts.at(-3) === 'client';
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
