import type { Command } from 'commander';
import type { VerifyReport } from '../chunks/verify.ts';
import type { ExitCode } from '../model/exit-code.ts';
import type { OutputFolder } from '../model/storage.ts';
import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import type { Context, Run } from './context.ts';
import { command } from './global-options.ts';
import { openSetFolder } from './open-set-folder.ts';
import { jobsFrom } from './split-options.ts';
import { isBundlePath, verifyBundle } from './verify-bundle.ts';

const examples = `
Examples:
  sonae verify sonae-host-2026-11-24-k3x9q2ab.tar.zst
  sonae verify 01234567_vmcore.chunks
  sonae verify . --json | jq -r '.resend[]'      names of the chunks to send again
`;

/** `sonae verify`: is everything there, and whole? */
export function declareVerify(run: Run): Command {
  return command('verify')
    .description(
      'check a bundle, or a chunk set (also one that is not whole) and name what to send again',
    )
    .argument('<path>', 'a bundle, the folder of a chunk set, or its chunk-set.json')
    .option('--jobs <n>', 'threads (default: the processors really available)')
    .addHelpText('after', examples)
    .action((path: string, flags) => run(flags, (context) => verifyPath(context, path, flags)));
}

async function verifyPath(
  context: Context,
  path: string,
  flags: { readonly jobs?: string },
): Promise<ExitCode> {
  return isBundlePath(path) ? verifyBundle(context, path) : verifyChunkSet(context, path, flags);
}

async function verifyChunkSet(
  context: Context,
  path: string,
  flags: { readonly jobs?: string },
): Promise<ExitCode> {
  const folder = await openSetFolder(path);
  const { loadChunkSet } = await import('../chunks/load-chunk-set.ts');
  const loaded = await loadChunkSet(folder);
  const chunks = loaded.state === 'finished' ? loaded.set.chunks : loaded.chunks;
  const { openReadingCrew } = await import('../chunks/reading-crew.ts');
  const { availableProcessors } = await import('../host/processors.ts');
  const crew = openReadingCrew(chunks, jobsFrom(flags, availableProcessors()));
  try {
    const options = { folder, crew, reporter: context.reporter, signal: context.signal };
    const { findExtra, verifyChunks, verifySet } = await import('../chunks/verify.ts');
    const report: VerifyReport =
      loaded.state === 'finished'
        ? await verifySet(loaded.set, options)
        : {
            ...(await verifyChunks(chunks, undefined, options)),
            extra: findExtra(chunks, await folder.list()),
            problems: ['the set is not finished: it has no chunk-set.json yet'],
          };
    await context.print(
      context.isJson
        ? `${JSON.stringify({ path, state: loaded.state, ...report }, null, 2)}\n`
        : renderReport(folder, report),
    );
    return exitCodeOf(report);
  } finally {
    await crew.close();
  }
}

function renderReport(folder: OutputFolder, report: VerifyReport): string {
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
    'not-checked': 'The digest of the original could not be checked.',
    mismatch: 'ALL CHUNKS ARE GOOD, BUT THE ORIGINAL HAS ANOTHER DIGEST than the manifest says.',
  }[report.original];
  return [
    ...lines,
    ...report.extra.map((name) => `${printable(name)}: not of this set\n`),
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

// Missing parts are a partial set (3); wrong bytes are a matter of integrity (5).
function exitCodeOf({ chunks, original, problems }: VerifyReport): ExitCode {
  const states = new Set(chunks.map(({ state }) => state));
  states.delete('good');
  if (original === 'mismatch') return 5;
  const isOnlyMissing = states.size === 0 || (states.size === 1 && states.has('missing'));
  if (!isOnlyMissing) return 5;
  return states.size > 0 || problems.length > 0 ? 3 : 0;
}
