import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import type { ChunkSet, Original, SetEncryption } from '../../chunks/chunk-set.ts';
import type { ResumeState } from '../../chunks/find-resumable.ts';
import type { JournalHeader } from '../../chunks/journal.ts';
import { checkedCase, setName } from '../../chunks/names.ts';
import type { SplitResult } from '../../chunks/split.ts';
import type { RecognisedDump } from '../../model/dump.ts';
import { type Encryption, plainRoom } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { InputFile, OutputFolder } from '../../model/storage.ts';
import { shellWord } from '../../std/shell-word.ts';
import { formatCount, formatSize } from '../../std/units.ts';
import type { Context, Run } from '../context.ts';
import { putPageBeside } from '../dump-page.ts';
import { chooseEncryption } from '../encryption/choose-encryption.ts';
import { encryptionHelp, withEncryption } from '../encryption/encryption-options.ts';
import { command, configOption } from '../global-options.ts';
import { ownerFrom } from '../ownership.ts';
import { version } from '../version.ts';
import { openSplitSource } from './open-split-source.ts';
import {
  chunkBytesFrom,
  filterFrom,
  jobsFrom,
  levelFrom,
  presetTable,
  type SplitFlags,
} from './split-options.ts';
import type { SplitSource } from './split-source.ts';

const examples = `
Examples:
  sonae split /var/crash/127.0.0.1-2026-11-23/vmcore --case 01234567
  sonae split vmcore --size 250M --output /mnt/usb/send
  sonae split vmcore --filter 31 --output /mnt/usb/send     makedumpfile first, then split
  sonae split /dev/sdb1 --output /mnt/usb/disk --skip-bad
  pg_dump shop | sonae split - --name shop.sql
  sonae split vmcore --encrypt-to age1...                   each chunk encrypted before it touches the disk
  sonae split vmcore --resume                               after a stop, the same command again

Restoring needs only: cat NAME.zst.* | zstd -d > NAME
`;

/** `sonae split`: one original into chunks that standard tools restore. */
export function declareSplit(run: Run): Command {
  const declared = command('split')
    .description('split a dump (or any file, device, pipe) into compressed, checked chunks')
    .argument('[file]', 'what to split; - for standard input')
    .option('--size <size>', 'largest chunk: a size or a preset; "list" shows the presets')
    .option('--level <n>', 'zstd level 1 to 19; by default what suits the input')
    .option('--output <dir>', 'folder of the set (default: [CASE_]NAME.chunks here)')
    .option('--case <id>', 'case number, becomes the prefix of every chunk')
    .option('--owner <name>', 'whose data it is, for the manifest (default: the settings)')
    .addOption(configOption())
    .option('--name <name>', 'name of the original, where it comes through a pipe')
    .option('--filter <level>', 'run makedumpfile with this dump level (1 to 31) first')
    .option('--resume', 'go on with a set that was stopped')
    .option('--skip-bad', 'fill what the medium does not give with zeros, and list it')
    .option('--ignore-space', 'begin although the estimate does not fit')
    .option('--no-read-back', 'do not read the finished chunks again')
    .option('--jobs <n>', 'compressing threads (default: the processors really available)')
    .addOption(
      new Option('--priority <p>', 'how much to give way to others: low is nice and idle I/O')
        .choices(['low', 'normal'])
        .default('low'),
    );
  return withEncryption(declared)
    .addHelpText('after', examples + encryptionHelp)
    .action((file: string | undefined, flags: SplitFlags) =>
      run(flags, async (context) => {
        if (flags.size === 'list') {
          await context.print(presetTable());
          return 0;
        }
        if (file === undefined) {
          throw new SonaeError('E_USAGE', 'split what? Name a file, a device, or - for a pipe');
        }
        return splitFile(context, file, flags);
      }),
    );
}

