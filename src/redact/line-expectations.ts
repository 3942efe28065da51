import { readExpectedArgument, readExpectedValue } from './expected-value.ts';
import { type Expectation, type Findings, type LineView, matchAt } from './line-view.ts';
import { isEncodedText, isInnocentInProse, isInnocentValue } from './plausible-value.ts';
import { judgeArmorLine } from './private-key.ts';

/** What becomes of a line that an earlier one announced. */
export interface Expected {
  /** Still expected after this line; undefined when it is over. */
  readonly next: Expectation | undefined;
  /**
   * `whole`: the line is part of a secret that goes on, and is replaced with its neighbours by one token;
   * `done`: rules need not look at it; `open`: rules look at it as at any other.
   */
  readonly use: 'whole' | 'done' | 'open';
}

const tokenLine = /^\s*<sonae:secret:[a-z]?\d+>\s*$/;

/** Applies what is expected to one line. */
export function readExpected(
  expectation: Expectation,
  line: LineView,
  findings: Findings,
): Expected {
  switch (expectation.kind) {
    case 'block':
      return readBlockLine(expectation, line);
    case 'armor':
      return readArmorLine(expectation, line, findings);
    case 'list':
      return readListLine(expectation, line, findings);
    case 'user-list':
      return readUserLine(expectation, line, findings);
    case 'secret-map':
      return readMapLine(expectation, line, findings);
    case 'value':
      return readValueLine(expectation, line, findings);
    case 'argument':
      return readArgumentLine(expectation, line, findings);
    case 'element':
      return readElementLine(expectation, line, findings);
    default:
      return expectation satisfies never;
  }
}

const over: Expected = { next: undefined, use: 'open' };

function readBlockLine(
  expectation: Extract<Expectation, { kind: 'block' }>,
  line: LineView,
): Expected {
  const text = contentOf(line);
  if (tokenLine.test(text)) return { next: expectation, use: 'done' };
  if (text.trim() === '') return { next: expectation, use: 'done' };
  return indentOf(text) > expectation.indent ? { next: expectation, use: 'whole' } : over;
}

