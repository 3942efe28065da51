import type { RedactionStream, Redactor } from '../../model/redaction.ts';
import { aliasIpv4, aliasIpv6, aliasMac, parseIpv6 } from './address-alias.ts';
import type { AliasKind, AliasMap } from './alias-map.ts';
import { isCommonName, isNobodysName } from './common-names.ts';
import { aliasHexAddresses, hasHexAddresses } from './hex-address.ts';
import { type IdentityFacts, isCommonSerial } from './identity-facts.ts';
import { isAnnouncedAsVersion, isVersionList } from './version-list.ts';

/** Choices for the aliases of identities. */
export interface IdentityOptions {
  /** Keep the first half of MAC addresses, which names the maker of the card. */
  readonly keepMacVendor?: boolean;
}

/** Lines are held up to this length; longer ones are cut at a place where no name can be. */
const windowBytes = 64 * 1024;

const token = '<sonae:secret:[a-z]?\\d+>';
const email =
  "(?<![A-Za-z0-9])[A-Za-z0-9][\\w.+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\\.)+[A-Za-z]{2,24}(?![\\w-])";
const mac =
  '(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?<sep>[:-])(?:[0-9A-Fa-f]{2}\\k<sep>){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-]|[.:][0-9A-Fa-f])';
const ipv6 = '(?<![\\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?![\\w:]|\\.\\d)';
const ipv4 =
  '(?<![\\w.-]|[\\w]-)(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}(?![\\w]|\\.\\d|[-+~]\\w)';

// A serial number where it is named; those that are known before are found anywhere.
const serial =
  '\\b(?<label>(?:ID_)?serial(?:[ _-]?(?:number|num|no\\.?|short))?["\']?[ \\t]{0,30}[:=][ \\t]{0,30}["\']?)(?=[\\w.-]{0,63}\\d)(?<serial>[A-Za-z0-9][\\w.-]{4,63})(?![\\w/])';

// A machine of the site, in front of its domain: wherever that is replaced, or the name would stand alone. As short as it can be,
// so that of two domains the longer one counts. Protocols are in the names of services (RFC 2782), `_ldap._tcp`.
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const peer = `(?<![A-Za-z0-9]-?|_(?=(?:tcp|udp|tls|sctp|msdcs)\\.))${label}(?:\\.${label}){0,7}?`;

// Names of units and of files look like addresses of mail, and so do the ciphers of SSH.
const notMail =
  /\.(?:service|socket|target|timer|slice|scope|mount|automount|path|device|swap|conf|d|so|wants|catalog|tar|gz|xz|zip|png|svg|txt|html?|js|rb|json|xml|ya?ml|log|css|deb|rpm|git)$|^(?:openssh\.com|libssh\.org|lysator\.liu\.se|example\.(?:com|org|net))$/i;

// What stands before the name of a host, and nothing else, in logs, hosts files and reports.
const hostPlaces = [
  '^(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?|\\d{4}-\\d\\d-\\d\\d[T ][\\d:.,+Z-]{8,26}) ',
  '^Linux (?:\\S{1,80} \\()?',
  '^[\\d.:a-f]{3,39}[ \\t]{1,40}(?:[\\w.-]{1,80}[ \\t]{1,40}){0,8}',
  '(?:\\b(?:host ?name|node ?name|fqdn)|"name)["\']?[ \\t]{0,20}[:=][ \\t]{0,20}["\']?',
  '^ {0,4}machine {1,12}',
  'hostname (?:to|is) ["\'<]{0,2}',
  '[\\w.]@',
];
const hostNameFile =
  /(?:^|\/)(?:etc\/(?:hostname|HOSTNAME|nodename|mailname)|hostname|hostname_-f|proc\/sys\/kernel\/hostname)$/;

