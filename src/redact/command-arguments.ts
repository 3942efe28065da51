import { type Findings, isBehindEscape, type LineView } from './line-view.ts';
import { isInnocentValue } from './plausible-value.ts';
import type { CommandRule, SecretFlag } from './rule.ts';

/** One argument of a command line, without its quotes. */
interface Argument {
  readonly start: number;
  readonly end: number;
}

/** How much of a command line is looked at. */
const reach = 8192;

/** Finds the secrets among the arguments of a command, as a shell, `ps` or a crontab would show them. */
export function findCommandSecret(
  rule: CommandRule,
  line: LineView,
  at: number,
  findings: Findings,
): number {
  const isFirst = at === line.start || /[\s\0/"'`($;|&=[,]/.test(line.text[at - 1] as string);
  if (!isFirst && !isBehindEscape(line, at)) return at + 1;
  const end = Math.min(line.end, at + reach);
  const name = /[\w.+-]{1,40}/y;
  name.lastIndex = at;
  const command = name.exec(line.text)?.[0] ?? '';
  const after = at + command.length;
  if (!rule.command.test(command) || after >= end || !/["'\s\0]/.test(line.text[after] as string)) {
    return at + 1;
  }
  const { list, stop } = splitArguments(line.text, after, end);
  for (const [index, argument] of list.entries()) {
    for (const flag of rule.flags)
      applyFlag(rule, flag, line.text, list, index, argument, findings);
  }
  return stop;
}

function applyFlag(
  rule: CommandRule,
  { flag, value, after }: SecretFlag,
  text: string,
  list: readonly Argument[],
  index: number,
  { start, end }: Argument,
  findings: Findings,
): void {
  if (!text.startsWith(flag, start) || start + flag.length > end) return;
  const isWhole = start + flag.length === end;
  if (isWhole && value !== 'attached') {
    const next = list[index + 1];
    if (next !== undefined && text[next.start] !== '-') report(rule, text, next, after, findings);
  } else if (!isWhole && value !== 'next') {
    const from =
      start + flag.length + (/^--/.test(flag) && text[start + flag.length] === '=' ? 1 : 0);
    report(rule, text, { start: from, end }, after, findings);
  }
}

function report(
  rule: CommandRule,
  text: string,
  { start, end }: Argument,
  after: string | undefined,
  findings: Findings,
): void {
  let from = start;
  if (after !== undefined) {
    while (from < end && !after.includes(text[from] as string)) from += 1;
    from += 1;
  }
  let to = end;
  // -p'a b': the quotes stay.
  if (/["']/.test(text[from] ?? '') && text[to - 1] === text[from]) {
    from += 1;
    to -= 1;
  }
  if (from < to && !isInnocentValue(text.slice(from, to))) findings.add(from, to, rule.name);
}

// Words separated by white space or NUL, with quotes; ends where the shell starts another command.
function splitArguments(
  text: string,
  from: number,
  end: number,
): { readonly list: readonly Argument[]; readonly stop: number } {
  const list: Argument[] = [];
  let at = from;
  while (at < end) {
    const character = text[at] as string;
    if (/[\s\0,[\]]/.test(character)) at += 1;
    else if (/[|;&)`]/.test(character)) return { list, stop: at };
    else {
      const argument = readArgument(text, at, end);
      list.push(argument);
      at = Math.max(argument.end, at) + 1;
    }
  }
  return { list, stop: end };
}

// -p'a b' and 'a b' and a\ b are one argument each; the quotes are not part of what is reported.
function readArgument(text: string, from: number, end: number): Argument {
  // An argument in the audit log: a3="-psecret".
  const audited = /a\d{1,3}="/y;
  audited.lastIndex = from;
  if (audited.test(text)) return readArgument(text, audited.lastIndex - 1, end);
  const first = text[from] as string;
  if (first === '"' || first === "'") {
    const close = text.indexOf(first, from + 1);
    if (close > from && close < end) return { start: from + 1, end: close };
  }
  let at = from;
  while (at < end && !/[\s\0|;&`]/.test(text[at] as string)) {
    const character = text[at] as string;
    if (character === '\\' && /["']/.test(text[at + 1] ?? '')) break;
    if (character === '\\') at += 1;
    else if (character === '"' || character === "'") {
      // Closes something that opened before this command: sh -c "mysql -psecret"
      if (at + 1 >= end || /[\s\0,)\]};]/.test(text[at + 1] as string)) break;
      const close = text.indexOf(character, at + 1);
      if (close < 0 || close >= end) break;
      at = close;
    }
    at += 1;
  }
  return { start: from, end: Math.min(at, end) };
}
