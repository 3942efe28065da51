import { type CallTrace, type LogLine, parseCallTrace } from './call-trace.ts';
import {
  type CrashClass,
  classOfPanic,
  type TitlePattern,
  titlePatterns,
} from './crash-classes.ts';
import { detailsOf, parameterOf, titleOf } from './crash-title.ts';
import { firstMatch } from './first-match.ts';
import { describeFrame, makeSignature, type Signature, tellingFrames } from './signature.ts';
import { type Taint, taintsOfLetters } from './taint.ts';

/** The task that a report names. */
export interface ReportedTask {
  readonly cpu: number | undefined;
  readonly pid: number | undefined;
  readonly comm: string | undefined;
}

/** The crash as the kernel log tells it. */
export interface CrashReport {
  readonly crashClass: CrashClass;
  /** `NULL pointer dereference in labcrash_null [labcrash]`. */
  readonly title: string;
  readonly signature: Signature;
  /** The line of the log that announced the cause. */
  readonly causeLine: string;
  /** The text after "Kernel panic - not syncing:"; undefined when the log ends without. */
  readonly panicMessage: string | undefined;
  /** Index of the first line of the final burst among the lines given. */
  readonly firstLine: number;
  readonly microseconds: number | undefined;
  /** The task the report speaks of: the victim of a hang, the one that crashed otherwise. */
  readonly subject: ReportedTask;
  /** The task on the CPU that panicked, when that is another one. */
  readonly panicker: ReportedTask | undefined;
  readonly trace: CallTrace;
  readonly taints: readonly Taint[];
  readonly hardware: string | undefined;
  readonly release: string | undefined;
  readonly workqueue: string | undefined;
  /** Faulting address, place in the source, and what else the report names. */
  readonly details: readonly { readonly label: string; readonly value: string }[];
  readonly modules: readonly LinkedModule[];
}

/** A module of the "Modules linked in:" line. */
export interface LinkedModule {
  readonly name: string;
  /** Letters such as OE: O out of tree, P proprietary, E unsigned. */
  readonly flags: string;
}

const panicPattern = /^Kernel panic - not syncing: (.{0,300})/;
const burstMicroseconds = 10_000_000;

/** A line that announces something, found in the log. */
export interface FoundTitle {
  readonly index: number;
  readonly match: RegExpExecArray;
  readonly entry: TitlePattern;
}

/** The first pattern that a line matches. */
export function matchTitle(text: string, index: number): FoundTitle | undefined {
  for (const entry of titlePatterns) {
    const match = entry.pattern.exec(text);
    if (match) return { index, match, entry };
  }
  return undefined;
}

/** Finds the final crash in the log; undefined when the log records none (a dump taken from outside). */
export function findCrash(lines: readonly LogLine[]): CrashReport | undefined {
  const panicAt = lastPanic(lines);
  const message =
    panicAt === undefined ? undefined : panicPattern.exec(lines[panicAt]?.text ?? '')?.[1];
  const cause = findCause(lines, panicAt, message);
  if (!cause && message === undefined) return undefined;
  const told = message === undefined ? 'panic' : classOfPanic(message);
  const crashClass = cause?.entry.crashClass ?? (told === 'oops' ? 'panic' : told);
  return buildReport(lines, { crashClass, cause, panicAt, message });
}

// The first panic line of the last burst: a second one only says that panic() itself met trouble.
function lastPanic(lines: readonly LogLine[]): number | undefined {
  const last = lines.findLastIndex(({ text }) => panicPattern.test(text));
  if (last < 0) return undefined;
  let first = last;
  for (let at = last - 1; at >= 0 && isNear(lines, at, last); at -= 1) {
    if (panicPattern.test(lines[at]?.text ?? '')) first = at;
  }
  return first;
}

function isNear(lines: readonly LogLine[], at: number, end: number): boolean {
  const from = lines[at]?.microseconds;
  const to = lines[end]?.microseconds;
  if (from === undefined || to === undefined) return end - at < 400;
  return to - from <= burstMicroseconds;
}

