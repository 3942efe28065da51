import type { RecognisedDump } from '../../model/dump.ts';
import { printable } from '../../std/printable.ts';
import { formatDuration, formatSize } from '../../std/units.ts';
import type { DumpFile } from '../facts.ts';
import { type Fingerprint, fingerprintDifference } from '../machine/fingerprint.ts';
import type { RehearsalCertificate, RehearsalRecord } from '../machine/rehearsal-documents.ts';

/** A dump that came after the record, looked into. */
export interface ExaminedDump {
  readonly file: DumpFile;
  readonly recognised: RecognisedDump | undefined;
  readonly sha256: string;
  /** The kernel log saved beside it, or the one in it; undefined when neither can be had. */
  readonly log: string | undefined;
  /** A person named the folder: it can be a copy, whose times and modes are its own. */
  readonly isNamed: boolean;
}

/** The dump files that appeared since the record was written, largest first; logs and notes are left out. */
export function newDumps(files: readonly DumpFile[], record: RehearsalRecord): readonly DumpFile[] {
  const before = new Set(record.dumps);
  const started = Date.parse(record.startedAt);
  return files
    .filter(
      ({ path, mtimeMs }) =>
        !before.has(path) &&
        // The clock of the capture kernel can be a little behind.
        mtimeMs > started - 120_000 &&
        /(?:^|\/)(?:vmcore|dump)[^/]*$/.test(path) &&
        !/dmesg|\.txt$/.test(path),
    )
    .toSorted((a, b) => b.bytes - a.bytes);
}

/** The kernel logs that lie in the same folder as a dump. */
export function logsBeside(files: readonly DumpFile[], dump: string): readonly string[] {
  const folder = dump.replace(/[^/]*$/, '');
  return files
    .filter(({ path }) => path.startsWith(folder) && /dmesg/.test(path.slice(folder.length)))
    .map(({ path }) => path);
}

/** Holds a dump against the record; `isProved` only when every deciding point is met. */
export function verifyRehearsal(
  record: RehearsalRecord,
  dump: ExaminedDump,
  now: { readonly bootId: string; readonly at: string; readonly fingerprint: Fingerprint },
): RehearsalCertificate {
  const { file, recognised, log, isNamed } = dump;
  // Only of our own trigger the moment of the panic is known, and only where the capture wrote when it was finished.
  const seconds =
    record.trigger === 'sysrq-c' && !isNamed
      ? Math.max(0, Math.round((file.mtimeMs - Date.parse(record.startedAt)) / 1000))
      : undefined;
  const { bytes: predicted, highBytes, highSeconds } = record.predicted;
  const points = [
    point(
      'the machine was started again',
      now.bootId !== record.bootId,
      `boot ${now.bootId.slice(0, 8)} after ${record.bootId.slice(0, 8)}`,
    ),
    point('the dump has its final name', !/incomplete/.test(file.path), file.path),
    point(
      'the dump is a known format',
      recognised !== undefined,
      recognised?.format ?? 'not recognised',
    ),
    point(
      'the dump is complete',
      recognised?.completeness === 'complete',
      recognised ? [recognised.completeness, ...recognised.problems].join('; ') : 'not recognised',
    ),
    point(
      'the dump is of this crash',
      log?.includes(record.nonce) === true,
      log === undefined
        ? 'no kernel log beside the dump or in it'
        : log.includes(record.nonce)
          ? 'its log holds the nonce'
          : 'its log does not hold the nonce',
    ),
    point(
      'its log tells of the panic',
      /Kernel panic|sysrq: Trigger a crash|SysRq ?: Trigger a crash/.test(log ?? ''),
      log === undefined ? 'no log' : 'looked for the panic line',
    ),
    point(
      'the kernel is the one that was rehearsed',
      log === undefined ||
        record.kernel === '' ||
        log.includes(record.kernel) ||
        !/Linux version/.test(log),
      record.kernel,
    ),
    point(
      'the level is the configured one',
      recognised?.dumpLevel === undefined ||
        record.level === undefined ||
        recognised.dumpLevel === record.level,
      `${recognised?.dumpLevel ?? 'not told'} for ${record.level ?? 'not set'}`,
    ),
  ];
  const notes = [
    note(
      'the size is as predicted',
      predicted === 0 || (file.bytes <= highBytes && file.bytes > predicted / 3),
      `${formatSize(file.bytes)} for ${formatSize(predicted)} to ${formatSize(highBytes)}`,
    ),
    note(
      'the time is as predicted',
      highSeconds === 0 || seconds === undefined || seconds <= highSeconds,
      `${durationText(seconds)} for at most ${formatDuration(highSeconds * 1000)}`,
    ),
    ...(isNamed
      ? []
      : [
          note(
            'only root can read the dump',
            (file.mode & 0o077) === 0,
            `mode ${(file.mode & 0o777).toString(8)}`,
          ),
        ]),
    note(
      'nothing changed since',
      fingerprintDifference(record.fingerprint, now.fingerprint).length === 0,
      fingerprintDifference(record.fingerprint, now.fingerprint).join(', ') || 'the same set-up',
    ),
  ];
  return {
    format: 'sonae-kdump-certificate',
    version: 1,
    isProved: points.every(({ ok }) => ok),
    record,
    verifiedAt: now.at,
    bootId: now.bootId,
    dump: {
      path: file.path,
      bytes: file.bytes,
      sha256: dump.sha256,
      format: recognised?.format ?? 'unknown',
      isNamed,
      finishedAt: new Date(file.mtimeMs).toISOString(),
    },
    measured: { bytes: file.bytes, seconds },
    checks: [...points, ...notes],
    fingerprint: now.fingerprint,
  };
}

