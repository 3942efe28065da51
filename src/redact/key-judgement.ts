import type { Key } from './key-context.ts';
import type { LineView } from './line-view.ts';
import {
  isInnocentInProse,
  isInnocentValue,
  isProse,
  isRandom,
  isVersion,
} from './plausible-value.ts';
import type { ValueExtent } from './value-extent.ts';

/** Whether a value is one that the key makes a secret; `isLoose` where the key may be a word in a sentence. */
export function isSecret(
  line: LineView,
  key: Key,
  extent: ValueExtent,
  isLoose: boolean,
  separatorText: string,
): boolean {
  const value = line.text.slice(extent.start, extent.end);
  if (key.meaning.strength === 'weak') return isRandom(value) || isSessionId(key.name, value);
  if (isInnocentValue(value)) return false;
  if (isPackageVersion(key.name, value)) return false;
  if (/^(?:OLD)?PWD$/.test(key.name) && value.startsWith('/')) return false;
  if (/^tokens$/i.test(key.name) && /^\d+$/.test(value)) return false;
  // BGP communities; also the tag of a container image such as `token:1.2`.
  if (key.meaning.rule === 'community-key' && /^\d+:\d+/.test(value)) return false;
  if (!isLoose) return true;
  return isPlausibleAfterColon(line, key, extent, value, separatorText);
}

// In `{password: x, type: text}` what follows is another setting.
function clauseFrom({ text, end }: LineView, { start, end: valueEnd }: ValueExtent): string {
  const rest = text.slice(valueEnd, Math.min(end, valueEnd + 400));
  const next = rest.search(/[,;{}]/);
  return text.slice(start, valueEnd) + (next < 0 ? rest : rest.slice(0, next));
}

// A checksum under another name; under these it opens what somebody has logged in to.
function isSessionId(name: string, value: string): boolean {
  return /sess(?:ion)?_?id$|sid$/i.test(name) && /^[0-9a-f]{24,128}$/i.test(value);
}

/** `base-passwd 3.6.1` and `libsecret = 0.20.5` in lists of packages. */
export function isPackageVersion(name: string, value: string): boolean {
  return /^libsecret|passwd$/i.test(name) && isVersion(value);
}

// In `word: text` the word may be prose, the name of a program, or a place such as `file:line`.
function isPlausibleAfterColon(
  line: LineView,
  key: Key,
  extent: ValueExtent,
  value: string,
  separatorText: string,
): boolean {
  if (isInnocentInProse(value) || isProse(clauseFrom(line, extent))) return false;
  if (/^passwd$/i.test(key.name) && /\s|^(?:files|ldap|db|dns)$/.test(value)) return false;
  if (/^\d{1,6}[:,.)]?$/.test(value) && (key.meaning.isBare || !/\s$/.test(separatorText))) {
    return key.isFirst && /\s$/.test(separatorText) && /^pass(?:word|wd|phrase)$/i.test(key.name);
  }
  if (key.isFirst || /[[{(,;?&"']/.test(key.before)) return true;
  if (/[^a-z]/i.test(value) || !/^[A-Z]?[a-z]+$/.test(value)) return !/^[A-Z][a-z]+$/.test(value);
  return /^\s*(?:$|[,;)}\]"'])/.test(line.text.slice(extent.end, line.end));
}