function readArmorLine(
  expectation: Extract<Expectation, { kind: 'armor' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const text = contentOf(line);
  if (tokenLine.test(text)) return { next: expectation, use: 'done' };
  const prefix = text.slice(0, expectation.column);
  const judged = judgeArmorLine(text.slice(expectation.column));
  if (prefix.trim() === '' || judgeArmorLine(text) !== 'other') {
    const whole = judgeArmorLine(text);
    if (whole === 'body') {
      return { next: expectation, use: text.trim() === '' ? 'done' : 'whole' };
    }
    return whole === 'footer' ? { next: undefined, use: 'done' } : over;
  }
  // A log: each line of the key behind a time and a program name.
  const body = text.slice(expectation.column);
  if (judged === 'footer') return { next: undefined, use: 'done' };
  if (tokenLine.test(body)) return { next: expectation, use: 'done' };
  if (judged === 'other') return over;
  const start = line.start + expectation.column + (body.length - body.trimStart().length);
  if (body.trim() !== '') findings.add(start, start + body.trim().length, expectation.rule);
  return { next: expectation, use: 'done' };
}

const listItem = /^(\s*)(?:-\s+)?(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'[\]{}][^\r]*?))\s*,?\s*$/;

function readListLine(
  expectation: Extract<Expectation, { kind: 'list' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const text = contentOf(line);
  if (text.trim() === '') return { next: expectation, use: 'open' };
  const isDash = /^\s*-\s/.test(text);
  const indent = indentOf(text);
  const item = listItem.exec(text);
  if (item === null || indent < expectation.indent || (!isDash && indent === expectation.indent)) {
    return over;
  }
  const isQuoted = item[4] === undefined;
  const value = item[2] ?? item[3] ?? item[4] ?? '';
  // A map below the key, or a sentence: not a list of secrets.
  if (!isQuoted && (/^[\w.-]+:(?:\s|$)/.test(value) || /\s.*\s/.test(value))) return over;
  // The value itself, on a line of its own: one word, as no sentence is, and no call.
  if (!isQuoted && !isDash && (/[\s(]/.test(value) || isInnocentInProse(value))) return over;
  if (/^\s*(?:-\s+)?"[^"]*"\s*:/.test(text)) return over;
  const start = line.start + text.lastIndexOf(value);
  if (!isInnocentValue(value)) findings.add(start, start + value.length, expectation.rule);
  return { next: expectation, use: 'done' };
}

function readUserLine(
  expectation: Extract<Expectation, { kind: 'user-list' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const text = contentOf(line);
  if (text.trim() === '') return { next: expectation, use: 'done' };
  if (indentOf(text) <= expectation.indent) return over;
  const user = /^\s*(?:-\s+)?["']?[\w.-]{1,64}:(?!\s|$)([^\s"']{1,400})/.exec(text);
  const value = user?.[1];
  if (value !== undefined && value !== 'RANDOM' && value !== 'R' && !isInnocentValue(value)) {
    const start = line.start + text.indexOf(value, text.indexOf(':'));
    findings.add(start, start + value.length, expectation.rule);
  }
  return { next: expectation, use: 'open' };
}

const mapEntry =
  /^\s+(?:"[^"]{1,253}"|[\w.-]{1,253})\s*:\s+(?:"([^"]*)"|'([^']*)'|([^\s"'][^\r]*?))\s*,?\s*$/;

function readMapLine(
  expectation: Extract<Expectation, { kind: 'secret-map' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const { rule, indent, isEncoded, block } = expectation;
  const text = contentOf(line);
  if (text.trim() === '') return { next: expectation, use: 'done' };
  if (block !== undefined && indentOf(text) > block) {
    return { next: expectation, use: tokenLine.test(text) ? 'done' : 'whole' };
  }
  if (indentOf(text) <= indent) return over;
  const next: Expectation = { kind: 'secret-map', rule, indent, isEncoded };
  const entry = mapEntry.exec(text);
  const value = entry?.[1] ?? entry?.[2] ?? entry?.[3] ?? '';
  if (!isEncoded && /^[|>][-+\d]{0,2}$/.test(value)) {
    return { next: { ...next, block: indentOf(text) }, use: 'open' };
  }
  if (isEncoded ? isEncodedText(value) : !isInnocentValue(value)) {
    const start = line.start + text.lastIndexOf(value);
    findings.add(start, start + value.length, rule);
  }
  return { next, use: 'open' };
}

const valueKey = /[\s\-{]*["']?(?:value|stringvalue|content)["']?\s*[:=]\s*/iy;

function readValueLine(
  expectation: Extract<Expectation, { kind: 'value' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const match = matchAt(valueKey, line, line.start);
  if (match !== undefined) {
    readExpectedValue(line, line.start + match[0].length, expectation.rule, findings);
    return { next: undefined, use: 'open' };
  }
  const element = matchAt(/\s*<(?:(?:[\w-]{1,20}-)?value|string)>/iy, line, line.start);
  if (element !== undefined) {
    addElementText(line, line.start + element[0].length, expectation.rule, findings);
    return { next: undefined, use: 'open' };
  }
  const lines = expectation.lines - 1;
  return { next: lines > 0 ? { ...expectation, lines } : undefined, use: 'open' };
}

function readArgumentLine(
  { rule }: Extract<Expectation, { kind: 'argument' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const lead = matchAt(/\s*(?:-\s+)?/y, line, line.start);
  readExpectedArgument(line, line.start + (lead?.[0].length ?? 0), rule, findings);
  return over;
}

function readElementLine(
  expectation: Extract<Expectation, { kind: 'element' }>,
  line: LineView,
  findings: Findings,
): Expected {
  const lead = matchAt(/\s*/y, line, line.start);
  addElementText(line, line.start + (lead?.[0].length ?? 0), expectation.rule, findings);
  const lines = expectation.lines - 1;
  return lines > 0 && !contentOf(line).includes('</')
    ? { next: { ...expectation, lines }, use: 'open' }
    : over;
}

function addElementText(line: LineView, at: number, rule: string, findings: Findings): void {
  const close = line.text.indexOf('<', at);
  const end = close < 0 || close > line.end ? line.end : close;
  const value = line.text.slice(at, end).trimEnd();
  if (!isInnocentValue(value)) findings.add(at, at + value.length, rule, 'xml');
}

function contentOf({ text, start, end }: LineView): string {
  return text.slice(start, end);
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