async function splitFile(context: Context, file: string, flags: SplitFlags): Promise<ExitCode> {
  const chunkBytes = chunkBytesFrom(flags);
  const filterLevel = filterFrom(flags);
  const owner = await ownerFrom(flags);
  const encryption = await chooseEncryption(flags, context.reporter);
  // First: what is started from here on, makedumpfile too, inherits it.
  if (flags.priority === 'low') {
    const { lowerPriority } = await import('../../host/low-priority.ts');
    await lowerPriority();
  }
  const source = await openSplitSource(context, file, flags, filterLevel);
  try {
    const name = setName(flags.name ?? source.name);
    const caseId = flags.case === undefined ? undefined : checkedCase(flags.case);
    const wanted = await planSet(source, flags, { name, caseId, owner, chunkBytes, encryption });
    const path = flags.output ?? `${caseId === undefined ? '' : `${caseId}_`}${name}.chunks`;
    const { openOutputFolder } = await import('../../host/storage.ts');
    const folder = await openOutputFolder(path, { isMade: true });
    await source.checkTarget(path);
    const { findResumable } = await import('../../chunks/find-resumable.ts');
    const found = await findResumable(folder, wanted, {
      isResumed: flags.resume === true,
      isSizeGiven: flags.size !== undefined,
      isLevelGiven: flags.level !== undefined,
    });
    await refuseOtherPassphrase(found, folder, flags);
    if (found.state === 'finished') return await tellDone(context, path, found.set, 'was finished');
    const result = await runSplit(context, { source, folder, flags, wanted, found, encryption });
    if (result.state === 'complete') {
      if (source.dump !== undefined) await putPageBeside(context, folder, file, encryption);
      return await tellDone(context, path, result.set, 'finished');
    }
    context.reporter.emit({
      type: 'warning',
      message: `stopped after ${formatSize(result.originalBytes)}; in ${path}: ${formatCount(result.chunks, 'finished chunk')}`,
      hint: 'Run the same command with --resume to go on.',
    });
    return 3;
  } finally {
    await source.input.close();
  }
}

interface Prepared {
  readonly source: SplitSource;
  readonly folder: OutputFolder;
  readonly flags: SplitFlags;
  readonly wanted: JournalHeader;
  readonly encryption: Encryption | undefined;
  readonly found: Exclude<ResumeState, { readonly state: 'finished' }>;
}

async function runSplit(
  { reporter, signal }: Context,
  { source, folder, flags, wanted, found, encryption }: Prepared,
): Promise<SplitResult> {
  const { availableProcessors } = await import('../../host/processors.ts');
  const { splitInput } = await import('../../chunks/split.ts');
  const resumed = found.state === 'unfinished' ? found.journal : undefined;
  return splitInput({
    input: source.input,
    folder,
    header: resumed?.header ?? wanted,
    ...(resumed === undefined ? {} : { resumed }),
    jobs: jobsFrom(flags, availableProcessors()),
    isReadBack: flags.readBack,
    ...(encryption === undefined ? {} : { encryption }),
    isBadSkipped: flags.skipBad === true,
    isSpaceIgnored: flags.ignoreSpace === true,
    label: labelOf(source),
    onInputEnd: source.finish,
    reporter,
    signal,
  });
}

interface Wanted {
  readonly name: string;
  readonly caseId: string | undefined;
  readonly owner: string | undefined;
  readonly chunkBytes: number;
  readonly encryption: Encryption | undefined;
}

