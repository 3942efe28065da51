import type { Findings, LineView } from './line-view.ts';
import { isInnocentValue } from './plausible-value.ts';
import { closingQuote, readValue, styleAt } from './value-extent.ts';

/** Reads the value at `at` of a line that an earlier line said would hold one. */
export function readExpectedValue(
  line: LineView,
  at: number,
  rule: string,
  findings: Findings,
): void {
  const value = readValue(line, at, { place: 'line', separator: ':', enclosing: undefined });
  if (value === undefined) return;
  if (!isInnocentValue(line.text.slice(value.start, value.end))) {
    findings.add(value.start, value.end, rule, styleAt(line, value));
  }
}

/** Masks one quoted or plain argument at `at`. */
export function readExpectedArgument(
  line: LineView,
  at: number,
  rule: string,
  findings: Findings,
): void {
  const mark = line.text[at];
  if (mark === '"' || mark === "'") {
    const close = closingQuote(line, at + 1, mark);
    if (close !== undefined && close > at + 1) findings.add(at + 1, close, rule);
    return;
  }
  readExpectedInline(line, at, rule, findings);
}

function readExpectedInline(line: LineView, at: number, rule: string, findings: Findings): void {
  const value = readValue(line, at, { place: 'inline', separator: ' ', enclosing: undefined });
  if (value === undefined) return;
  const text = line.text.slice(value.start, value.end);
  if (!isInnocentValue(text) && !text.startsWith('-')) findings.add(value.start, value.end, rule);
}
