import type { BundleManifest, BundleRecord } from '../model/bundle.ts';
import { gaveOnlyError, groupMissing, type MissingGroup } from '../model/missing.ts';
import { printable } from '../std/printable.ts';
import { shellWord } from '../std/shell-word.ts';
import { formatCount, formatDuration, formatSize } from '../std/units.ts';

const endings: Readonly<Record<BundleManifest['ended'], string>> = {
  complete: '',
  interrupted: 'INTERRUPTED: the bundle holds what was taken until then.',
  'time-limit': 'The TIME LIMIT was reached: the bundle holds what was taken until then.',
  'no-space': 'The disk became FULL: the bundle holds what was taken until then.',
  'max-size': 'The SIZE LIMIT was reached: some evidence was left out.',
};

/** Reasons of missing evidence that are shown; the rest is in the README. */
const mostGroups = 12;

/** The finished file. */
export interface BundleFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256?: string;
  /** Who can decrypt it; absent when it is not encrypted. */
  readonly encryptedTo?: readonly string[];
}

/** The last screen of a collection: what was taken, what was not and why, where it is, what to type next. */
export function renderCollectSummary(manifest: BundleManifest, bundle: BundleFile): string {
  const { records } = manifest;
  const stored = records.filter(({ path, link }) => path !== undefined && link === undefined);
  const raw = stored.reduce((sum, record) => sum + record.bytes, 0);
  const masked = Object.values(manifest.redaction.hits).reduce((sum, hits) => sum + hits, 0);
  return [
    '',
    `Collected ${pieces(stored)} (${formatSize(raw)}) within ${formatDuration(manifest.durationMs)}.`,
    ...whose(manifest),
    manifest.redaction.rules === 'none'
      ? 'NOTHING was masked (--no-redact): handle this bundle as a secret.'
      : `Secret values masked: ${masked}, in ${pieces(records.filter((record) => record.masked !== undefined))}.`,
    ...(manifest.ended === 'complete' ? [] : [endings[manifest.ended]]),
    ...missingLines(records),
    ...errorLines(records),
    ...truncatedLines(records),
    ...unmaskedLines(records),
    ...skippedLines(records),
    ...biggestLines(stored),
    ...changeLines(manifest),
    '',
    ...placeLines(bundle),
    '',
  ].join('\n');
}

function pieces(records: readonly BundleRecord[]): string {
  return formatCount(records.length, 'piece of evidence', 'pieces of evidence');
}

function whose({ case: caseId, owner }: BundleManifest): string[] {
  const parts = [
    ...(caseId === undefined ? [] : [`case ${printable(caseId)}`]),
    ...(owner === undefined ? [] : [`owner ${printable(owner)}`]),
  ];
  return parts.length === 0 ? [] : [`For ${parts.join(', ')}.`];
}

function missingLines(records: readonly BundleRecord[]): string[] {
  const groups = groupMissing(records);
  if (groups.length === 0) return [];
  const count = groups.reduce((sum, group) => sum + group.records.length, 0);
  return [
    '',
    `Missing (${count}):`,
    ...groups.slice(0, mostGroups).map(groupLine),
    ...(groups.length > mostGroups
      ? [
          `  ... and for ${groups.length - mostGroups} more reasons: see sonae/README.txt in the bundle`,
        ]
      : []),
  ];
}

function groupLine({ state, reason, records }: MissingGroup): string {
  const names = records.slice(0, 3).map(nameOf).join(', ');
  const more = records.length > 3 ? ` and ${records.length - 3} more` : '';
  return `  ${state.padEnd(10)} ${names}${more}: ${printable(reason)}`;
}

// A command that failed and said why on stderr is no evidence that is missing, and none that is there.
function errorLines(records: readonly BundleRecord[]): string[] {
  const failed = records.filter(gaveOnlyError);
  if (failed.length === 0) return [];
  const names = failed.slice(0, 4).map(nameOf).join(', ');
  return [
    '',
    `Answered with nothing but an error (${failed.length}): ${names}${failed.length > 4 ? ', ...' : ''}`,
  ];
}

function truncatedLines(records: readonly BundleRecord[]): string[] {
  const cut = records.filter(({ state }) => state === 'truncated');
  if (cut.length === 0) return [];
  return [
    '',
    `Cut short (${cut.length}): ${cut.slice(0, 4).map(nameOf).join(', ')}${cut.length > 4 ? ', ...' : ''}`,
  ];
}

function unmaskedLines(records: readonly BundleRecord[]): string[] {
  const kept = records.filter(({ unmasked }) => unmasked);
  if (kept.length === 0) return [];
  const names = kept.slice(0, 4).map(nameOf).join(', ');
  return [
    '',
    `NOT MASKED, since it is no text (${kept.length}): ${names}${kept.length > 4 ? ', ...' : ''}`,
  ];
}

function skippedLines(records: readonly BundleRecord[]): string[] {
  const count = (state: BundleRecord['state']) =>
    records.filter((record) => record.state === state).length;
  return [
    '',
    `Not on this machine: ${count('absent')}. Not for this machine: ${count('not-applicable')}. Left out on purpose: ${count('skipped')}. Empty: ${count('empty')}.`,
  ];
}

function biggestLines(stored: readonly BundleRecord[]): string[] {
  const biggest = [...stored].sort((a, b) => b.bytes - a.bytes).slice(0, 5);
  if (biggest.length === 0) return [];
  return [
    '',
    'Biggest:',
    ...biggest.map(
      (record) => `  ${formatSize(record.bytes).padStart(9)}  ${printable(record.path ?? '')}`,
    ),
  ];
}

function changeLines({ fingerprint }: BundleManifest): string[] {
  if (fingerprint.changes.length === 0) return [];
  return [
    '',
    'Meanwhile changed on the machine (not by sonae, which only reads):',
    ...fingerprint.changes
      .slice(0, 6)
      .map(({ what, before, after }) =>
        printable(`  ${what}: ${before ? 'gone' : 'new'} ${before || after}`),
      ),
  ];
}

function lock(receivers: readonly string[]): string {
  return receivers.includes('passphrase')
    ? 'encrypted with the passphrase'
    : `encrypted to ${receivers.join(', ')}`;
}

function placeLines({ path: given, bytes, sha256, encryptedTo }: BundleFile): string[] {
  const path = printable(given);
  return [
    `Bundle:  ${path} (${formatSize(bytes)}, read back and proved)`,
    `sha256:  ${sha256}`,
    ...(encryptedTo === undefined ? [] : [`Locked:  ${printable(lock(encryptedTo))}`]),
    '',
    `Next:    sonae verify ${shellWord(path)}`,
  ];
}

function nameOf({ source, step }: BundleRecord): string {
  if (source && 'command' in source) return printable(source.command.join(' '));
  return printable(source && 'file' in source ? source.file : step);
}