type Point = RehearsalCertificate['checks'][number];

function point(what: string, ok: boolean, says: string): Point {
  return { what, ok, says };
}

// Notes are told but prove nothing: they carry a mark that keeps them apart from the deciding points.
function note(what: string, ok: boolean, says: string): Point {
  return { what: `note: ${what}`, ok, says };
}

/** The certificate as a page for the build record. */
export function renderCertificate(certificate: RehearsalCertificate): string {
  const { record, dump, measured, checks, isProved } = certificate;
  return `${[
    `# Kdump of ${text(record.host)}: ${isProved ? 'proved by a rehearsed panic' : 'rehearsal FAILED'}`,
    '',
    `${record.trigger === 'outside' ? 'Panic from outside after' : 'Panic on'} ${record.startedAt}${record.trigger === 'outside' ? '' : ` (${record.trigger})`}, verified ${certificate.verifiedAt}.`,
    '',
    '| | |',
    '| --- | --- |',
    ...(record.operator ? [`| operator | ${text(record.operator)} |`] : []),
    ...(record.ticket ? [`| ticket | ${text(record.ticket)} |`] : []),
    `| dump | \`${text(dump.path)}\`, ${text(dump.format)}, ${dump.bytes} bytes |`,
    ...(dump.isNamed ? ['| where | in a folder that was named, perhaps a copy |'] : []),
    `| sha256 | \`${dump.sha256}\` |`,
    `| size | ${formatSize(measured.bytes)}, predicted ${formatSize(record.predicted.bytes)} to ${formatSize(record.predicted.highBytes)} |`,
    `| time | ${durationText(measured.seconds)}, predicted ${formatDuration(record.predicted.seconds * 1000)} to ${formatDuration(record.predicted.highSeconds * 1000)} |`,
    ...Object.entries(certificate.fingerprint).map(
      ([part, value]) => `| ${part} | ${text(value)} |`,
    ),
    '',
    ...checks.map(({ what, ok, says }) => `- ${ok ? 'yes' : 'NO'}: ${what} (${text(says)})`),
    '',
    'It counts until one of the parts above changes, at most a year.',
  ].join('\n')}\n`;
}

function durationText(seconds: number | undefined): string {
  return seconds === undefined ? 'not measured' : formatDuration(seconds * 1000);
}

function text(value: string): string {
  return printable(value).replace(/[|<>]/g, (character) => `\\${character}`);
}
