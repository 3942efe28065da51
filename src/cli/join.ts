import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import type { ByteRange, ChunkSet } from '../chunks/chunk-set.ts';
import type { JoinOptions, JoinResult } from '../chunks/join.ts';
import type { ExitCode } from '../model/exit-code.ts';
import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import { openSetFolder } from './chunk-set/open-set-folder.ts';
import { refuseOthers } from './chunk-set/refuse-others.ts';
import type { Context, Run } from './context.ts';
import { type DecryptionOptions, withDecryption } from './encryption/encryption-options.ts';
import { openSetDecryption, sealed } from './encryption/open-set-decryption.ts';
import { command } from './global-options.ts';
import { type Ownership, refuseForeign } from './ownership.ts';
import { jobsFrom } from './split/split-options.ts';

const examples = `
Examples:
  sonae join 01234567_vmcore.chunks                         restores to ./vmcore
  sonae join 01234567_vmcore.chunks --output /dumps/vmcore
  sonae join vmcore.chunks --output - | strings | less
  sonae join vmcore.chunks --identity key.txt               encrypted with age; OpenPGP: see README.txt of the set
  sonae join vmcore.chunks --allow-missing                  what is there, with holes for the rest
`;

interface JoinFlags extends Ownership, DecryptionOptions {
  readonly output?: string;
  readonly allowMissing?: boolean;
  readonly jobs?: string;
}

/** `sonae join`: a chunk set back into its original. */
export function declareJoin(run: Run): Command {
  const declared = command('join')
    .description('restore the original from a chunk set, proven by its digest')
    .argument(
      '<path>',
      'folder of the set, or its chunk-set.json (among others: NAME.chunk-set.json)',
    )
    .option('--output <file>', 'file to write, or - for standard output (default: its name, here)')
    .option('--case <id>', 'refuse a set of another case')
    .option('--owner <name>', 'refuse a set of another owner')
    .option('--allow-missing', 'restore what is there, gaps as holes; exits 3')
    .option('--jobs <n>', 'threads (default: the processors really available)');
  return withDecryption(declared)
    .addHelpText('after', examples)
    .action((path: string, flags) => run(flags, (context) => joinPath(context, path, flags)));
}

async function joinPath(context: Context, path: string, flags: JoinFlags): Promise<ExitCode> {
  const folder = await openSetFolder(path);
  const { loadFinishedSet } = await import('../chunks/load-chunk-set.ts');
  const set = await loadFinishedSet(folder);
  refuseForeign(path, set, flags);
  await refuseOthers(folder, set);
  const decryption = await openSetDecryption(set, folder, flags);
  if (set.encryption !== undefined && decryption === undefined) throw sealed(set, path);
  const { openReadingCrew } = await import('../chunks/reading-crew.ts');
  const { availableProcessors } = await import('../host/processors.ts');
  const crew = openReadingCrew(set.chunks, jobsFrom(flags, availableProcessors()));
  try {
    const { result, target } = await joinTo(flags.output ?? set.original.name, set, {
      folder,
      crew,
      ...(decryption === undefined ? {} : { decrypt: decryption.decrypt }),
      isMissingAllowed: flags.allowMissing === true,
      reporter: context.reporter,
      signal: context.signal,
    });
    await tellResult(context, set, target, result);
    return result.gaps.length + result.doubtful.length === 0 ? 0 : 3;
  } finally {
    await crew.close();
  }
}

async function joinTo(
  output: string,
  set: ChunkSet,
  options: JoinOptions,
): Promise<{ readonly result: JoinResult; readonly target: string }> {
  const { joinToFile, joinToStream } = await import('../chunks/join.ts');
  if (output === '-') {
    const { writeStandardOutput } = await import('../host/standard-output.ts');
    return { result: await joinToStream(set, writeStandardOutput, options), target: '-' };
  }
  const { openOutputFolder } = await import('../host/storage.ts');
  const target = { folder: await openOutputFolder(dirname(output)), name: basename(output) };
  return { result: await joinToFile(set, target, options), target: output };
}

async function tellResult(
  { isJson, print, reporter }: Context,
  { original }: ChunkSet,
  target: string,
  result: JoinResult,
): Promise<void> {
  const { gaps, doubtful } = result;
  for (const [what, ranges] of [
    ['not there, zeros instead', gaps],
    ['not proven by a digest', doubtful],
  ] as const) {
    if (ranges.length === 0) continue;
    const message = `${formatSize(lengthOf(ranges))} of the original: ${what}: ${listed(ranges)}`;
    reporter.emit({ type: 'warning', message });
  }
  // Standard output is the original itself then.
  if (target === '-') return;
  if (isJson) {
    const { name, bytes, sha256 } = original;
    await print(
      `${JSON.stringify({ path: target, name, bytes, sha256, gaps, doubtful }, null, 2)}\n`,
    );
    return;
  }
  const proof =
    gaps.length + doubtful.length === 0
      ? `the digest of the original is right (${original.sha256})`
      : 'INCOMPLETE';
  await print(`${printable(target)}: ${formatSize(original.bytes)}, ${proof}\n`);
}

function listed(ranges: readonly ByteRange[]): string {
  const shown = ranges
    .slice(0, 10)
    .map(({ offset, length }) => `${offset}..${offset + length - 1}`);
  const more = ranges.length > 10 ? ` and ${ranges.length - 10} more` : '';
  return `${shown.join(', ')}${more}`;
}

function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}