/** Replaces identities behind another redaction, in contents and in names. */
export function identityRedactor(
  inner: Redactor,
  map: AliasMap,
  facts: IdentityFacts,
  options: IdentityOptions = {},
): Redactor {
  const words = wordAliases(map, facts);
  const common = commonHosts(map, facts);
  const pattern = buildPattern([...words.keys()], common, [...map.known('domain').keys()]);
  // A file that holds nothing but the name of the host.
  const isItsName = (text: string, path: string) =>
    hostNameFile.test(path) && common.includes(text.trim().toLowerCase());
  const replace = (whole: string, hits: Map<string, number>, path: string) => {
    if (isItsName(whole, path)) {
      hits.set('identity-host', (hits.get('identity-host') ?? 0) + 1);
      return whole.replace(whole.trim(), words.get(whole.trim().toLowerCase())?.alias ?? '');
    }
    const isVersions = isVersionList(path);
    const countHex = () => void hits.set('identity-hex', (hits.get('identity-hex') ?? 0) + 1);
    if (hasHexAddresses(path)) return aliasHexAddresses(map, whole, path, countHex);
    const pieces: string[] = [];
    let end = 0;
    // Not `replace`: handing every group of every match to a function costs as much as finding them.
    for (const { 0: match, index, groups = {} } of whole.matchAll(pattern)) {
      const isVersion = () => isVersions || isAnnouncedAsVersion(whole, index);
      if (groups['ipv4'] !== undefined && isVersion()) continue;
      const found = aliasOf(match, groups);
      if (found === undefined || found.alias === match) continue;
      hits.set(found.rule, (hits.get(found.rule) ?? 0) + 1);
      pieces.push(whole.slice(end, index), found.alias);
      end = index + match.length;
    }
    return end === 0 ? whole : pieces.join('') + whole.slice(end);
  };

  function aliasOf(
    match: string,
    groups: Record<string, string | undefined>,
  ): { alias: string; rule: string } | undefined {
    if (groups['token'] !== undefined) return undefined;
    if (groups['email'] !== undefined) return { alias: aliasMail(match), rule: 'identity-mail' };
    if (groups['mac'] !== undefined) {
      return { alias: aliasMac(map, match, options.keepMacVendor), rule: 'identity-mac' };
    }
    if (groups['ipv6'] !== undefined) {
      if (!isIpv6Text(match)) return undefined;
      return { alias: aliasIpv6(map, match), rule: 'identity-ipv6' };
    }
    if (groups['ipv4'] !== undefined)
      return { alias: aliasIpv4(map, match), rule: 'identity-ipv4' };
    if (groups['serial'] !== undefined) {
      const alias = aliasSerial(map, groups['serial']);
      return { alias: `${groups['label']}${alias}`, rule: 'identity-serial' };
    }
    if (groups['peer'] !== undefined) return aliasPeer(map, match);
    const word = words.get(match.toLowerCase());
    return word === undefined ? undefined : { alias: word.alias, rule: `identity-${word.kind}` };
  }

  function aliasMail(address: string): string {
    const at = address.indexOf('@');
    const domain = address.slice(at + 1);
    if (notMail.test(domain)) return address;
    const person = map.alias(
      'person',
      address.slice(0, at).toLowerCase(),
      (attempt) => `person${map.known('person').size + attempt}`,
    );
    return `${person}@${aliasMailDomain(map, domain.toLowerCase())}`;
  }

  return {
    rules: `${inner.rules}, identities 1`,
    judge(path, head) {
      const decision = inner.judge(path, head);
      if (decision.action !== 'keep' || !decision.hasNames) return decision;
      return { action: 'drop', kind: decision.kind, reason: 'names in it cannot be replaced' };
    },
    open(subject) {
      const stream = inner.open(subject);
      return identityStream(stream, (text, hits) => replace(text, hits, subject.path));
    },
    name(path) {
      // `_` stands for the separators of a command line in the names that sos gives to files.
      const hits = new Map<string, number>();
      return inner
        .name(path)
        .split('/')
        .map((part) => replaceInName(part, (text) => replace(text, hits, '')))
        .join('/');
    },
  };
}

// Underscores are word characters to the patterns, so a name is looked at piece by piece too.
function replaceInName(part: string, replace: (text: string) => string): string {
  return replace(part).split('_').map(replace).join('_');
}

/** Two colons alone make no address: it needs a digit, and more than a time of day. */
function isIpv6Text(text: string): boolean {
  return (
    /\d/.test(text) &&
    (text.includes('::') || text.split(':').length === 8) &&
    parseIpv6(text) !== undefined
  );
}

// A domain that is known for one of this site has its alias; any other is known from mail alone.
function aliasMailDomain(map: AliasMap, domain: string): string {
  const own = map.known('domain').get(domain);
  if (own !== undefined || /^domain\d+\.example$/.test(domain)) return own ?? domain;
  return map.alias(
    'mail-domain',
    domain,
    (attempt) => `mail${map.known('mail-domain').size + attempt}.example`,
  );
}

function aliasPeer(map: AliasMap, name: string): { alias: string; rule: string } | undefined {
  if (isNobodysName(name)) return undefined;
  const make = (attempt: number) => `peer${map.known('peer').size + attempt}`;
  return { alias: map.alias('peer', name.toLowerCase(), make), rule: 'identity-host' };
}

