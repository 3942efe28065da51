import {
  describeKey,
  identifierEnd,
  identifierStart,
  type Key,
  maxIdentifier,
} from './key-context.ts';
import { readElement, readElementText } from './key-element.ts';
import { isPackageVersion, isSecret } from './key-judgement.ts';
import { judgeKeyName } from './key-name.ts';
import { type Findings, type LineView, matchAt } from './line-view.ts';
import { isInnocentInProse, isInnocentValue, isRandom } from './plausible-value.ts';
import { readValue, styleAt } from './value-extent.ts';

/**
 * Looks at the identifier around `at`. Reports the value when there is one, says what to expect of the next
 * lines when it must be there, and returns the end of the identifier so that no one looks at it twice.
 */
export function findKeyedSecret(line: LineView, at: number, findings: Findings): number {
  const start = identifierStart(line, at);
  const end = identifierEnd(line, at);
  if (end - start > maxIdentifier) return end;
  const name = line.text.slice(start, end);
  // A variable with a default, and our own tokens, which have the word in them.
  if (line.text.startsWith('${', start - 2)) return end;
  if (name === 'secret' && line.text.startsWith('sonae:', start - 6)) return end;
  if (name.startsWith('sonae-secret-')) return end;
  const meaning = judgeKeyName(name);
  if (meaning === undefined) return end;
  const key = describeKey(line, start, end, name, meaning);
  readElement(line, key, findings) ||
    readSetting(line, key, findings) ||
    readNamedValue(line, key, findings) ||
    readFlag(line, key, findings) ||
    readSpaced(line, key, findings);
  return end;
}

