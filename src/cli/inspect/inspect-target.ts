import { basename, dirname } from 'node:path';
import { openFileSource } from '../../host/file-source.ts';
import { type FolderFile, listFolder } from '../../host/list-folder.ts';
import type { ByteSource } from '../../model/byte-source.ts';
import { SonaeError } from '../../model/error.ts';
import type { SavedLog } from '../../vmcore/analyse.ts';
import type { ToolInput } from '../../vmcore/analysis.ts';
import { readKdumpHeader } from '../../vmcore/format/kdump-header.ts';
import { recogniseDump } from '../../vmcore/format/recognise.ts';
import type { DecryptionOptions } from '../encryption/encryption-options.ts';
import { holdsChunkSet, openChunkedDump } from './inspect-chunks.ts';

/** What `inspect` was pointed at. */
export interface InspectTarget {
  readonly sources: readonly ByteSource[];
  /** The kernel log that the crash kernel saved beside the dump. */
  readonly savedLog: SavedLog | undefined;
  /** Worth saying before the page: other dumps here, why the capture failed. */
  readonly notices: readonly string[];
  /** What of the dump is not there, before looking into it: chunks that did not arrive. */
  readonly problems: readonly string[];
  /** What crash and drgn need instead of the sources. */
  readonly toolInput: ToolInput | undefined;
}

/** Of a saved log the last so many bytes are read: the crash is at its end. */
const savedLogLimit = 4 * 1024 * 1024;

/** Opens the files named, or what looks like the dump in a folder. The caller closes the sources. */
export async function openTarget(
  paths: readonly string[],
  keys: DecryptionOptions,
): Promise<InspectTarget> {
  const [only = ''] = paths;
  const folder = paths.length === 1 ? listFolder(only) : undefined;
  const names = folder?.map(({ name }) => name);
  if (paths.length === 1 && holdsChunkSet(only, names)) {
    const { source, problems, toolInput } = await openChunkedDump(only, keys);
    return { sources: [source], savedLog: undefined, notices: [], problems, toolInput };
  }
  if (folder) return openFolder(only, folder);
  const sources = paths.map((path) => openFileSource(path));
  const beside = listFolder(dirname(only)) ?? [];
  return { sources, problems: [], toolInput: undefined, ...companions(beside, basename(only)) };
}

function openFolder(path: string, files: readonly FolderFile[]): InspectTarget {
  const named = files.filter(({ name }) => /vmcore|dump|core/i.test(name) && !isText(name));
  const candidates = (named.length > 0 ? named : files.filter(({ name }) => !isText(name))).filter(
    ({ path: file }) => isDump(file),
  );
  // The biggest: an incomplete dump may lie beside an empty one of a second try.
  const [best] = [...candidates].sort((a, b) => b.size - a.size);
  if (!best) {
    throw new SonaeError('E_INPUT_ABSENT', `no dump found in ${path}`, {
      hint: 'Give the path of the vmcore itself, or the parts of a split set.',
    });
  }
  const parts = isSplitPart(best.path)
    ? candidates.filter(({ path: file }) => isSplitPart(file))
    : [best];
  const others = candidates.filter((file) => !parts.includes(file));
  const names = others.slice(0, 5).map(({ name }) => name);
  const notices =
    others.length === 0
      ? []
      : [`${others.length} other dumps in ${path} were not looked at: ${names.join(', ')}.`];
  const near = companions(files, best.name);
  return {
    // The biggest first: the others are parts of its set, or are left out.
    sources: [best, ...parts.filter((file) => file !== best)].map((file) =>
      openFileSource(file.path),
    ),
    ...near,
    problems: [],
    toolInput: undefined,
    notices: [...near.notices, ...notices],
  };
}

function isText(name: string): boolean {
  return /\.(?:txt|log|json|sha256|md5|asc|sig)$|dmesg|^README|System\.map/i.test(name);
}

function isSplitPart(path: string): boolean {
  const source = openFileSource(path);
  try {
    return readKdumpHeader(source)?.sub?.isSplit === true;
  } finally {
    source.close();
  }
}

function isDump(path: string): boolean {
  const source = openFileSource(path);
  try {
    return recogniseDump(source) !== undefined;
  } finally {
    source.close();
  }
}

// kdump-utils writes vmcore-dmesg.txt first and kexec-dmesg.log last; Debian writes dmesg.STAMP beside dump.STAMP.
function companions(
  files: readonly FolderFile[],
  dumpName: string,
): Pick<InspectTarget, 'savedLog' | 'notices'> {
  const stamp = /^(?:dump|vmcore)\.(\d{8,14})$/.exec(dumpName)?.[1];
  const wanted = ['vmcore-dmesg.txt', 'vmcore-dmesg-incomplete.txt', stamp && `dmesg.${stamp}`];
  const log = files.find(({ name }) => wanted.includes(name));
  const capture = files.find(({ name }) => name === 'kexec-dmesg.log');
  return {
    savedLog: log && readSavedLog(log.path),
    notices: capture ? explainCapture(readSavedLog(capture.path).bytes.toString('utf8')) : [],
  };
}

function readSavedLog(path: string): SavedLog {
  const source = openFileSource(path);
  try {
    const skipped = Math.max(0, source.size - savedLogLimit);
    return { name: path, bytes: source.read(skipped, savedLogLimit), skipped };
  } finally {
    source.close();
  }
}

const captureTroubles: readonly [RegExp, string][] = [
  [/No space left on device/, 'the target ran out of space'],
  [/makedumpfile Failed/, 'makedumpfile failed'],
  [/Out of memory|oom-killer/, 'the capture kernel ran out of memory (crashkernel= is too small)'],
  [/Permission denied|Connection (?:refused|timed out)/, 'the target could not be reached'],
];

function explainCapture(log: string): string[] {
  return captureTroubles
    .filter(([pattern]) => pattern.test(log))
    .map(([, words]) => `The log of the capture kernel (kexec-dmesg.log) says: ${words}.`);
}
