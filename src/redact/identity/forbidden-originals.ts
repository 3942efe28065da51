import type { ForbiddenWords } from '../verify-scan.ts';
import { isOriginalIpv4 } from './address-alias.ts';
import type { AliasMap } from './alias-map.ts';
import { isCommonName } from './common-names.ts';
import { hasHexAddresses, hasOriginalHexAddress } from './hex-address.ts';
import { isAnnouncedAsVersion, isVersionList } from './version-list.ts';
import { asBytes } from './word-aliases.ts';

/**
 * Everything in a map that must not be found in a cleaned bundle. Reads words and looks them up, where the
 * redaction searches with one pattern: a fault of that pattern does not hide here.
 */
export function forbiddenOriginals(map: AliasMap): ForbiddenWords {
  const whole = new Map<string, string>();
  for (const kind of [
    'host',
    'domain',
    'user',
    'full-name',
    'serial',
    'machine-id',
    'keyword',
  ] as const) {
    for (const original of map.known(kind).keys())
      if (!(kind === 'host' && isCommonName(original)))
        whole.set(asBytes(original).toLowerCase(), kind);
  }
  const commonHosts = [...map.known('host').keys()].filter(isCommonName);
  const people = map.known('person');
  const mailDomains = map.known('mail-domain');
  const macs = map.known('mac');
  const peers = map.known('peer');
  const phrases = [...whole].filter(([original]) => /[^a-z0-9]/.test(original));
  return {
    find(text, path) {
      const found = new Set<string>();
      const lower = text.toLowerCase().replace(/\\[nrt]/g, '  ');
      for (const word of lower.split(/[^a-z0-9]+/)) {
        const kind = whole.get(word);
        if (kind !== undefined) found.add(kind);
      }
      for (const [phrase, kind] of phrases) if (isWithin(lower, phrase)) found.add(kind);
      for (const { 0: address, index } of lower.matchAll(
        /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|[-+~]\w)/g,
      )) {
        const isVersion = isVersionList(path) || isAnnouncedAsVersion(lower, index);
        if (!isVersion && isOriginalIpv4(map, address)) found.add('ipv4');
      }
      for (const [, person = '', domain = ''] of lower.matchAll(
        /([a-z0-9][\w.+'-]{0,63})@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})/g,
      )) {
        if (people.has(person) && mailDomains.has(domain)) found.add('mail');
      }
      // Its domain has become an alias, and it has not.
      for (const [, name = ''] of lower.matchAll(
        /([a-z0-9][\w.-]{0,255})\.domain\d{1,9}\.example/g,
      ))
        if (peers.has(name)) found.add('host');
      if (hasHexAddresses(path) && hasOriginalHexAddress(map, text)) found.add('ipv4');
      if (commonHosts.some((host) => namesHost(lower, host))) found.add('host');
      for (const [mac = ''] of lower.matchAll(
        /(?<![0-9a-f:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![0-9a-f:-])/g,
      )) {
        if (macs.has(mac.replace(/[:-]/g, ''))) found.add('mac');
      }
      return [...found];
    },
  };
}

// Behind the time of a log line, or behind a user and `@`.
function namesHost(line: string, host: string): boolean {
  const fields = line.split(' ', 5).filter((field) => field !== '');
  const time = fields.findIndex((field) => /^(?:\d{4}-\d\d-\d\dt)?\d\d:\d\d:\d\d/.test(field));
  if (time >= 0 && time < 3 && fields[time + 1] === host) return true;
  const at = line.indexOf(`@${host}`);
  return (
    at > 0 && !/[\w.-]/.test(line[at + host.length + 1] ?? ' ') && /\w/.test(line[at - 1] ?? '')
  );
}

function isWithin(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + phrase.length] ?? ' ';
    if (!/[a-z0-9]/.test(before) && !/[a-z0-9]/.test(after)) return true;
  }
  return false;
}