function aliasSerial(map: AliasMap, serial: string): string {
  if (isCommonSerial(serial) || /^SERIAL\d+$/.test(serial)) return serial;
  return map.alias(
    'serial',
    serial.toLowerCase(),
    (attempt) => `SERIAL${map.known('serial').size + attempt}`,
  );
}

// Every host that was ever known by a name that is a word of every log.
function commonHosts(map: AliasMap, { commonHosts: own }: IdentityFacts): string[] {
  const all = new Set([
    ...own.map((name) => name.toLowerCase()),
    ...[...map.known('host').keys()].filter(isCommonName),
  ]);
  return [...all];
}

interface Word {
  readonly alias: string;
  readonly kind: AliasKind;
}

// Every name by its spelling in lower case. What the map knows from other bundles counts too.
function wordAliases(map: AliasMap, facts: IdentityFacts): ReadonlyMap<string, Word> {
  const words = new Map<string, Word>();
  const add = (
    kind: AliasKind,
    originals: readonly string[],
    make: (original: string, attempt: number) => string,
  ) => {
    const all = new Set([
      ...originals.map((original) => original.toLowerCase()),
      ...map.known(kind).keys(),
    ]);
    for (const original of all) {
      words.set(original, {
        kind,
        alias: map.alias(kind, original, (attempt) => make(original, attempt)),
      });
    }
  };
  const counted = (kind: AliasKind, name: string) => (_: string, attempt: number) =>
    `${name}${map.known(kind).size + attempt}`;
  add('keyword', facts.keywords, counted('keyword', 'keyword'));
  add(
    'domain',
    facts.domains,
    (_, attempt) => `domain${map.known('domain').size + attempt}.example`,
  );
  add('host', [...facts.hosts, ...facts.commonHosts], counted('host', 'host'));
  add('user', facts.users, counted('user', 'user'));
  add('serial', facts.serials, counted('serial', 'SERIAL'));
  add('machine-id', facts.machineIds, (original, attempt) =>
    map.digest(`${original} ${attempt}`).toString('hex', 0, 16),
  );
  return words;
}

// Longest first, so that db01.example.net is not taken for db01.
function buildPattern(
  words: readonly string[],
  common: readonly string[],
  domains: readonly string[],
): RegExp {
  const named = [...words]
    .filter((word) => !common.includes(word))
    .sort((a, b) => b.length - a.length)
    .map(escaped);
  const commonly = common.map(escaped).join('|');
  const parts = [
    `(?<token>${token})`,
    `(?<email>${email})`,
    `(?<mac>${mac})`,
    `(?<ipv6>${ipv6})`,
    `(?<ipv4>${ipv4})`,
    `(?:${serial})`,
    ...(common.length === 0
      ? []
      : [
          `(?<common>(?<![\\w.-])(?:${commonly})(?=\\.(?:${named.join('|')})(?![\\w-])))`,
          `(?<place>(?:${commonly})(?![\\w-]|\\.\\w)(?<=(?:${hostPlaces.join('|')})(?:${commonly})))`,
          `(?<bundle>(?<=\\b(?:sonae|sosreport)-)(?:${commonly})(?=-))`,
        ]),
    ...(named.length === 0
      ? []
      : [`(?<word>(?<![A-Za-z0-9])(?:${named.join('|')})(?![A-Za-z0-9]))`]),
    ...(domains.length === 0
      ? []
      : [`(?<peer>${peer}(?=\\.(?:${domains.map(escaped).join('|')})(?![A-Za-z0-9])))`]),
  ];
  return new RegExp(parts.join('|'), 'gim');
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function identityStream(
  inner: RedactionStream,
  replace: (text: string, hits: Map<string, number>) => string,
): RedactionStream {
  const own = new Map<string, number>();
  let carry = '';
  const take = (bytes: Buffer, isLast: boolean) => {
    const text = carry + bytes.toString('latin1');
    let end = isLast ? text.length : text.lastIndexOf('\n') + 1;
    if (!isLast && text.length - end > windowBytes) end = safeCut(text, end);
    carry = text.slice(end);
    // As UTF-8 behind the scenes: names and addresses are ASCII, other bytes pass one to one.
    return Buffer.from(replace(text.slice(0, end), own), 'latin1');
  };
  return {
    write: (chunk) => take(inner.write(chunk), false),
    end: () => take(inner.end(), true),
    get hits() {
      return new Map([...inner.hits, ...own]);
    },
  };
}

// The last white space or comma of a long line; without one, where the line stands.
function safeCut(text: string, from: number): number {
  for (let at = text.length - 1024; at > from; at -= 1) {
    if (/[\s,;"']/.test(text[at] as string)) return at + 1;
  }
  return text.length - 1024;
}
