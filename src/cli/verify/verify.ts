import type { Command } from 'commander';
import type { VerifyReport } from '../../chunks/verify.ts';
import { errorCodes, SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { OutputFolder } from '../../model/storage.ts';
import { printable } from '../../std/printable.ts';
import { formatSize } from '../../std/units.ts';
import { isBundleFile } from '../bundle/bundle-file.ts';
import { openSetFolder } from '../chunk-set/open-set-folder.ts';
import type { Context, Run } from '../context.ts';
import { withDecryption } from '../encryption/encryption-options.ts';
import { openSetDecryption } from '../encryption/open-set-decryption.ts';
import { command } from '../global-options.ts';
import { type Ownership, refuseForeign, refuseMix } from '../ownership.ts';
import { jobsFrom } from '../split/split-options.ts';
import type { Verified, VerifyFlags } from './verified.ts';
import { verifyBundle } from './verify-bundle.ts';

const examples = `
Examples:
  sonae verify sonae-host-2026-11-24-k3x9q2ab.tar.zst
  sonae verify sonae-host-2026-11-24-k3x9q2ab.tar.zst.age --identity key.txt
  sonae verify 01234567_vmcore.chunks            an encrypted one also with --identity key.txt
  sonae verify . --json | jq -r '.resend[]'      names of the chunks to send again
  sonae verify --case 01234567 *.tar.zst *.chunks   refuses what is of another case; without --case, what
                                                 is not of the same case and owner as the first
`;

/** `sonae verify`: is everything there, and whole? */
export function declareVerify(run: Run): Command {
  const declared = command('verify')
    .description(
      'check a bundle, or a chunk set (also one that is not whole) and name what to send again',
    )
    .argument(
      '<path...>',
      'a bundle, the folder of a chunk set, or its chunk-set.json (among others: NAME.chunk-set.json)',
    )
    .option('--case <id>', 'refuse what is of another case')
    .option('--owner <name>', 'refuse what is of another owner')
    .option('--jobs <n>', 'threads (default: the processors really available)');
  return withDecryption(declared)
    .addHelpText('after', examples)
    .action((paths: string[], flags) =>
      run(flags, (context) => verifyPaths(context, paths, flags)),
    );
}

async function verifyPaths(
  context: Context,
  paths: readonly string[],
  flags: VerifyFlags,
): Promise<ExitCode> {
  const reports: object[] = [];
  let worst: ExitCode = 0;
  let first: { readonly path: string; readonly ownership: Ownership } | undefined;
  for (const path of paths) {
    // As soon as it is known, for a set before anything large is read.
    const onOwnership = (ownership: Ownership) => {
      refuseForeign(path, ownership, flags);
      first ??= { path, ownership };
      refuseMix(first, { path, ownership });
    };
    const verified = verifyPath(context, path, flags, onOwnership);
    // One that is damaged does not keep the others from being looked at.
    const { exitCode, report, text } = await (paths.length === 1
      ? verified
      : verified.catch((error: unknown) => asDamaged(path, error)));
    if (exitCode > worst) worst = exitCode;
    reports.push(report);
    if (!context.isJson) await context.print(text);
  }
  if (context.isJson)
    await context.print(
      `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`,
    );
  return worst;
}

async function verifyPath(
  context: Context,
  path: string,
  flags: VerifyFlags,
  onOwnership: (ownership: Ownership) => void,
): Promise<Verified> {
  return (await isBundleFile(path))
    ? verifyBundle(context, path, flags, onOwnership)
    : verifyChunkSet(context, path, flags, onOwnership);
}

function asDamaged(path: string, error: unknown): Verified {
  if (!(error instanceof SonaeError) || errorCodes[error.code] !== 5) throw error;
  const { message, hint } = error;
  return {
    exitCode: 5,
    report: { path, problems: [message] },
    text: `${printable(message)}\n${hint === undefined ? '' : `  ${printable(hint)}\n`}`,
  };
}

async function verifyChunkSet(
  context: Context,
  path: string,
  flags: VerifyFlags,
  onOwnership: (ownership: Ownership) => void,
): Promise<Verified> {
  const folder = await openSetFolder(path);
  const { loadChunkSet } = await import('../../chunks/load-chunk-set.ts');
  const loaded = await loadChunkSet(folder);
  const { case: caseId, owner } = loaded.state === 'finished' ? loaded.set : loaded.header;
  onOwnership({ case: caseId, owner });
  const chunks = loaded.state === 'finished' ? loaded.set.chunks : loaded.chunks;
  const { openReadingCrew } = await import('../../chunks/reading-crew.ts');
  const { availableProcessors } = await import('../../host/processors.ts');
  const crew = openReadingCrew(chunks, jobsFrom(flags, availableProcessors()));
  try {
    const sealing = loaded.state === 'finished' ? loaded.set : { ...loaded.header, chunks };
    const decryption = await openSetDecryption(sealing, folder, flags);
    const options = {
      folder,
      crew,
      ...(decryption === undefined ? {} : { decrypt: decryption.decrypt }),
      reporter: context.reporter,
      signal: context.signal,
    };
    const { findExtra, verifyChunks, verifySet } = await import('../../chunks/verify.ts');
    const report: VerifyReport =
      loaded.state === 'finished'
        ? await verifySet(loaded.set, options)
        : {
            ...(await verifyChunks(chunks, undefined, options)),
            extra: findExtra(chunks, await folder.list()),
            problems: ['the set is not finished: it has no chunk-set.json yet'],
          };
    return {
      exitCode: exitCodeOf(report),
      report: { path, state: loaded.state, case: caseId, owner, ...report },
      text: renderReport(folder, report, sealing.encryption && decryption === undefined),
    };
  } finally {
    await crew.close();
  }
}

function renderReport(
  folder: OutputFolder,
  report: VerifyReport,
  isSealed: boolean | undefined,
): string {
  const bad = report.chunks.filter(({ state }) => state !== 'good');
  const lines = bad.map(({ name, state, says, affected }) => {
    const ranges = affected
      .slice(0, 8)
      .map(({ offset, length }) => `${offset}..${offset + length - 1}`);
    const more = affected.length > 8 ? ` and ${affected.length - 8} more ranges` : '';
    const where =
      ranges.length === 0 ? '' : `\n    bytes of the original: ${ranges.join(', ')}${more}`;
    return `${name}: ${state}${says === '' ? '' : ` (${printable(says)})`}${where}\n`;
  });
  const good = report.chunks.length - bad.length;
  const original = {
    good: 'The digest of the original is right.',
    'not-checked': isSealed
      ? 'They are encrypted: what is in them was not read.'
      : 'The digest of the original could not be checked.',
    mismatch: 'ALL CHUNKS ARE GOOD, BUT THE ORIGINAL HAS ANOTHER DIGEST than the manifest says.',
  }[report.original];
  return [
    ...lines,
    ...report.extra.map((name) => `${printable(name)}: not of this set; put it away\n`),
    ...report.problems.map((problem) => `${printable(problem)}\n`),
    `${printable(folder.path)}: ${good} of ${report.chunks.length} chunks are good. ${original}\n`,
    ...renames(report).map((rename) => `Rename: ${rename}\n`),
    report.resend.length === 0 ? '' : `Send again: ${report.resend.join(' ')}\n`,
    bad.length === 0 ? '' : `Affected: ${formatSize(lostBytes(report))} of the original\n`,
  ].join('');
}

// Chunks that are here under each other's names need no second journey. One that is good elsewhere is a mere copy.
function renames({ chunks }: VerifyReport): readonly string[] {
  const good = new Set(chunks.filter(({ state }) => state === 'good').map(({ name }) => name));
  return chunks.flatMap(({ name, holds }) =>
    holds === undefined || good.has(holds) ? [] : [`${name} to ${holds}`],
  );
}

function lostBytes({ chunks }: VerifyReport): number {
  return chunks.flatMap(({ affected }) => affected).reduce((sum, { length }) => sum + length, 0);
}

// Missing parts are a partial set (3); wrong bytes, and those of others, are a matter of integrity (5).
function exitCodeOf({ chunks, original, problems, extra }: VerifyReport): ExitCode {
  const states = new Set(chunks.map(({ state }) => state));
  states.delete('good');
  if (original === 'mismatch' || extra.length > 0) return 5;
  const isOnlyMissing = states.size === 0 || (states.size === 1 && states.has('missing'));
  if (!isOnlyMissing) return 5;
  return states.size > 0 || problems.length > 0 ? 3 : 0;
}
