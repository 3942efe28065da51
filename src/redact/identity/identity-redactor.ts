import type { Redactor } from '../../model/redaction.ts';
import { aliasIpv4, aliasIpv6, aliasMac, parseIpv6 } from './address-alias.ts';
import type { AliasMap } from './alias-map.ts';
import { isNobodysName } from './common-names.ts';
import { aliasHexAddresses, hasHexAddresses } from './hex-address.ts';
import { type IdentityFacts, isCommonSerial } from './identity-facts.ts';
import { identityPattern } from './identity-pattern.ts';
import { identityStream } from './identity-stream.ts';
import { isAnnouncedAsVersion, isVersionList } from './version-list.ts';
import { asBytes, commonHosts, wordAliases } from './word-aliases.ts';

/** Choices for the aliases of identities. */
export interface IdentityOptions {
  /** Keep the first half of MAC addresses, which names the maker of the card. */
  readonly keepMacVendor?: boolean;
}

// Names of units and of files look like addresses of mail, and so do the ciphers of SSH.
const notMail =
  /\.(?:service|socket|target|timer|slice|scope|mount|automount|path|device|swap|conf|d|so|wants|catalog|tar|gz|xz|zip|png|svg|txt|html?|js|rb|json|xml|ya?ml|log|css|deb|rpm|git)$|^(?:openssh\.com|libssh\.org|lysator\.liu\.se|example\.(?:com|org|net))$/i;

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
  const pattern = identityPattern([...words.keys()], common, [...map.known('domain').keys()]);
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
  if (!part.isWellFormed()) return replace(part).split('_').map(replace).join('_');
  const shown = replace(asBytes(part)).split('_').map(replace).join('_');
  return Buffer.from(shown, 'latin1').toString('utf8');
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