function findCause(
  lines: readonly LogLine[],
  panicAt: number | undefined,
  message: string | undefined,
): FoundTitle | undefined {
  const end = panicAt ?? lines.length - 1;
  const told = message === undefined ? 'oops' : classOfPanic(message);
  const accepts = ({ entry }: FoundTitle): boolean => {
    if (told === entry.crashClass) return true;
    // These panics are often only the consequence of an oops.
    if (told === 'oops' || told === 'init-died' || told === 'panic') return entry.weight === 'oops';
    return told === 'hardware' && entry.crashClass === 'hardware';
  };
  let first: FoundTitle | undefined;
  for (let at = end; at >= 0 && isNear(lines, at, end); at -= 1) {
    const found = matchTitle(lines[at]?.text ?? '', at);
    if (found && accepts(found)) first = found;
  }
  // The same report names itself twice: "BUG: ..." is above the "Oops:" line it explains, so the earliest wins.
  return first;
}

interface Found {
  readonly crashClass: CrashClass;
  readonly cause: FoundTitle | undefined;
  readonly panicAt: number | undefined;
  readonly message: string | undefined;
}

function buildReport(lines: readonly LogLine[], found: Found): CrashReport {
  const { crashClass, cause, panicAt, message } = found;
  const firstLine = cause?.index ?? panicAt ?? 0;
  // A hang's own report ends where the panic begins; an oops goes on to the end of the log.
  const isHang = cause?.entry.weight === 'stall';
  const end = isHang && panicAt !== undefined ? panicAt : lines.length;
  const block = lines.slice(firstLine, end);
  const trace = parseCallTrace(lines, firstLine, end);
  const groups = cause?.match.groups ?? {};
  const headline = firstTask(block);
  const subject: ReportedTask = {
    cpu: integer(groups['cpu']) ?? (isHang ? undefined : headline?.cpu),
    pid: integer(groups['pid']) ?? headline?.pid,
    comm: groups['comm'] ?? headline?.comm,
  };
  const panicker = isHang && panicAt !== undefined ? firstTask(lines.slice(panicAt)) : undefined;
  const frames = tellingFrames(crashClass, trace);
  const parameter = parameterOf(crashClass, groups, message);
  const whole = lines.slice(firstLine);
  return {
    crashClass,
    title: titleOf(crashClass, frames.map(describeFrame)[0], groups, message),
    signature: makeSignature(crashClass, stackless.has(crashClass) ? [] : frames, parameter),
    causeLine: lines[firstLine]?.text ?? '',
    panicMessage: message,
    firstLine,
    microseconds: lines[firstLine]?.microseconds,
    subject,
    panicker,
    trace,
    taints: taintsOfLetters(firstMatch(whole, taintPattern)?.[1] ?? ''),
    hardware: firstMatch(whole, /^Hardware name: (.{1,200})/)?.[1],
    release: firstMatch(
      whole,
      /(?:Not tainted|Tainted: [A-Z -]{1,60}?)\s{1,12}(\d\S{0,80}) #/,
    )?.[1],
    workqueue: firstMatch(block, /^Workqueue: (.{1,120})/)?.[1],
    details: detailsOf(groups, block, crashClass, message),
    modules: parseLinkedModules(firstMatch(whole, /^Modules linked in: (.*)/s)?.[1] ?? ''),
  };
}

// These have no stack that tells one from another: class and parameter make the signature.
const stackless: ReadonlySet<CrashClass> = new Set([
  'sysrq',
  'out-of-memory',
  'init-died',
  'hardware',
  'no-root-file-system',
]);

const taintPattern = /\bTainted: ([A-Z -]{1,60})(?=\s{1,12}\d\S{0,80} #)/;

function firstTask(lines: readonly LogLine[]): ReportedTask | undefined {
  const match = firstMatch(
    lines,
    /^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.{1,32}?) (?=Kdump:|Tainted:|Not tainted|\S+ #)/,
  );
  return match && { cpu: integer(match[1]), pid: integer(match[2]), comm: match[3] };
}

function integer(text: string | undefined): number | undefined {
  return text === undefined || !/^\d{1,10}$/.test(text) ? undefined : Number(text);
}

/** Parses `a b(OE) c(P) [last unloaded: x]`. */
export function parseLinkedModules(text: string): LinkedModule[] {
  return text
    .replace(/\[last unloaded:.*$/s, '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 4096)
    .map((word) => {
      const match = /^([\w-]{1,64})(?:\(([A-Z+-]{1,16})\))?/.exec(word);
      return { name: match?.[1] ?? word.slice(0, 64), flags: match?.[2] ?? '' };
    });
}
