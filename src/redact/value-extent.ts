import { type LineView, matchAt, type SpanStyle } from './line-view.ts';

/** Where a value begins and ends, and how its mask must be written. */
export interface ValueExtent {
  readonly start: number;
  readonly end: number;
  readonly style: SpanStyle;
  readonly isQuoted: boolean;
}

/** What is known about the place of a value. */
export interface ValueContext {
  /** `line`: its key is the first thing on the line. */
  readonly place: 'line' | 'inline';
  readonly separator: '=' | ':' | ' ';
  /** A quote that opened right before the key, as in `"PASSWORD=a b"`: the value ends where it closes. */
  readonly enclosing: string | undefined;
}

// Taken as one: a token of ours, a variable with braces.
const tokenAtStart = /<sonae:secret:[a-z]?\d+>|&lt;sonae:secret:[a-z]?\d+&gt;|\$\{[^}\s]{1,200}\}/y;
const opening = /(?:[bBrRuUlLfF@$]{1,2}(?=["'`]))?(\\{0,3}["'`])/y;

// A new setting, an option, or the end of a shell command: here an unquoted value has ended.
const nextSetting =
  /[\s\0](?:["']?[A-Za-z_][\w.-]{0,60}["']?[ \t]?=(?!=)|--?[A-Za-z]|[|;&>]{1,2}(?:\s|$)|\\$)|;[ \t]+\S|[;,&][ \t]?["']?[A-Za-z_][\w.-]{0,60}["']?[ \t]?=(?!=)/;

// After one of `,` `;` `&`: white space, a quote, the end, or the name of a next setting.
const afterDelimiter = /[,;&](?:$|(?=[\s\0"']|[\w.[\]-]{1,60}[ \t]?[=:]))/y;

// mount(8), mount.cifs(8), nfs(5): options without a value that follow `password=` in /etc/fstab.
const mountOption =
  /,(?:ro|rw|auto|noauto|nofail|_netdev|user|users|nouser|exec|noexec|suid|nosuid|dev|nodev|defaults|sync|async|atime|noatime|relatime|nodiratime|noperm|perm|serverino|noserverino|nounix|mapposix|mapchars|mfsymlinks|nobrl|noacl|soft|hard|intr|nointr|guest|forceuid|forcegid|multiuser|seal|fsc|x-systemd[\w.-]*|credentials|nodfs|noexec|lock|nolock|bg|fg|tcp|udp)(?=[,\s]|$)/y;

// A pass phrase with spaces is not longer than this; more on the line is something else.
const maxPhrase = 256;

/** Finds where the value that begins at `at` ends. Undefined when there is none on this line. */
export function readValue(
  line: LineView,
  at: number,
  context: ValueContext,
): ValueExtent | undefined {
  const { text, end } = line;
  if (at >= end) return undefined;
  const quote = matchAt(opening, line, at);
  const mark = quote?.[1];
  if (quote !== undefined && mark !== undefined && mark !== context.enclosing) {
    const start = at + quote[0].length;
    const close = closingQuote(line, start, mark);
    return { start, end: close ?? trimmedEnd(text, start, end), style: 'plain', isQuoted: true };
  }
  const valueEnd = plainEnd(line, at, context);
  return valueEnd > at ? { start: at, end: valueEnd, style: 'plain', isQuoted: false } : undefined;
}

// A shell has no escape inside of single quotes; PHP and Python do, and go on with a letter.
const escapedInside = /^\\'\w/;

/** Index of the quote that closes, or undefined; a backslash or a doubled quote does not close. */
export function closingQuote(line: LineView, from: number, mark: string): number | undefined {
  const { text, end } = line;
  if (mark.length > 1) {
    // Quotes that are themselves escaped, JSON inside JSON: the same escape closes.
    let close = text.indexOf(mark, from);
    // One that is escaped more often is inside.
    while (close > from && text[close - 1] === '\\') close = text.indexOf(mark, close + 1);
    return close < 0 || close + mark.length > end ? undefined : close;
  }
  for (let at = from; at < end; at += 1) {
    const character = text[at];
    if (character === '\\' && (mark !== "'" || escapedInside.test(text.slice(at, at + 3)))) at += 1;
    // 'it'\\''s' of a shell goes on.
    else if (character === mark && mark === "'" && text.startsWith("\\''", at + 1)) at += 3;
    // YAML and SQL write a quote inside of single ones twice; empty ones are none.
    else if (character === mark && mark === "'" && text[at + 1] === mark && at > from) at += 1;
    else if (character === mark) return at;
  }
  return undefined;
}

function plainEnd(line: LineView, at: number, context: ValueContext): number {
  const { text, end } = line;
  const token = matchAt(tokenAtStart, line, at);
  const from = at + (token?.[0].length ?? 0);
  if (context.enclosing !== undefined) {
    const close = closingQuote(line, from, context.enclosing);
    if (close !== undefined) {
      const next = text.slice(from, close).search(nextSetting);
      return next < 0 ? close : from + next;
    }
  }
  if (context.place === 'line') {
    const rest = text.slice(from, Math.min(end, from + maxPhrase + 1));
    if (rest.length <= maxPhrase && /[ \t]\S/.test(rest) && rest.search(nextSetting) < 0) {
      const comment = context.separator === ':' ? rest.search(/[ \t]#/) : -1;
      return trimmedEnd(text, at, comment < 0 ? end : from + comment);
    }
  }
  return inlineEnd(line, from);
}

// A line of nothing but `key=key=key=` is one value for each key: where one ends, those that begin inside of it do too.
function inlineEnd(line: LineView, from: number): number {
  const { memo } = line;
  if (from >= memo.from && from <= memo.end) return memo.end;
  let at = from;
  while (at < line.end && !isStop(line, at)) at += 1;
  memo.from = from;
  memo.end = at;
  return at;
}

function isStop(line: LineView, at: number): boolean {
  const { text, end } = line;
  const next = at + 1 < end ? (text[at + 1] as string) : '';
  switch (text[at]) {
    case ' ':
      return text[at - 1] !== '\\' || !/\S/.test(next);
    case '\t':
    case '\r':
    case '\0':
    case '`':
      return true;
    case '"':
    case "'":
    case ')':
    case ']':
    case '}':
    case '>':
      return next === '' || /[\s\0,;)\]}"'.<&|\\]/.test(next);
    case '<':
      return next === '/';
    case ',':
    case ';':
    case '&':
      return (
        matchAt(afterDelimiter, line, at) !== undefined ||
        matchAt(mountOption, line, at) !== undefined
      );
    case '\\':
      return next === '"' || next === "'" || next === '' || isEscapedLineEnd(line, at);
    default:
      return false;
  }
}

// `\n` written out, inside a string: a line end when what follows looks like the start of a line.
const escapedLineEnd = /\\[nr](?=\\[nrt]|[\w.-]{1,60}[ \t]?[=:]|["'#[\s-]|$)/y;

function isEscapedLineEnd(line: LineView, at: number): boolean {
  return matchAt(escapedLineEnd, line, at) !== undefined;
}

function trimmedEnd(text: string, from: number, end: number): number {
  let at = end;
  while (at > from && /\s/.test(text[at - 1] as string)) at -= 1;
  return at;
}

/** How a token is to be written in place of a value: inside a tag neither `<` nor `>` may stand in an attribute. */
export function styleAt(line: LineView, value: ValueExtent): SpanStyle {
  if (!value.isQuoted) return 'plain';
  const head = line.text.slice(Math.max(line.start, value.start - 600), value.start);
  return /<[A-Za-z_?][^<>]*$/.test(head) ? 'xml' : 'plain';
}
