import type { LeakRule } from './leak-rule.ts';
import { followingRules, secretFiles } from './verify-places.ts';
import { isHarmless, leakRules, tokenRule } from './verify-rules.ts';
import { tokenBeginnings } from './verify-tokens.ts';

/** Where something that looks like a secret was found. Never what it was. */
export interface LeakPlace {
  /** Path inside the bundle; for what lies in an archive, `outer!inner`. */
  readonly path: string;
  /** Counted from 1; 0 means the name itself. */
  readonly line: number;
  readonly rule: string;
}

/** One file on its way through the verification. */
export interface LeakScan {
  write(chunk: Buffer): void;
  end(): void;
}

/** Looks for words that must not be there: the originals of a map of aliases. */
export interface ForbiddenWords {
  /** Names of the kinds (`host`, `user`) whose originals occur in a line of a file. */
  find(text: string, path: string): readonly string[];
}

/** Lines are looked at whole up to this length; longer ones in pieces that overlap. */
const pieceLength = 32 * 1024;
const overlap = 2 * 1024;

// Lines without any of these are not looked at closely. A word with another one in it need not be looked for.
const needed = [
  ...new Set([...leakRules.map(({ needs }) => needs), 'list: ?\\|'].flatMap(alternatives)),
];
const quickWords = new RegExp(
  needed
    .filter(
      (one) =>
        !needed.some(
          (other) => other !== one && isPlain(other) && outsideGroups(one).includes(other),
        ),
    )
    .join('|'),
  'i',
);
const quickTokens = new RegExp(tokenBeginnings);
const rulesByNeed: readonly (readonly [LeakRule, RegExp])[] = leakRules.map((rule) => [
  rule,
  new RegExp(rule.needs, 'i'),
]);

// What the redaction wrote itself.
const masks = /(?:<|&lt;)sonae:secret:[a-z]?\d{1,9}(?:>|&gt;)|sonae-secret-[a-z]?\d{1,9}/g;

/** Opens the verification of one file; `report` is called once for each place and rule. */
export function openLeakScan(
  path: string,
  report: (place: LeakPlace) => void,
  forbidden?: ForbiddenWords,
): LeakScan {
  let rest = '';
  let line = 1;
  let before = '';
  // UTF-16 (by its mark): without the NULs, what is ASCII reads as such.
  let isWide: boolean | undefined;
  const isSecretFile = secretFiles.some((file) => file.path.test(path));
  const look = (text: string) => {
    for (const rule of findLeaks(text, forbidden, path, before)) report({ path, line, rule });
    // The body of a key may stand behind a blank line.
    if (text.trim() !== '' || !before.includes('PRIVATE KEY'))
      before = text.length < pieceLength ? text : '';
  };
  const take = (text: string, isLast: boolean) => {
    let at = 0;
    for (;;) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      if (end - at > pieceLength) {
        look(text.slice(at, at + pieceLength));
        at += pieceLength - overlap;
        continue;
      }
      if (newline < 0) break;
      look(text.slice(at, end));
      line += 1;
      at = end + 1;
    }
    rest = text.slice(at);
    if (isLast && rest !== '') look(rest);
  };
  return {
    write(chunk) {
      // Quick for the great majority of chunks, in which nothing is suspicious.
      if (chunk.length >= 2)
        isWide ??= /^(?:\xff\xfe|\xfe\xff)/.test(chunk.toString('latin1', 0, 2));
      const piece = chunk.toString('latin1');
      const text = rest + (isWide ? piece.replaceAll('\0', '') : piece);
      const isQuiet = forbidden === undefined && !isSecretFile && !isSuspicious(before + text);
      if (isQuiet && rest.length <= pieceLength) {
        skip(text);
      } else take(text, false);
    },
    end() {
      take(rest, true);
      rest = '';
    },
  };

  function skip(text: string): void {
    before = '';
    const last = text.lastIndexOf('\n');
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line += 1;
    rest = text.slice(last + 1);
    if (rest.length > pieceLength) rest = rest.slice(-overlap);
  }
}

/** Names of the rules that see a secret in this line, each once. `before` is the line above it. */
export function findLeaks(
  line: string,
  forbidden?: ForbiddenWords,
  path = '',
  before = '',
): string[] {
  const found = new Set<string>();
  for (const kind of forbidden?.find(line, path) ?? []) found.add(`original-${kind}`);
  const isQuick = quickWords.test(line);
  const hasToken = quickTokens.test(line);
  const isAfterQuick = before !== '' && quickWords.test(before);
  const file = secretFiles.find((one) => one.path.test(path));
  if (!isQuick && !hasToken && !isAfterQuick && file === undefined) return [...found];
  const text = line.replace(masks, '<>');
  if (hasToken && hasLeak(tokenRule, text)) found.add(tokenRule.name);
  if (isQuick) {
    for (const [rule, needs] of rulesByNeed)
      if (!found.has(rule.name) && needs.test(text) && hasLeak(rule, text)) found.add(rule.name);
  }
  if (isAfterQuick) {
    for (const { name, before: announces, pattern } of followingRules) {
      if (announces.test(before) && isLeakIn(pattern, text)) found.add(name);
    }
  }
  const inFile = file?.pattern.exec(text)?.groups?.['value'];
  if (inFile !== undefined && !inFile.startsWith('<>')) found.add('secret-file');
  return [...found];
}

// `a|b(?:c|d)` is `a` and `b(?:c|d)`.
function alternatives(pattern: string): string[] {
  return pattern.split(/(?<!\\)\|(?![^(]*\))/);
}

function outsideGroups(pattern: string): string {
  return pattern.replace(/\([^)]*\)/g, '|');
}

function isPlain(pattern: string): boolean {
  return /^[a-z_-]{3,}$/i.test(pattern);
}

function isSuspicious(text: string): boolean {
  return quickWords.test(text) || quickTokens.test(text);
}

function hasLeak({ pattern, isLeak }: LeakRule, text: string): boolean {
  for (const match of text.matchAll(pattern)) {
    const value = match.groups?.['value'] ?? match.groups?.['value2'] ?? '';
    if (isLeak === undefined ? !isHarmless(value) : isLeak(value, match)) return true;
  }
  return false;
}

function isLeakIn(pattern: RegExp, text: string): boolean {
  const value = pattern.exec(text)?.groups?.['value'];
  return value !== undefined && !isHarmless(value);
}

/** The same for the name of a file or the target of a link. */
export function findLeaksInName(
  path: string,
  report: (place: LeakPlace) => void,
  forbidden?: ForbiddenWords,
): void {
  for (const rule of findLeaks(path.replaceAll('_', ' '), forbidden))
    report({ path, line: 0, rule });
}