const separator =
  /(?:\\{0,3}["']|%2[27])?\]?[ \t]*(=>|:=|\+=|\?=|={1,2}|:|%3[AaDd](?:%2[27])?)[ \t]*/y;
const lineGoesOn = /\\[ \t]*\r?(?=\n|$)/y;
const ldifValue = /: [A-Za-z0-9+/]{4,4000}={0,2}[ \t]*\r?(?=\n|$)/y;
const blockScalar = /(?:!\S+[ \t]+)?[|>][-+\d]{0,2}[ \t]*(?:#.*)?\r?(?=\n|$)/y;
const restBlank = /[ \t]*\r?(?=\n|$)/y;

// key = value, key: value, "key": "value", key => value, KEY=value, ?key=value
function readSetting(line: LineView, key: Key, findings: Findings): boolean {
  const { text } = line;
  const match = matchAt(separator, line, key.end);
  const sign = match?.[1];
  if (match === undefined || sign === undefined) return false;
  let at = key.end + match[0].length;
  const isColon = sign === ':' || /^%3[Aa]/.test(sign);
  if (isColon && isNoSetting(line, key, at)) return true;
  // `--set-credential= switch`: the flag is spoken of, not given.
  if (key.isFlag && /[^ ]?= +$/.test(match[0])) return true;
  if (isColon && text.startsWith(': ', at)) at += 2;
  const rule = key.meaning.rule;
  const indent = indentOf(line);
  if (matchAt(restBlank, line, at) !== undefined) {
    if (isColon && key.isFirst && key.meaning.strength === 'strong') {
      findings.expect({ kind: 'list', rule, indent });
    }
    return true;
  }
  if (isColon && key.meaning.strength === 'strong' && matchAt(blockScalar, line, at)) {
    findings.expect({ kind: 'block', rule, indent });
    return true;
  }
  if (
    key.meaning.strength === 'strong' &&
    !/ $/.test(match[0]) &&
    matchAt(lineGoesOn, line, at) !== undefined
  ) {
    findings.expect({ kind: 'argument', rule });
    return true;
  }
  if (text[at] === '[' && readList(line, key, at, findings)) return true;
  if (isColon && text[at] === '{' && /[\s{"']/.test(text[at + 1] ?? '\n')) return true;
  const enclosing = /["'`\0]/.test(key.before) ? escapedQuote(line, key) : undefined;
  const isKeyQuoted = match[0].startsWith('"') || match[0].startsWith("'") || match[0][0] === '\\';
  const value = readValue(line, at, {
    // Phrases have spaces in them, tokens do not.
    place: key.isFirst && !/^(?:token|api|random)/.test(rule) ? 'line' : 'inline',
    separator: isColon ? ':' : '=',
    enclosing: isKeyQuoted ? undefined : enclosing,
  });
  if (value === undefined) return true;
  const isLoose = isColon && !value.isQuoted && !isKeyQuoted;
  if (!isSecret(line, key, value, isLoose, match[0])) return true;
  const bareJson = isKeyQuoted && !value.isQuoted && isColon && match[0].startsWith('"');
  const style = bareJson ? 'quote' : styleAt(line, value);
  findings.add(value.start, value.end, rule, style);
  return true;
}

// `::`, `://`, and a word that ends a path (`/etc/passwd: ASCII text`).
function isNoSetting(line: LineView, key: Key, at: number): boolean {
  const { text } = line;
  // `userPassword:: BASE64` of LDIF is a setting.
  if (text[at] === ':') return !(key.isFirst && matchAt(ldifValue, line, at) !== undefined);
  if (text.startsWith('//', at)) return true;
  return key.before === '/' && text[key.start - 1] === '/' && text[key.start] !== '_';
}

function escapedQuote(line: LineView, key: Key): string {
  let from = key.outerStart - 1;
  while (from > line.start && line.text[from - 1] === '\\' && key.outerStart - from < 4) from -= 1;
  return line.text.slice(from, key.outerStart);
}

// ["a", "b"] or [a, b] on the same line; a list that stays open is continued on the next ones.
function readList(line: LineView, key: Key, at: number, findings: Findings): boolean {
  const close = line.text.indexOf(']', at);
  const rule = key.meaning.rule;
  if (key.meaning.strength === 'weak') return false;
  if (close < 0 || close >= line.end) {
    if (line.text.slice(at + 1, line.end).trim() !== '') return false;
    findings.expect({ kind: 'list', rule, indent: indentOf(line) - 1 });
    return true;
  }
  const item = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,\]"'][^,\]]*))\s*(?:,|(?=\]))/y;
  let next = at + 1;
  for (
    let found = matchAt(item, line, next);
    found !== undefined;
    found = matchAt(item, line, next)
  ) {
    const value = found[1] ?? found[2] ?? found[3] ?? '';
    const start = found.index + found[0].indexOf(value);
    if (!isInnocentValue(value.trim())) findings.add(start, start + value.trimEnd().length, rule);
    next = found.index + found[0].length;
    if (next >= close) break;
  }
  return next > at + 1 || close === at + 1;
}

const nameBefore =
  /(?:^|[\s{,<"'-])["']?(?:name|key|id|property|param|parameter|option|k|variable)\\?["']?\s*[:=]\s*\\?["']?$/i;
const valueAfter = /\\?["']?[^\n]{0,160}?\bvalue\\?["']?\s*[:=]\s*/iy;
const textAfter = /["'](?:\s[^<>\n]{0,160})?>(?:\s{0,40}<value>)?/y;

// "name": "DB_PASSWORD", "value": "..." and <property name="password">...</property>
function readNamedValue(line: LineView, key: Key, findings: Findings): boolean {
  const { text } = line;
  const head = text.slice(Math.max(line.start, key.start - 60), key.start);
  if (/\w\(\s*["']$/.test(head)) return readCallValue(line, key, findings);
  if (elementBefore.test(head)) return readElementPair(line, key, findings);
  if (!nameBefore.test(head)) return false;
  const after = matchAt(valueAfter, line, key.end);
  if (after !== undefined) {
    const at = key.end + after[0].length;
    const value = readValue(line, at, { place: 'inline', separator: '=', enclosing: undefined });
    if (value !== undefined && isSecret(line, key, value, false, '=')) {
      findings.add(value.start, value.end, key.meaning.rule, styleAt(line, value));
    }
    return true;
  }
  const tag = matchAt(textAfter, line, key.end);
  if (
    tag !== undefined &&
    /<[^<>]*$/.test(text.slice(Math.max(line.start, key.start - 400), key.start))
  ) {
    readElementText(line, key.end + tag[0].length, key.meaning, findings);
    return true;
  }
  if (
    key.meaning.strength === 'strong' &&
    matchAt(/["']?[ \t]*,?[ \t]*\r?(?=\n|$)/y, line, key.end)
  ) {
    findings.expect({ kind: 'value', rule: key.meaning.rule, lines: 3 });
  }
  return true;
}

const elementBefore = /<(?:[\w-]{1,20}-)?(?:name|key)>\s{0,4}$/i;
const elementAfter = /[ \t]{0,4}<\/[\w-]{1,30}>[ \t]{0,40}/y;
const elementValue = /<(?:[\w-]{1,20}-)?value>/iy;

// <name>fs.s3a.secret.key</name><value>...</value> and <param-name>, on one line or on the next ones
function readElementPair(line: LineView, key: Key, findings: Findings): boolean {
  const close = matchAt(elementAfter, line, key.end);
  if (close === undefined) return false;
  const at = key.end + close[0].length;
  const open = matchAt(elementValue, line, at);
  if (open !== undefined) readElementText(line, at + open[0].length, key.meaning, findings);
  else if (key.meaning.strength === 'strong' && matchAt(restBlank, line, at) !== undefined) {
    findings.expect({ kind: 'value', rule: key.meaning.rule, lines: 3 });
  }
  return true;
}

// define('DB_PASSWORD', '...'), setProperty("password", "...")
function readCallValue(line: LineView, key: Key, findings: Findings): boolean {
  const gap = matchAt(/["']\s*,\s*(?=["'])/y, line, key.end);
  if (gap === undefined) return false;
  const at = key.end + gap[0].length;
  const value = readValue(line, at, { place: 'inline', separator: '=', enclosing: undefined });
  if (value !== undefined && isSecret(line, key, value, false, '=')) {
    findings.add(value.start, value.end, key.meaning.rule);
  }
  return true;
}

const argumentGap = /["'] a\d{1,3}=|["']?[ \t\0]+|["'],[ \t]*/y;

// --password value, "--password", "value", a1="--password" a2="value"
function readFlag(line: LineView, key: Key, findings: Findings): boolean {
  if (!key.isFlag || key.meaning.strength === 'weak') return false;
  const rule = key.meaning.rule;
  const tail = matchAt(/["']?,?[ \t]*\\?[ \t]*\r?(?=\n|$)/y, line, key.end);
  if (tail !== undefined) {
    // An argument on the next line: a list, or a line that goes on. A unit's `--prompt-root-password` is neither.
    const isList = /^\s*-\s+-/.test(
      line.text.slice(line.start, Math.min(line.end, line.start + 80)),
    );
    if (isList || /["',\\]/.test(tail[0])) findings.expect({ kind: 'argument', rule });
    return true;
  }
  const gap = matchAt(argumentGap, line, key.end);
  if (gap === undefined) return false;
  const at = key.end + gap[0].length;
  if (/[-\]|\\;&]/.test(line.text[at] ?? '')) return matchesContinuation(line, at, rule, findings);
  const value = readValue(line, at, { place: 'inline', separator: ' ', enclosing: undefined });
  if (value === undefined) return true;
  const text = line.text.slice(value.start, value.end);
  // openssl: pass:, env:, file:, fd: and stdin say where the password comes from.
  const source = /^(?:pass:|(?:env|file|fd):\S)/.exec(text)?.[0] ?? '';
  if (source.length > 5 || /^(?:env|file|fd):/.test(source)) return true;
  // Read once more from there: one that is masked already ends otherwise.
  const start = value.start + source.length;
  const end =
    source === ''
      ? value.end
      : (readValue(line, start, { place: 'inline', separator: ' ', enclosing: undefined })?.end ??
        value.end);
  if (!isInnocentInProse(line.text.slice(start, end)) && !/^[A-Z_]{3,}\]?$/.test(text)) {
    findings.add(start, end, rule, 'plain');
  }
  return true;
}

function matchesContinuation(
  line: LineView,
  at: number,
  rule: string,
  findings: Findings,
): boolean {
  if (matchAt(lineGoesOn, line, at)) findings.expect({ kind: 'argument', rule });
  return true;
}

// Words before a name and its value: of shells, Dockerfiles, Apache, nginx, gluster.
const settingWord =
  /^[ \t]*(?:setenv|set[ \t]+-\w{1,4}|env|fastcgi_param|uwsgi_param|proxy_set_header|add_header|(?:request)?header[ \t]+(?:always[ \t]+)?(?:set|add|append)|option)[ \t]+$/i;
const spacedValue =
  /[ \t]+(?:(?:\d|encrypted|clear|cleartext|plain|md5|sha\d{0,3}|0x)[ \t]+)?("[^"\n]*"|'[^'\n]*'|(?:\{[A-Z]|[^\s"';{}])(?:[^\s;}]|[;}](?=[^\s}]))*);?[ \t]*(?:\}.*|(?<=[\s;])[#!].*)?\r?(?=\n|$)/y;
const spacedQuoted = /[ \t]+(?:"([^"\n]{1,200})"|'([^'\n]{1,200})')/y;

// bindpw secret, requirepass "x", password 7 0822455D0A16, secret "base64"; and psk "x" anywhere
function readSpaced(line: LineView, key: Key, findings: Findings): boolean {
  const { text } = line;
  if (key.meaning.strength === 'weak' && !/^(?:key|secret)$/i.test(key.name)) return false;
  const isFirst =
    settingWord.test(text.slice(Math.max(line.start, key.start - 60), key.start)) ||
    /^[ \t]*$/.test(text.slice(line.start, key.start)) ||
    /[;{][ \t]*$/.test(text.slice(Math.max(line.start, key.start - 20), key.start));
  const match = isFirst ? matchAt(spacedValue, line, key.end) : undefined;
  const quotedOnly =
    match === undefined &&
    /^(?:password|psk|secret)-key$/.test(key.meaning.rule) &&
    !/^pass$/i.test(key.name)
      ? matchAt(spacedQuoted, line, key.end)
      : undefined;
  const raw = match?.[1] ?? quotedOnly?.[1] ?? quotedOnly?.[2];
  const found = match ?? quotedOnly;
  if (raw === undefined || found === undefined) return false;
  const value = raw.replace(/^["']|["']$/g, '');
  const start = found.index + found[0].lastIndexOf(value, found[0].lastIndexOf(raw) + 1);
  if (key.meaning.strength === 'weak' ? !isRandom(value) : isInnocentInProse(value)) return true;
  if (isPackageVersion(key.name, value)) return true;
  if (/s$/i.test(key.name) && key.meaning.isBare && !/pass$/i.test(key.name)) return true;
  findings.add(start, start + value.length, key.meaning.rule, 'plain');
  return true;
}

function indentOf({ text, start, end }: LineView): number {
  let at = start;
  while (at < end && text[at] === ' ') at += 1;
  return at - start;
}
