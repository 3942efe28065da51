import type { ByteSource } from '../model/byte-source.ts';
import { absent, type Fact, known, unreadable } from '../model/fact.ts';
import { formatSize } from '../std/units.ts';
import type { Analysis, ToolInput } from './analysis.ts';
import { type CrashReport, findCrash } from './crash/crash-report.ts';
import { findTrouble } from './crash/earlier-trouble.ts';
import { explain } from './crash/explain.ts';
import { gatherSystemFacts } from './kernel/system-facts.ts';
import { readKernelLog } from './log/kernel-log.ts';
import type { KernelLog } from './log/log.ts';
import { parseLogLines } from './log/log-legacy.ts';
import { splitLines } from './log/log-lines.ts';
import { safeLogText } from './log/log-text.ts';
import { type OpenDump, openDump } from './open-dump.ts';

/** What to look at: the log and the title only, or symbols, tasks, stacks and modules as well. */
export interface AnalyseOptions {
  readonly depth: 'log' | 'all';
  /** What is known to be missing before looking: chunks that did not arrive. */
  readonly problems?: readonly string[];
  /** What crash and drgn need where they cannot read the sources: the joined file. */
  readonly toolInput?: ToolInput | undefined;
  /** A saved kernel log beside the dump (vmcore-dmesg.txt), used when the dump gives none. */
  readonly savedLog?: SavedLog;
}

/** A kernel log as text; `skipped` bytes before these were not read. */
export interface SavedLog {
  readonly name: string;
  readonly bytes: Buffer;
  readonly skipped: number;
}

/** Analyses one dump or the parts of a set. Never throws on content. */
export async function analyseDump(
  sources: readonly ByteSource[],
  options: AnalyseOptions,
): Promise<{ readonly analysis: Analysis; readonly dump: OpenDump | undefined }> {
  const isAll = options.depth === 'all';
  const opened = openDump(sources, isAll ? 'full' : 'quick');
  const { dump } = opened;
  const log = readLog(dump, options.savedLog);
  const lines = log.state === 'known' ? splitLines(log.value.records) : [];
  const crash = log.state === 'known' ? findCrash(lines) : undefined;
  const system = gatherSystemFacts(dump, lines);
  // Loaded only when asked for: title and log must come at once.
  const deep =
    isAll && dump ? (await import('./deep-analysis.ts')).analyseDeeply(dump, system) : undefined;
  const analysis: Analysis = {
    files: sources.map(({ name, size }, index) => {
      const identity = opened.identities[index];
      if (!identity) throw new RangeError('every source has an identity');
      return { name, size, identity };
    }),
    problems: [...(options.problems ?? []), ...opened.problems],
    leftOut: opened.leftOut,
    toolInput: options.toolInput ?? { files: opened.used, command: undefined },
    system,
    log,
    crash: crashFact(log, crash),
    earlier: findTrouble(lines.slice(0, crash?.firstLine ?? lines.length)),
    cpus: dump?.cpus ?? [],
    isQemu: dump?.isQemu ?? false,
    isXen: dump?.isXen ?? false,
    textStart: dump?.info?.symbol('_stext'),
    deep,
  };
  return { analysis, dump };
}

function readLog(dump: OpenDump | undefined, saved: AnalyseOptions['savedLog']): Fact<KernelLog> {
  const read = readLogFromDump(dump);
  if (read.state === 'known' || !saved) return read;
  const records = parseLogLines(safeLogText(saved.bytes));
  const problems = [];
  if (read.state === 'unreadable') problems.push(`The dump itself gives no log: ${read.why}.`);
  if (saved.skipped > 0) {
    problems.push(
      `Of ${saved.name} only the last ${formatSize(saved.bytes.length)} were read: the first ${formatSize(saved.skipped)} are in the file.`,
    );
  }
  return known({ generation: 'saved text', records, lostBefore: undefined, problems }, saved.name);
}

function readLogFromDump(dump: OpenDump | undefined): Fact<KernelLog> {
  const from = 'kernel log';
  if (!dump) return unreadable(from, 'the memory of this file cannot be read');
  if (typeof dump.kernel === 'string') return unreadable(from, dump.kernel);
  if (!dump.info) return unreadable(from, 'there is no VMCOREINFO');
  try {
    return known(readKernelLog(dump.kernel, dump.info), 'memory of the dump');
  } catch (error) {
    return unreadable(from, explain(error));
  }
}

function crashFact(log: Fact<KernelLog>, crash: CrashReport | undefined): Fact<CrashReport> {
  if (crash) return known(crash, 'kernel log');
  return log.state === 'known' ? absent('kernel log') : unreadable('kernel log', 'there is no log');
}
