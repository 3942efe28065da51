import type { KeyMeaning } from './key-name.ts';
import type { LineView } from './line-view.ts';

/** An identifier in a line that means its value is secret, and how it is written. */
export interface Key {
  readonly name: string;
  readonly meaning: KeyMeaning;
  readonly start: number;
  readonly end: number;
  /** The character before it, or its dashes; empty at the start of the line. */
  readonly before: string;
  /** It began with `-` or `--`, after a space, a quote or a bracket. */
  readonly isFlag: boolean;
  /** Nothing but indentation, a list dash, a comment sign or words such as `export` stands before it. */
  readonly isFirst: boolean;
  /** Start of the flag's dashes or of the identifier. */
  readonly outerStart: number;
}

/** How far an identifier may reach on either side of the word that gave it away. */
export const maxIdentifier = 128;

/** How the identifier from `start` to `end` is written. */
export function describeKey(
  line: LineView,
  start: number,
  end: number,
  name: string,
  meaning: KeyMeaning,
): Key {
  const { text } = line;
  let outerStart = start;
  while (outerStart > line.start && start - outerStart < 2 && text[outerStart - 1] === '-') {
    outerStart -= 1;
  }
  const before = outerStart > line.start ? (text[outerStart - 1] as string) : '';
  const isFlag = outerStart < start && (before === '' || /[\s\0"'[(=`,|]/.test(before));
  const head = text.slice(Math.max(line.start, start - 60), start);
  const isFirst =
    start - line.start <= 60 &&
    /^[ \t]*(?:[-#;!]{0,3}[ \t]*)(?:(?:export|set|setenv|declare|readonly|local|Environment=|env|passwd|var|const|let|define|SetEnv)[ \t]+)?["'$]?$/i.test(
      head,
    );
  return { name, meaning, start, end, before, isFlag, isFirst, outerStart };
}

/** Where the identifier around `at` begins; looks no further than `maxIdentifier`. */
export function identifierStart({ text, start }: LineView, at: number): number {
  let from = at;
  while (from > start && at - from <= maxIdentifier && isIdentifier(text.charCodeAt(from - 1))) {
    from -= 1;
  }
  while (from < at && isPunctuation(text.charCodeAt(from))) from += 1;
  return from;
}

/** Where it ends. */
export function identifierEnd({ text, end }: LineView, at: number): number {
  let to = at;
  while (to < end && to - at <= maxIdentifier && isIdentifier(text.charCodeAt(to))) to += 1;
  while (to > at && isPunctuation(text.charCodeAt(to - 1))) to -= 1;
  return to;
}

function isIdentifier(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x5f || // _
    isPunctuation(code)
  );
}

function isPunctuation(code: number): boolean {
  return code === 0x2d || code === 0x2e; // - .
}
