// Values that are not secrets whatever the key: switches, types, the controls of PAM and nsswitch.
const switches = words(
  'yes no true false on off none null nil undefined empty unset disabled enabled required requisite ' +
    'optional sufficient include substack prompt ask unknown n/a never always x string str int integer ' +
    'bool boolean object array chauthtok amd64 i386 i686 arm64 armhf aarch64 x86_64 noarch ppc64le s390x ' +
    '!vault compat systemd sss nis nisplus winbind',
);

// Words that follow a key name in prose and in help texts rather than in settings.
const prose = words(
  'not is are was were for to of the a an and or from with in as if by at on that this it be been must can ' +
    'cannot could will would has have had may might should when while where using use used option options ' +
    'flag field entry file type name length policy auth account session authentication authorization expired ' +
    'expires expiry invalid missing mismatch failed failure incorrect denied error wrong changed change ' +
    'updated update accepted rejected found ok success successful successfully hidden redacted masked removed ' +
    'omitted encrypted unexpected expected password passwords passwd pass token tokens secret secrets credential ' +
    'credentials passphrase key keys value pw pwd username user text files prompts requests management manager agent ring ' +
    'database access based only required hash hashes generator',
);

// $VAR, ${var}, $(command), %(var)s, %s, {{ template }}, <placeholder>, @VAR@, the usual ways of hiding a value.
const placeholder =
  /^(?:\$\{[^}]*\}|\$\([^)]*\)|\$[A-Z_][A-Z0-9_]*|\$[a-z_]*(?:pass|pw|secret|token|key|cred)[a-z_]*|\$\d|%\([\w.]+\)s|%[sdrvqx]|%[A-Z_]+%|\{\{.*|<[a-z _.-]*(?:pass|secret|token|key|redacted|hidden|masked|your|none|set)[a-z _.-]*>?|@[A-Z_]+@|\[?\(?(?:redacted|hidden|masked|filtered|removed|not set|no value|none|null|empty)\)?\]?|(.)\1+|\.\.\.)$/i;

// As in text, and as in the names of files.
const token =
  /^(?:<sonae:secret:[a-z]?\d+>|&lt;sonae:secret:[a-z]?\d+&gt;|sonae-secret-[a-z]?\d+(?:[/.].*)?)$/;
const path =
  /^(?:file:\/\/)?(?:~|\.{1,2}|\/(?:etc|usr|var|run|home|root|opt|srv|tmp|proc|sys|dev|boot|lib|lib64|mnt|media|bin|sbin|data|credentials|secrets?)?)?(?:\/[\w.@%:-]+){1,12}\/?$/;
const version = /^v?\d+(?:[.:]\d+)+[\w.+~:-]*$/;
const uuid = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;

/** True for values that cannot be a secret: switches, variables, places of files, values already masked. */
export function isInnocentValue(value: string): boolean {
  if (value.length > 400) return false;
  return (
    value === '' ||
    switches.has(value.toLowerCase()) ||
    token.test(value) ||
    placeholder.test(value) ||
    isPath(value) ||
    /^(?:-?\d|\d{1,5}\/(?:tcp|udp|sctp|dccp)|\$\w+\/[\w./-]+(?:#.*)?|\$\w+::\w+(?:\s+#.*)?|#\s.*|[0-]+)$/.test(
      value,
    )
  );
}

/** The same where the key may just be a word in a sentence: words of prose do not count as values there. */
export function isInnocentInProse(value: string): boolean {
  const plain = value.replace(/[.,;:!?)"']+$/, '').toLowerCase();
  return plain === '' || prose.has(plain) || isInnocentValue(value);
}

/** True for base64 of text that a person could read; a word of eight letters decodes to none. */
export function isEncodedText(value: string): boolean {
  const isLong = value.length >= 8 || value.endsWith('=');
  if (!isLong || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return false;
  return /^[\t\n\r\x20-\x7e]+$/.test(Buffer.from(value, 'base64').toString('latin1'));
}

/** True for a sentence: several plain words, some of which only sentences have. A pass phrase is not one. */
export function isProse(text: string): boolean {
  const all = text.slice(0, 400).split(/\s+/);
  if (all.length < 3) return false;
  return (
    all.filter((word) => prose.has(word.replace(/\W+$/, '').toLowerCase())).length * 4 >= all.length
  );
}

// A path of two or more plain parts. One leading slash alone can begin a password or base64.
function isPath(value: string): boolean {
  if (!path.test(value)) return false;
  const parts = value.split('/').filter((part) => part !== '');
  return parts.length >= 2 ? !parts.some(isRandom) : /^(?:~|\.{1,2})\//.test(value);
}

/** True for version numbers: what follows a package that happens to be called `passwd`. */
export function isVersion(value: string): boolean {
  return version.test(value);
}

/**
 * True for text that only a random generator writes: at least 20 characters of letters and digits mixed, and
 * neither a checksum (hexadecimal), a UUID, a path, a public key nor a fingerprint.
 */
export function isRandom(value: string): boolean {
  if (value.length < 20 || value.length > 4096) return false;
  if (value.includes('sonae:secret:')) return false;
  if (!/\d/.test(value) || !/[a-z]/i.test(value) || /\s/.test(value)) return false;
  if (/^(?:0x)?[0-9a-f:]+$/i.test(value) || uuid.test(value) || isVersion(value)) return false;
  if (
    /^(?:SHA\d+:|MD5:|AAAA[BCE]3Nza|ssh-|ecdsa-|sk-(?:ssh|ecdsa)|sha\d+-|\/|\.{1,2}\/)/.test(value)
  )
    return false;
  if (/[/.:_-].*[/.:_-].*[/.:_-].*[/.:_-]/.test(value) && !/[A-Z]/.test(value)) return false;
  return entropy(value) >= 3.5;
}

// Shannon, bits for each character.
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / value.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
