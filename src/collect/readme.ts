import type { BundleManifest } from '../model/bundle.ts';
import { gaveOnlyError, groupMissing, type MissingGroup } from '../model/missing.ts';
import { printable } from '../std/printable.ts';
import { formatCount, formatDuration, formatSize } from '../std/units.ts';

const ends: Readonly<Record<BundleManifest['ended'], string>> = {
  complete: 'The run went to its end.',
  interrupted: 'The run was INTERRUPTED: what was not yet taken is missing.',
  'time-limit': 'The run reached its TIME LIMIT: what was not yet taken is missing.',
  'no-space': 'The disk became FULL: what was not yet taken is missing.',
  'max-size': 'The bundle reached its SIZE LIMIT: some evidence was cut or left out.',
};

// Only those that are in the bundle are named: another profile or an image has none of them.
const firstToRead: readonly (readonly [path: string, what: string])[] = [
  ['sonae/crash-dumps.txt', 'past crashes and their dumps'],
  ['sonae/check-kdump.txt', 'whether the next crash would be caught'],
  ['sonae/kernel-log.txt', 'the kernel log, as it was when the run began'],
  ['sonae/processes.txt', 'every process; stacks of those that hang in the kernel (state D)'],
  ['sonae/samples/', 'N/: second and later samples of what was taken repeatedly'],
];

/** Reasons that are shown, and names for one reason. */
const mostReasons = 40;
const mostNames = 40;

/** `sonae/README.txt`: what this is, what is missing, where to begin, for an engineer who has never heard of sonae. */
export function renderReadme(manifest: BundleManifest, advice: readonly string[]): string {
  const { host, records } = manifest;
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  return [
    `Evidence from ${host.name}, taken by sonae ${manifest.sonae}.`,
    '',
    `  case       ${manifest.case ?? '(none given)'}`,
    ...(manifest.owner === undefined ? [] : [`  owner      ${printable(manifest.owner)}`]),
    `  machine    ${host.os}, ${machineText(host)}`,
    `  taken      ${manifest.startedAt}, within ${formatDuration(manifest.durationMs)}${placeText(host)}`,
    `  profiles   ${manifest.profiles.join(', ')}`,
    `  evidence   ${records.filter(({ path }) => path !== undefined).length} files, ${formatSize(bytes)}`,
    `  masked     ${maskedText(manifest)}`,
    '',
    ends[manifest.ended],
    ...missingText(records),
    ...cutText(records),
    ...errorText(records),
    ...keptText(records),
    '',
    'Where to begin',
    ...firstToRead
      .filter(([path]) => records.some((record) => isAt(path, record.path)))
      .map(([path, what]) => `  ${path.padEnd(26)}  ${what}`),
    '  sonae/manifest.json         everything that was asked for and what became of it',
    '  sos_commands/               output of commands, by subject; etc/ proc/ sys/ var/ are copies of files',
    '',
    'The layout is that of sos reports: xsos, hotsos, insights-core and risu read this folder.',
    ...changesText(manifest),
    ...(advice.length > 0
      ? [
          '',
          'What sonae does not do by itself, and you may want',
          ...advice.map((line) => `  - ${line}`),
        ]
      : []),
    '',
  ].join('\n');
}

// A folder is there when something in it is.
function isAt(place: string, path: string | undefined): boolean {
  return place.endsWith('/') ? path?.startsWith(place) === true : path === place;
}

function maskedText({ redaction, records }: BundleManifest): string {
  if (redaction.rules === 'none')
    return 'NOTHING: this bundle was made with --no-redact and may hold secrets';
  const count = Object.values(redaction.hits).reduce((sum, hits) => sum + hits, 0);
  const files = records.filter(({ masked }) => masked !== undefined).length;
  return `${formatCount(count, 'value')} in ${formatCount(files, 'piece of evidence', 'pieces of evidence')} by the rules ${redaction.rules}`;
}

function placeText({ container }: BundleManifest['host']): string {
  return container === undefined ? '' : `, from inside a container (${container})`;
}

// An image that is not running has been up for no time at all, and has no kernel of its own.
function machineText({ kernel, architecture, uptimeSeconds }: BundleManifest['host']): string {
  return uptimeSeconds > 0
    ? `kernel ${kernel} ${architecture}, up ${formatDuration(uptimeSeconds * 1000)}`
    : 'not running';
}

function errorText(records: BundleManifest['records']): string[] {
  const failed = records.filter(gaveOnlyError);
  if (failed.length === 0) return [];
  const shown = failed.slice(0, mostNames).map(({ path }) => `  ${printable(path ?? '')}`);
  const more = failed.length - shown.length;
  return [
    '',
    `Commands that answered with nothing but an error (${failed.length})`,
    ...shown,
    ...(more > 0 ? [`  ... and ${more} more, "note" in manifest.json`] : []),
  ];
}

function cutText(records: BundleManifest['records']): string[] {
  const count = records.filter(({ state }) => state === 'truncated').length;
  return count === 0 ? [] : [`Cut to a limit: ${count}, "truncated" in manifest.json.`];
}

function keptText(records: BundleManifest['records']): string[] {
  const kept = records.filter(({ unmasked }) => unmasked);
  if (kept.length === 0) return [];
  return [
    '',
    'NOT MASKED, since it is no text',
    ...kept
      .slice(0, 20)
      .map(({ path, note }) => `  ${printable(path ?? '')}: ${printable(note ?? '')}`),
    ...(kept.length > 20 ? [`  ... and ${kept.length - 20} more, "note" in manifest.json`] : []),
  ];
}

function missingText(records: BundleManifest['records']): string[] {
  const groups = groupMissing(records);
  if (groups.length === 0) return ['Nothing that was asked for is missing.'];
  const count = groups.reduce((sum, group) => sum + group.records.length, 0);
  const more = groups.length - mostReasons;
  return [
    '',
    `Missing (${count})`,
    ...groups.slice(0, mostReasons).flatMap(groupText),
    ...(more > 0 ? [`  ... and for ${more} more reasons, see manifest.json`] : []),
  ];
}

// What is missing alone stands in one line with its reason; several for the same reason below it.
function groupText({ state, reason, records }: MissingGroup): string[] {
  const [first] = records;
  if (records.length === 1 && first)
    return [`  ${state.padEnd(10)} ${printable(`${nameOf(first)}: ${reason}`)}`];
  const shown = records.slice(0, mostNames).map((record) => `    ${printable(nameOf(record))}`);
  const more = records.length - shown.length;
  return [
    `  ${state.padEnd(10)} ${records.length}: ${printable(reason)}`,
    ...shown,
    ...(more > 0 ? [`    ... and ${more} more, see manifest.json`] : []),
  ];
}

function nameOf({ step, source }: BundleManifest['records'][number]): string {
  return source && 'file' in source ? source.file : step;
}

function changesText({ fingerprint }: BundleManifest): string[] {
  if (fingerprint.changes.length === 0) return [];
  const lines = fingerprint.changes.map(({ what, before, after }) =>
    printable(`  ${what}: ${before === '' ? 'new' : 'gone'} ${before || after}`),
  );
  return [
    '',
    'While the run lasted, this changed on the machine (sonae itself changes nothing)',
    ...lines,
  ];
}