// The header of the journal that this run would begin; a set that was stopped goes on with its own.
async function planSet(
  source: SplitSource,
  flags: SplitFlags,
  { name, caseId, owner, chunkBytes, encryption }: Wanted,
): Promise<JournalHeader> {
  const { planSplit } = await import('../../chunks/split-plan.ts');
  const { defaultLevel } = await import('../../chunks/zstd-level.ts');
  const level = levelFrom(flags) ?? defaultLevel(source.dump?.pageCompression);
  // Cut for what fits into a chunk before it is encrypted.
  const room = encryption === undefined ? chunkBytes : plainRoom(encryption, chunkBytes);
  const plan = { ...planSplit(source.input.size, { chunkBytes: room, level }), chunkBytes };
  return {
    setId: randomBytes(16).toString('hex'),
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(owner === undefined ? {} : { owner }),
    host: hostname(),
    createdAt: new Date().toISOString(),
    writer: `sonae ${version()}`,
    ...plan,
    name,
    sourceName: source.name,
    ...(encryption === undefined ? {} : { encryption: describeEncryption(encryption) }),
    ...inputOf(source.input),
  };
}

async function tellDone(
  { isJson, print }: Context,
  path: string,
  set: ChunkSet,
  how: string,
): Promise<ExitCode> {
  await print(isJson ? renderJson(path, set) : renderDone(path, set, how));
  return set.original.unreadable === undefined ? 0 : 3;
}

function inputOf({ kind, size, identity }: InputFile): Pick<JournalHeader, 'input'> {
  if (kind === 'pipe' || size === undefined) return {};
  return { input: { bytes: size, mtimeMs: identity.mtimeMs } };
}

function describeEncryption({ format, receivers }: Encryption): SetEncryption {
  return { format, receivers };
}

// Receivers are compared by name; of a passphrase only a chunk that was finished can tell whether it is the same.
async function refuseOtherPassphrase(
  found: ResumeState,
  folder: OutputFolder,
  flags: SplitFlags,
): Promise<void> {
  if (found.state !== 'unfinished') return;
  const { header, chunks } = found.journal;
  if (!header.encryption?.receivers.includes('passphrase')) return;
  const { openSetDecryption } = await import('../encryption/open-set-decryption.ts');
  const set = { ...header, chunks: chunks.map(({ chunk }) => chunk) };
  await openSetDecryption(set, folder, { ...flags, identity: [] }).catch((error: unknown) => {
    throw new SonaeError('E_USAGE', 'the passphrase is not the one this set was begun with', {
      cause: error,
      hint: 'Use the same passphrase, or split into a new folder.',
    });
  });
}

function labelOf({ dump, filter }: SplitSource): Pick<Original, 'dump' | 'filter'> {
  return {
    ...(dump === undefined ? {} : { dump: describeDump(dump) }),
    ...(filter === undefined ? {} : { filter }),
  };
}

function describeDump(dump: RecognisedDump): NonNullable<Original['dump']> {
  const { format, dumpLevel, completeness, problems } = dump;
  return {
    format,
    ...(dumpLevel === undefined ? {} : { level: dumpLevel }),
    completeness,
    problems,
  };
}

function renderDone(
  path: string,
  { original, chunks, readBack, encryption }: ChunkSet,
  state: string,
): string {
  const packed = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const share = original.bytes === 0 ? 100 : Math.round((packed / original.bytes) * 100);
  const how = {
    direct: 'read back from the disk and compared',
    cached: 'read back (through the cache) and compared',
    none: 'not read back',
  }[readBack];
  const count = `${chunks.length} ${chunks.length === 1 ? 'chunk' : 'chunks'}`;
  const bad = original.unreadable?.map(({ offset, length }) => `  ${offset} + ${length}\n`) ?? [];
  return [
    `${path}: ${state}, ${count}, ${formatSize(packed)} (${share} % of ${formatSize(original.bytes)}), ${how}\n`,
    bad.length === 0 ? '' : `Could not be read and hold zeros (offset + length):\n${bad.join('')}`,
    encryption === undefined ? '' : `Encrypted to ${encryption.receivers.join(', ')}.\n`,
    `Send every file of that folder: sonae upload ${shellWord(path)} --to URL. Restore: see README.txt in it.\n`,
  ].join('');
}

function renderJson(path: string, set: ChunkSet): string {
  const chunks = set.chunks.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  return `${JSON.stringify({ path, ...set, chunks }, null, 2)}\n`;
}
