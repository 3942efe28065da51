import type { ForbiddenWords } from '../verify-scan.ts';
import { isOriginalIpv4 } from './address-alias.ts';
import type { AliasMap } from './alias-map.ts';
import { isVersionList } from './version-list.ts';

/**
 * Everything in a map that must not be found in a cleaned bundle. Reads words and looks them up, where the
 * redaction searches with one pattern: a fault of that pattern does not hide here.
 */
export function forbiddenOriginals(map: AliasMap): ForbiddenWords {
  const whole = new Map<string, string>();
  for (const kind of ['host', 'domain', 'user', 'serial', 'machine-id', 'keyword'] as const) {
    for (const original of map.known(kind).keys()) whole.set(original, kind);
  }
  const macs = map.known('mac');
  const phrases = [...whole].filter(([original]) => /[^a-z0-9]/.test(original));
  return {
    find(text, path) {
      const found = new Set<string>();
      const lower = text.toLowerCase();
      for (const word of lower.split(/[^a-z0-9]+/)) {
        const kind = whole.get(word);
        if (kind !== undefined) found.add(kind);
      }
      for (const [phrase, kind] of phrases) if (isWithin(lower, phrase)) found.add(kind);
      for (const [address = ''] of lower.matchAll(
        /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|[-+~]\w)/g,
      )) {
        if (!isVersionList(path) && isOriginalIpv4(map, address)) found.add('ipv4');
      }
      for (const [mac = ''] of lower.matchAll(
        /(?<![0-9a-f:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![0-9a-f:-])/g,
      )) {
        if (macs.has(mac.replace(/[:-]/g, ''))) found.add('mac');
      }
      return [...found];
    },
  };
}

function isWithin(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + phrase.length] ?? ' ';
    if (!/[a-z0-9]/.test(before) && !/[a-z0-9]/.test(after)) return true;
  }
  return false;
}
