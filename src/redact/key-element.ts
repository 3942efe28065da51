import type { Key } from './key-context.ts';
import type { KeyMeaning } from './key-name.ts';
import { type Findings, type LineView, matchAt } from './line-view.ts';
import { isInnocentValue, isRandom } from './plausible-value.ts';

const restBlank = /[ \t]*\r?(?=\n|$)/y;

/** `<password>text</password>`, the text on this line or the next. False when the key is no element. */
export function readElement(line: LineView, key: Key, findings: Findings): boolean {
  const { text } = line;
  if (
    !/(?:^|[^<])<(?:[\w-]{1,40}:)?$/.test(
      text.slice(Math.max(line.start, key.start - 42), key.start),
    )
  ) {
    return false;
  }
  const tag = matchAt(/(?:\s[^<>\n]{0,400})?>(?:<!\[CDATA\[)?/y, line, key.end);
  if (tag === undefined || /\/>$/.test(tag[0])) return false;
  // `keyStorePassword=<your-password>` is no element whose text is on the next line.
  const open = text.lastIndexOf('<', key.start);
  const isAlone = /(?:^|>)\s*$/.test(text.slice(Math.max(line.start, open - 80), open));
  if (!isAlone && matchAt(restBlank, line, key.end + tag[0].length) !== undefined) return false;
  const { name, meaning } = key;
  // OpenVPN has the user on one line and the password on the next.
  readElementText(
    line,
    key.end + tag[0].length,
    meaning,
    findings,
    name === 'auth-user-pass' ? 2 : 1,
  );
  return true;
}

/** The text of an element that begins at `at`, or on the next `lines`. */
export function readElementText(
  line: LineView,
  at: number,
  meaning: KeyMeaning,
  findings: Findings,
  lines = 1,
): void {
  if (matchAt(restBlank, line, at) !== undefined) {
    if (meaning.strength === 'strong')
      findings.expect({ kind: 'element', rule: meaning.rule, lines });
    return;
  }
  const close = line.text.indexOf('<', at);
  const isCdata = line.text.endsWith('[CDATA[', at);
  const cdataEnd = isCdata ? line.text.indexOf(']]>', at) : -1;
  let end = cdataEnd >= 0 ? cdataEnd : close < 0 ? line.end : close;
  if (end > line.end) end = line.end;
  const value = line.text.slice(at, end);
  const isMasked = isInnocentValue(value.trim());
  const isWanted = meaning.strength === 'strong' ? !isMasked : isRandom(value.trim());
  if (isWanted && value.trim() !== '') {
    const lead = value.length - value.trimStart().length;
    findings.add(at + lead, at + value.trimEnd().length, meaning.rule, isCdata ? 'plain' : 'xml');
  }
}
