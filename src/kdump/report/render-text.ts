import { printable } from '../../std/printable.ts';
import { formatDuration, formatSize } from '../../std/units.ts';
import { groups, weights } from '../checks/check.ts';
import type { KdumpFinding, KdumpReport } from './report.ts';

const colors = { ready: 32, 'at risk': 33, 'not ready': 31, unproven: 33 } as const;
const marks = { pass: 'ok', warn: 'WARN', fail: 'FAIL', skip: '-', unknown: '?' } as const;

/** The report for people: the verdict first, then what to do, then the rest. */
export function renderText(
  report: KdumpReport,
  { isColor = false, isVerbose = false }: { isColor?: boolean; isVerbose?: boolean } = {},
): string {
  const paint = (text: string, color: number) =>
    isColor ? `\u001b[1;${color}m${text}\u001b[0m` : text;
  const todo = problems(report.findings);
  const lines = [
    `${paint(report.verdict.toUpperCase(), colors[report.verdict])}: ${printable(report.because)}`,
    '',
    ...summary(report),
    ...(report.impossible === undefined ? [] : outside(report)),
    ...(todo.length > 0
      ? ['', todoTitle(report), ...todo.flatMap((finding, index) => problem(finding, index, todo))]
      : []),
    ...(report.impossible === undefined ? outside(report) : []),
    ...unknowns(report),
    '',
    counts(report),
    ...(isVerbose
      ? allFindings(report.findings)
      : ['Every check with its evidence: --verbose; one check in full: --explain ID']),
  ];
  return `${lines.join('\n')}\n`;
}

/** What went wrong, the heaviest first. */
export function problems(findings: readonly KdumpFinding[]): readonly KdumpFinding[] {
  const rank = ({ state, weight }: KdumpFinding) =>
    weights.indexOf(weight) * 2 + (state === 'fail' ? 0 : 1);
  return findings
    .filter(({ state, weight }) => state === 'fail' || (state === 'warn' && weight !== 'info'))
    .toSorted((a, b) => rank(a) - rank(b));
}

// Its commands are for the system that was looked at, not for the one we run on.
function todoTitle({ host }: KdumpReport): string {
  return host.isLive ? 'What to do' : 'What to do, on the machine itself or with chroot';
}

function summary(report: KdumpReport): string[] {
  return summaryRows(report).map(([name, value]) => `  ${name.padEnd(13)}${printable(value)}`);
}

/** What was found out about the machine and its dump, name and value; what is not known is left out. */
export function summaryRows(report: KdumpReport): readonly (readonly [string, string])[] {
  const { host, target, prediction, time, pieces, crashkernel, rehearsal, impossible } = report;
  const place = `${target.kind === 'local' ? '' : `${target.kind} `}${target.where ?? ''}${target.where ? ' ' : ''}${target.path}`;
  const isKnown = target.kind !== 'unknown';
  const free = target.freeBytes === undefined ? '' : `, ${formatSize(target.freeBytes)} free`;
  const rows: [string, string | undefined][] = [
    [
      'machine',
      [
        host.name === 'unknown' && !host.isLive ? '(no host name)' : host.name,
        host.kernel,
        host.architecture,
        host.ramBytes && formatSize(host.ramBytes),
      ]
        .filter(Boolean)
        .join(', '),
    ],
    [
      'reserved',
      crashkernel.reservedBytes === undefined
        ? undefined
        : `${crashkernel.reservedBytes === 0 ? 'nothing' : formatSize(crashkernel.reservedBytes)}${crashkernel.word ? ` for ${crashkernel.word}` : ''}`,
    ],
    [
      'dump goes to',
      host.tooling === 'none' ? undefined : isKnown ? `${place}${free}` : 'not known',
    ],
    [
      'dump size',
      prediction &&
        `${formatSize(prediction.likely.bytes)}, at most ${formatSize(prediction.likely.highBytes)} at level ${prediction.likely.level} (${prediction.says})`,
    ],
    [
      'to send',
      pieces &&
        `sonae split makes ${count(pieces.count, 'piece')} of ${formatSize(pieces.bytes)}${pieces.highCount > pieces.count ? `, at most ${pieces.highCount}` : ''}`,
    ],
    [
      'time',
      time &&
        `${formatDuration(time.seconds * 1000)} to ${formatDuration(time.highSeconds * 1000)} until the dump is complete`,
    ],
    [
      'rehearsal',
      rehearsal.state === 'none'
        ? host.isLive
          ? 'never: sonae check-kdump rehearse'
          : undefined
        : `${rehearsal.state}${rehearsal.verifiedAt ? `, ${rehearsal.verifiedAt.slice(0, 10)}` : ''}${rehearsal.changed.length > 0 ? `; changed since: ${rehearsal.changed.join(', ')}` : ''}`,
    ],
  ];
  // Where there can be no dump its size and place mean nothing.
  const isMeant = impossible === undefined && host.container === undefined;
  const shown = isMeant ? rows : rows.slice(0, 1);
  return shown.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

function problem(finding: KdumpFinding, index: number, all: readonly KdumpFinding[]): string[] {
  const { fix } = finding;
  // One cause makes several findings: its commands are printed once.
  const first = all.findIndex((each) => each.fix.join('\n') === fix.join('\n'));
  const isTold = fix.length > 0 && first < index;
  return [
    `${String(index + 1).padStart(3)}. ${marks[finding.state]} ${printable(finding.says)}  [${finding.id}, ${finding.weight}]`,
    `     ${printable(finding.why)}`,
    ...(isTold
      ? [`       (as for ${first + 1})`]
      : fix.map((command) => `       ${printable(command)}`)),
  ];
}

function outside({ outside: way, verdict }: KdumpReport): string[] {
  if (!way || (verdict === 'ready' && way.trigger.length === 0)) return [];
  return [
    '',
    `From outside (${way.platform}): ${way.who} can`,
    ...way.commands.map((command) => `  take the memory: ${command}`),
    ...way.trigger.map((command) => `  make it panic:   ${command}`),
    `  ${way.note}`,
  ];
}

function unknowns({ findings, host }: KdumpReport): string[] {
  const open = findings.filter(
    ({ state, weight }) => state === 'unknown' && (weight === 'critical' || weight === 'high'),
  );
  if (open.length === 0) return [];
  const reasons = Map.groupBy(open, ({ says }) => says);
  return [
    '',
    host.isRoot ? 'Could not be told' : 'Could not be told; run it as root to know more',
    ...[...reasons].map(([says, of]) => {
      const more = of.length > 1 ? ` and ${count(of.length - 1, 'check')} more` : '';
      return `   ?  ${printable(says)}  [${of[0]?.id}${more}]`;
    }),
  ];
}

function counts({ counts: of }: KdumpReport): string {
  return `${of.pass} passed, ${count(of.warn, 'warning')}, ${count(of.fail, 'failure')}, ${of.unknown} unknown, ${of.skip} do not apply`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function allFindings(findings: readonly KdumpFinding[]): string[] {
  return groups.flatMap((group) => {
    const of = findings.filter((finding) => finding.group === group);
    if (of.length === 0) return [];
    return [
      '',
      group,
      ...of.flatMap(({ state, id, says, evidence }) => [
        `  ${marks[state].padEnd(5)}${id.padEnd(40)} ${printable(says)}`,
        ...evidence.map(({ from, value }) => `         ${printable(from)}: ${printable(value)}`),
      ]),
    ];
  });
}
