/** One line inside a longer text, without its line end. Text is latin1: one character for each byte. */
export interface LineView {
  /** What is known of where plain values end on this line; see value-extent.ts. */
  readonly memo: { from: number; end: number };
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** How a token is written so that what surrounds it can still be parsed. */
export type SpanStyle = 'plain' | 'quote' | 'xml';

/** A secret found in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly style: SpanStyle;
}

/** What a line says about the lines after it. */
export type Expectation =
  /** An indented block (YAML `|`): all lines deeper than the indent are the secret. */
  | { readonly kind: 'block'; readonly rule: string; readonly indent: number }
  /** Items of a YAML or JSON list. */
  | { readonly kind: 'list'; readonly rule: string; readonly indent: number }
  /** A `value:` on one of the next lines. */
  | { readonly kind: 'value'; readonly rule: string; readonly lines: number }
  /** The next line holds the argument of a flag. */
  | { readonly kind: 'argument'; readonly rule: string }
  /** The next lines hold the text of an XML element. */
  | { readonly kind: 'element'; readonly rule: string; readonly lines: number }
  /** `user:password` lines of a cloud-init chpasswd list. */
  | { readonly kind: 'user-list'; readonly rule: string; readonly indent: number }
  /** Values of a map whose keys tell nothing; `block` is the indent of a key whose value is the block below it. */
  | {
      readonly kind: 'secret-map';
      readonly rule: string;
      readonly indent: number;
      /** Only values that are text in base64 are secrets. */
      readonly isEncoded: boolean;
      readonly block?: number;
    }
  /** The body of a private key; `column` is where its first line began, behind a log prefix perhaps. */
  | { readonly kind: 'armor'; readonly rule: string; readonly column: number };

/** Where a rule reports what it found. */
export interface Findings {
  add(start: number, end: number, rule: string, style?: SpanStyle): void;
  expect(expectation: Expectation): void;
}

/** The line around a position, looked for no further than the given bounds. */
export function lineAround(text: string, at: number, from: number, to: number): LineView {
  const before = at > from ? text.lastIndexOf('\n', at - 1) : -1;
  const after = text.indexOf('\n', at);
  const end = after < 0 || after > to ? to : after;
  return { memo: { from: -1, end: -1 }, text, start: Math.max(from, before + 1), end };
}

/** True right behind a line end or tabulator that is written out, as in JSON: its letter belongs to no word. */
export function isBehindEscape({ text, start }: LineView, at: number): boolean {
  return at - 2 >= start && text[at - 2] === '\\' && /[nrt]/.test(text[at - 1] as string);
}

/** Runs a sticky pattern at a position of the line; undefined when it does not match or runs over the end. */
export function matchAt(pattern: RegExp, line: LineView, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(line.text);
  return match !== null && at + match[0].length <= line.end ? match : undefined;
}
