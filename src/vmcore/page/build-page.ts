import { printable } from '../../std/printable.ts';
import { formatDuration, formatSize } from '../../std/units.ts';
import type { Analysis } from '../analysis.ts';
import { crashMeanings } from '../crash/crash-meanings.ts';
import type { CrashReport, ReportedTask } from '../crash/crash-report.ts';
import type { Taint } from '../crash/taint.ts';
import type { DumpIdentity } from '../format/dump-identity.ts';
import { excludedClasses } from '../format/page-flags.ts';
import { debuginfoSection } from './debuginfo-section.ts';
import { cpuSection, deepSections } from './deep-sections.ts';
import type { Block, Page, PageOptions, Section } from './page.ts';

/** The one page for the engineer on duty: what happened, where, what was wrong before, what to do next. */
export function buildPage(analysis: Analysis, options: PageOptions): Page {
  const crash = analysis.crash.state === 'known' ? analysis.crash.value : undefined;
  const sections = [
    crashSection(analysis, crash),
    traceSection(analysis, crash),
    ...meaningSections(crash),
    earlierSection(analysis),
    ...deepSections(analysis, options),
    linkedModulesSection(analysis, crash),
    cpuSection(analysis, options.backtraces),
    dumpSection(analysis),
    debuginfoSection(analysis),
  ];
  return {
    title: printable(titleOf(analysis, crash)),
    subtitle: subtitleOf(analysis, crash),
    sections: sections.filter((section) => section !== undefined),
  };
}

function titleOf(analysis: Analysis, crash: CrashReport | undefined): string {
  if (crash) return crash.title;
  if (analysis.crash.state === 'absent') return 'no panic recorded (dump taken from outside?)';
  const [file] = analysis.files;
  if (file?.identity.format === 'empty') return 'cause unknown: the file is empty';
  if (file?.identity.format === 'zeroes') return 'cause unknown: the file holds only zeroes';
  if (file?.identity.completeness === 'incomplete') return 'cause unknown: the dump is incomplete';
  return `cause unknown: ${file?.identity.title ?? 'no file'}`;
}

function subtitleOf(analysis: Analysis, crash: CrashReport | undefined): string {
  if (!crash) {
    return analysis.log.state === 'unreadable'
      ? `No kernel log: ${printable(analysis.log.why)}.`
      : 'The kernel log records no crash.';
  }
  const { exact, loose, version } = crash.signature;
  return `class ${crash.crashClass}, signature ${version}:${exact} (loose ${loose})`;
}

function crashSection(
  { system, crash: fact, log }: Analysis,
  crash: CrashReport | undefined,
): Section | undefined {
  // Headers alone: they stand under "Dump", and three times "unknown" before them would only contradict.
  if (log.state !== 'known' && system.release === undefined) return undefined;
  const rows: [string, string][] = [];
  const add = (label: string, value: string | undefined) => {
    if (value !== undefined && value !== '') rows.push([label, printable(value)]);
  };
  const { crashTime } = system;
  const time = crashTime && new Date(crashTime.at).toISOString().replace('T', ' ').slice(0, 19);
  const isExact = crashTime?.from === 'dump header';
  add(
    'time',
    time ? `${time} UTC${isExact ? '' : ' (about, by the clock line of the log)'}` : 'unknown',
  );
  add(
    'uptime',
    system.uptimeSeconds === undefined ? 'unknown' : formatDuration(system.uptimeSeconds * 1000),
  );
  add('host', system.host === '(none)' ? 'not set' : (system.host ?? 'unknown'));
  add('kernel', [system.release, system.version].filter(Boolean).join(' '));
  add('machine', [system.machine, system.hardware].filter(Boolean).join(', '));
  if (crash) {
    add(crash.panicker ? 'task that hangs' : 'crashing task', describeTask(crash.subject));
    add('task that panicked', crash.panicker && describeTask(crash.panicker));
    add('workqueue', crash.workqueue);
    add('cause', crash.causeLine);
    add('panic', crash.panicMessage ?? 'no panic line: the crash kernel was started at once');
    for (const { label, value } of crash.details) add(label, value);
    add('taint', describeTaints(crash.taints));
  }
  const blocks: Block[] = [{ kind: 'facts', rows }];
  if (fact.state === 'absent' && log.state === 'known') {
    blocks.push({
      kind: 'text',
      text: 'No oops and no panic in the log: a dump taken from outside (NMI, hypervisor) of a machine that hung or lived.',
    });
  }
  return { heading: 'Crash', blocks };
}

