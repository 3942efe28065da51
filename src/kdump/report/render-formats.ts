import { printable } from '../../std/printable.ts';
import { problems, summaryRows } from './render-text.ts';
import { type KdumpReport, verdicts } from './report.ts';

/** One JSON document; docs/formats/kdump-report.md. */
export function renderJson(report: KdumpReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** JUnit XML for CI: one test case a check; what is unknown is an error, not a pass, but what no image can know is left out. */
export function renderJunit(report: KdumpReport): string {
  const cases = report.findings.map(
    ({ id, group, state, says, why, evidence, fix, isLeftToRunning }) => {
      const body = xml(
        [why, ...evidence.map(({ from, value }) => `${from}: ${value}`), ...fix].join('\n'),
      );
      const open = `    <testcase classname="kdump.${group}" name="${xml(id)}"`;
      const message = `message="${xml(says)}"`;
      switch (state) {
        case 'pass':
          return `${open}/>`;
        case 'fail':
          return `${open}><failure ${message}>${body}</failure></testcase>`;
        case 'unknown':
          if (isLeftToRunning) return `${open}><skipped ${message}/></testcase>`;
          return `${open}><error ${message}>${body}</error></testcase>`;
        case 'warn':
          return `${open}><system-out>${xml(`warning: ${says}`)}\n${body}</system-out></testcase>`;
        case 'skip':
          return `${open}><skipped ${message}/></testcase>`;
        default:
          return state satisfies never;
      }
    },
  );
  const { counts } = report;
  const left = report.findings.filter(({ isLeftToRunning }) => isLeftToRunning).length;
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="sonae check-kdump" tests="${report.findings.length}" failures="${counts.fail}" errors="${counts.unknown - left}" skipped="${counts.skip + left}" timestamp="${report.checkedAt}" hostname="${xml(report.host.name)}">`,
    `    <properties><property name="verdict" value="${report.verdict}"/><property name="because" value="${xml(report.because)}"/><property name="kernel" value="${xml(report.host.kernel)}"/></properties>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text
    .split('\n')
    .map((line) =>
      printable(line).replace(/[&<>"]/g, (character) => entities[character] ?? character),
    )
    .join('\n');
}

/** Metrics for the textfile collector of node_exporter. */
export function renderPrometheus(report: KdumpReport): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    help: string,
    samples: readonly (readonly [string, number | undefined])[],
  ) => {
    const known = samples.filter(([, value]) => value !== undefined);
    if (known.length === 0) return;
    lines.push(`# HELP sonae_kdump_${name} ${help}`, `# TYPE sonae_kdump_${name} gauge`);
    for (const [labels, value] of known) lines.push(`sonae_kdump_${name}${labels} ${value}`);
  };
  const { prediction, time, rehearsal } = report;
  metric(
    'verdict',
    'The verdict that holds is 1.',
    verdicts.map((verdict) => [`{verdict="${verdict}"}`, verdict === report.verdict ? 1 : 0]),
  );
  metric('ready', '1 when a panic now gives a usable dump as far as can be told.', [
    ['', report.verdict === 'ready' ? 1 : 0],
  ]);
  metric(
    'checks',
    'Checks by state.',
    Object.entries(report.counts).map(([state, count]) => [`{state="${state}"}`, count] as const),
  );
  metric(
    'check_status',
    '0 pass, 1 warn, 2 fail, 3 unknown; checks that do not apply are left out.',
    report.findings
      .filter(({ state }) => state !== 'skip')
      .map(
        ({ id, state }) =>
          [`{id="${id}"}`, ['pass', 'warn', 'fail', 'unknown'].indexOf(state)] as const,
      ),
  );
  metric(
    'predicted_bytes',
    'Predicted size of the dump by level.',
    (prediction?.levels ?? []).map(({ level, bytes }) => [`{level="${level}"}`, bytes] as const),
  );
  metric(
    'predicted_high_bytes',
    'Size that the dump will hardly exceed, at the configured level.',
    [['', prediction?.likely.highBytes]],
  );
  metric('predicted_seconds', 'Predicted time until the dump is complete.', [['', time?.seconds]]);
  metric('target_free_bytes', 'Free space where the dump goes.', [['', report.target.freeBytes]]);
  metric('reserved_bytes', 'Memory set aside for the crash kernel.', [
    ['', report.crashkernel.reservedBytes],
  ]);
  metric('rehearsal_success', '1 while the last rehearsal counts.', [
    ['', rehearsal.state === 'valid' ? 1 : 0],
  ]);
  metric('rehearsal_timestamp_seconds', 'When the last rehearsal was verified.', [
    ['', rehearsal.verifiedAt ? Math.round(Date.parse(rehearsal.verifiedAt) / 1000) : undefined],
  ]);
  metric('rehearsal_age_seconds', 'Age of the last rehearsal.', [
    [
      '',
      rehearsal.verifiedAt
        ? Math.round((Date.parse(report.checkedAt) - Date.parse(rehearsal.verifiedAt)) / 1000)
        : undefined,
    ],
  ]);
  metric('check_timestamp_seconds', 'When this was checked.', [
    ['', Math.round(Date.parse(report.checkedAt) / 1000)],
  ]);
  return `${lines.join('\n')}\n`;
}

/** A page for a build-verification record. */
export function renderMarkdown(report: KdumpReport): string {
  const { host, outside } = report;
  const rows = report.findings.map(
    ({ id, state, weight, says }) => `| ${state} | ${weight} | \`${id}\` | ${cell(says)} |`,
  );
  return `${[
    `# Kdump of ${cell(host.name)}: ${report.verdict}`,
    '',
    `${cell(report.because)}.`,
    '',
    `Checked ${report.checkedAt} by sonae ${report.sonae}, as a machine of kind "${report.purpose}".`,
    '',
    '| | |',
    '| --- | --- |',
    ...summaryRows(report).map(([name, value]) => `| ${name} | ${cell(value)} |`),
    ...(outside
      ? [`| from outside | ${cell([...outside.commands, ...outside.trigger].join('; '))} |`]
      : []),
    '',
    ...problems(report.findings).flatMap(({ id, says, why, fix }) => [
      `## ${cell(says)}`,
      '',
      `${cell(why)} (\`${id}\`)`,
      ...(fix.length > 0 ? ['', '```', ...fix.map(printable), '```'] : []),
      '',
    ]),
    '## All checks',
    '',
    '| state | weight | check | |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`;
}

function cell(text: string): string {
  return printable(text).replace(/[|<>]/g, (character) => `\\${character}`);
}
