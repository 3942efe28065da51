import type { RecognisedDump } from '../../model/dump.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import { formatSize } from '../../std/units.ts';
import type { Context } from '../context.ts';
import type { SplitFlags } from './split-options.ts';
import type { SplitSource } from './split-source.ts';

/** Opens the file, device or pipe, says what it is, and puts makedumpfile before it when asked. */
export async function openSplitSource(
  context: Context,
  file: string,
  flags: SplitFlags,
  filterLevel: number | undefined,
): Promise<SplitSource> {
  const { openInput, openStandardInput } = await import('../../host/input-file.ts');
  if (file === '-') {
    if (filterLevel !== undefined) {
      throw new SonaeError('E_USAGE', '--filter needs a dump in a file, not a pipe');
    }
    const name = flags.name ?? 'stdin';
    return { input: openStandardInput(), name, checkTarget: nothing, finish: nothing };
  }
  const input = await openInput(file);
  await refuseUnsized(input);
  const name = flags.name ?? file.slice(file.lastIndexOf('/') + 1);
  const dump = input.kind === 'file' ? await recognise(file) : undefined;
  describe(context, input, dump);
  const checkTarget = (folder: string) => refuseOwnDevice(input, folder);
  if (filterLevel === undefined) {
    await adviseFilter(context, input, dump);
    return { input, name, checkTarget, finish: nothing, ...(dump === undefined ? {} : { dump }) };
  }
  const { openFiltered } = await import('./split-filter.ts');
  return { ...(await openFiltered(context, input, dump, filterLevel)), checkTarget };
}

// Files of /proc and of some FUSE file systems have no size, and would be a set of nothing that says it is whole.
async function refuseUnsized(input: InputFile): Promise<void> {
  if (input.kind !== 'file' || input.size !== 0) return;
  if ((await input.read(new Uint8Array(1), 0)) === 0) return;
  await input.close();
  throw new SonaeError('E_REFUSED', `${input.path} says that it is empty, and is not`, {
    hint: `Read it as a pipe: cat ${input.path} | sonae split - --name NAME`,
  });
}

async function recognise(file: string): Promise<RecognisedDump | undefined> {
  const { openFileSource } = await import('../../host/file-source.ts');
  const { recogniseDump } = await import('../../vmcore/format/recognise.ts');
  const source = openFileSource(file);
  try {
    return recogniseDump(source);
  } finally {
    source.close();
  }
}

function describe({ reporter }: Context, input: InputFile, dump: RecognisedDump | undefined): void {
  const size = formatSize(input.size ?? 0);
  if (dump === undefined) {
    reporter.emit({ type: 'plan', message: `${input.path}: ${size}, not a known dump format` });
    return;
  }
  const level = dump.dumpLevel === undefined ? '' : `, dump level ${dump.dumpLevel}`;
  const pages = dump.pageCompression === 'unknown' ? '' : `, pages: ${dump.pageCompression}`;
  const what = `${dump.format}${level}${pages}, ${dump.completeness}`;
  reporter.emit({ type: 'plan', message: `${input.path}: ${size}, ${what}` });
  if (dump.completeness !== 'incomplete') return;
  reporter.emit({
    type: 'warning',
    message: `the dump is incomplete: ${dump.problems.join('; ')}`,
    hint: 'It is sent as it is, and named incomplete. Much can often be read from it.',
  });
}

// The advice is given before each split: it must not hold one up.
const adviceMs = 5000;

// Filtering wins more than any compressor: user and free pages are most of a machine's memory.
async function adviseFilter(
  { reporter, signal }: Context,
  { path, size = 0 }: InputFile,
  dump: RecognisedDump | undefined,
): Promise<void> {
  if (dump === undefined || !canBeFiltered(dump)) return;
  const { commandFinder } = await import('../../host/find-command.ts');
  const makedumpfile = commandFinder()('makedumpfile');
  if (makedumpfile === undefined) return;
  const { previewFilter } = await import('./filter-preview.ts');
  const preview = await previewFilter(makedumpfile, path, 31, { timeoutMs: adviceMs, signal });
  const isNoGain = preview.state === 'known' && preview.bytes > size * 0.9;
  if (preview.state === 'refused' || isNoGain) return;
  const gain =
    preview.state === 'known'
      ? `would leave ${formatSize(preview.bytes)} of ${formatSize(size)}`
      : 'would make it far smaller';
  reporter.emit({
    type: 'notice',
    message: `dump level ${dump.dumpLevel ?? 0}: --filter 31 leaves out user, cache and free pages: it ${gain}`,
  });
}

function canBeFiltered({ format, dumpLevel }: RecognisedDump): boolean {
  return /^(elf|kdump)/.test(format) && (dumpLevel ?? 0) < 31;
}

async function refuseOwnDevice(input: InputFile, folder: string): Promise<void> {
  if (input.kind !== 'device') return;
  const { isOnDevice } = await import('../../host/block-device.ts');
  if (!(await isOnDevice(folder, input.path))) return;
  throw new SonaeError('E_REFUSED', `${folder} lies on ${input.path}, which is being read`, {
    hint: 'Choose an --output on another disk.',
  });
}

async function nothing(): Promise<void> {}