function describeTask({ cpu, pid, comm }: ReportedTask): string | undefined {
  const parts = [
    comm === undefined ? undefined : comm,
    pid === undefined ? undefined : `PID ${pid}`,
    cpu === undefined ? undefined : `CPU ${cpu}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** `O out-of-tree module loaded, E unsigned module loaded`. */
export function describeTaints(taints: readonly Taint[]): string | undefined {
  return taints.length === 0
    ? undefined
    : taints.map(({ letter, words }) => `${letter} ${words}`).join(', ');
}

function traceSection(analysis: Analysis, crash: CrashReport | undefined): Section | undefined {
  if (!crash) return undefined;
  const { instruction, frames } = crash.trace;
  const isListed = instruction !== undefined && frames[0]?.name === instruction.name;
  const all = instruction && !isListed ? [instruction, ...frames] : frames;
  if (all.length === 0) return undefined;
  const lines = all
    .filter(({ isReliable }) => isReliable)
    .slice(0, 40)
    .map(({ name, offset, module, stack }) => {
      const suffix = `${module ? ` [${module}]` : ''}${stack === 'task' ? '' : ` (${stack})`}`;
      return printable(`${name}+0x${offset.toString(16)}${suffix}`);
    });
  const own = analysis.deep?.cpuStacks;
  const note: Block[] =
    own?.state === 'known' && own.value.length > 0
      ? []
      : [{ kind: 'text', text: 'As the kernel printed it; frames marked with ? are left out.' }];
  return { heading: 'Call trace (kernel log)', blocks: [{ kind: 'code', lines }, ...note] };
}

function meaningSections(crash: CrashReport | undefined): Section[] {
  if (!crash) return [];
  const { meaning, next } = crashMeanings[crash.crashClass];
  return [
    { heading: 'What it usually means', blocks: [{ kind: 'text', text: meaning }] },
    { heading: 'What to look at next', blocks: [{ kind: 'list', items: next }] },
  ];
}

// Where the list of modules cannot be read, the log still names those that taint.
function linkedModulesSection(
  { deep }: Analysis,
  crash: CrashReport | undefined,
): Section | undefined {
  const foreign = crash?.modules.filter(({ flags }) => /[A-Z]/.test(flags)) ?? [];
  if (deep?.modules.state === 'known' || foreign.length === 0) return undefined;
  const items = foreign.map(({ name, flags }) => printable(`${name} (${flags})`));
  return {
    heading: 'Modules that taint the kernel (by the log)',
    blocks: [{ kind: 'list', items }],
  };
}

function earlierSection({ earlier }: Analysis): Section | undefined {
  if (earlier.length === 0) return undefined;
  const when = (microseconds: number | undefined) =>
    microseconds === undefined ? '?' : `${(microseconds / 1e6).toFixed(0)} s`;
  return {
    heading: 'What was wrong before',
    blocks: [
      {
        kind: 'table',
        columns: ['count', 'what', 'from', 'to', 'first line'],
        rows: earlier.map((trouble) => [
          String(trouble.count),
          trouble.kind,
          when(trouble.firstMicroseconds),
          when(trouble.lastMicroseconds),
          printable(trouble.example.slice(0, 160)),
        ]),
      },
    ],
  };
}

function dumpSection(analysis: Analysis): Section {
  const blocks: Block[] = [];
  const isTold = analysis.system.release !== undefined;
  for (const { name, size, identity } of analysis.files) {
    const rows: [string, string][] = [
      ['file', `${printable(name)}, ${formatSize(size)}`],
      ['format', identity.title],
      ['complete', completeWords(identity.completeness, analysis.problems.length)],
      ['contains user pages', userPages(identity.hasUserPages, identity.dumpLevel)],
    ];
    for (const { label, value } of identity.facts) {
      if (!(isTold && hidden.has(label))) rows.push([label, printable(value)]);
    }
    blocks.push({ kind: 'facts', rows });
    const problems = [...identity.problems, ...identity.advice, ...copyAgain(identity)].map(
      printable,
    );
    if (problems.length > 0) blocks.push({ kind: 'list', items: problems });
  }
  const problems = [...analysis.problems, ...analysis.leftOut, ...logProblems(analysis)];
  if (analysis.isXen) {
    problems.push(
      'This is a Xen host dump: the notes of the hypervisor are shown, its memory is not translated.',
    );
  }
  if (problems.length > 0) blocks.push({ kind: 'list', items: problems.map(printable) });
  return { heading: 'Dump', blocks };
}

// The same advice for every format: most cut dumps are cut copies.
function copyAgain({ completeness, format }: DumpIdentity): string[] {
  if (completeness !== 'incomplete' || format === 'empty' || format === 'zeroes') return [];
  return [
    'Compare its size with the file on the crashed machine, and copy it again if that one is bigger.',
    'If it is not: kexec-dmesg.log beside it says why the capture ended, vmcore-dmesg.txt has the kernel log.',
  ];
}

// Said elsewhere on the page.
const hidden = new Set(['host', 'release', 'machine', 'crash time', 'byte order']);

function logProblems({ log }: Analysis): string[] {
  if (log.state !== 'known') return [];
  const { lostBefore, problems } = log.value;
  return lostBefore === undefined || lostBefore === 0
    ? [...problems]
    : [...problems, `${lostBefore} earlier messages were overwritten: the log starts late.`];
}

function completeWords(
  completeness: 'complete' | 'incomplete' | 'unknown',
  problems: number,
): string {
  if (completeness === 'complete' && problems > 0) return 'NO: parts are missing, see below';
  return { complete: 'yes', incomplete: 'NO', unknown: 'not known' }[completeness];
}

function userPages(has: boolean | undefined, level: number | undefined): string {
  if (has === undefined) return 'not known (treat it as yes)';
  if (has)
    return 'YES: memory of processes is inside, treat it as the most sensitive file of the case';
  const left = level === undefined ? [] : excludedClasses(level);
  return `no (without ${left.join(', ')}); kernel memory can still hold keys and file names`;
}
