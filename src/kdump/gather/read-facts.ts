import { absent, type Fact, known, unreadable } from '../../model/fact.ts';
import type { FileStat, FindOptions, FindResult, FoundEntry, System } from '../../model/system.ts';
import { unpackGzip } from '../../std/gzip.ts';
import type { Space, TextFile } from '../facts.ts';

const textLimitBytes = 1024 * 1024;
/** What comes along with the names of many files at once. */
const content = { limitBytes: 64 * 1024, except: [] };

/** Small files at known paths and those that match, in one question; what that leaves open is asked one by one. Answers the folders that could not be read. */
export async function readTexts(
  system: System,
  paths: readonly string[],
  globs: readonly string[],
  files: Map<string, Fact<TextFile>>,
): Promise<FindResult['problems']> {
  const { found, gone, problems } = await lookAt(system, [...paths, ...globs], content);
  const open = new Set(paths);
  for (const path of paths)
    if (gone(path)) {
      files.set(path, absent(path));
      open.delete(path);
    }
  for (const [path, { stat, content: bytes }] of found) {
    if (bytes) {
      files.set(path, known({ text: bytes.toString('utf8'), stat, isTruncated: false }, path));
      open.delete(path);
    } else if (stat.kind !== 'folder') open.add(path);
  }
  await Promise.all([...open].map(async (path) => files.set(path, await readText(system, path))));
  return problems;
}

/** What paths are, links followed, and where links point, in one question. */
export async function readPlaces(
  system: System,
  statPaths: readonly string[],
  linkPaths: readonly string[],
  stats: Map<string, Fact<FileStat>>,
  links: Map<string, Fact<string>>,
): Promise<void> {
  const { found, gone } = await lookAt(system, [...statPaths, ...linkPaths]);
  const statOf = (path: string): Fact<FileStat> | Promise<Fact<FileStat>> => {
    const entry = found.get(path);
    if (gone(path)) return absent(path);
    return entry && !isFollowed(entry) ? known(entry.stat, path) : readStat(system, path);
  };
  const targetOf = (path: string): Fact<string> | Promise<Fact<string>> => {
    const entry = found.get(path);
    if (gone(path)) return absent(path);
    return entry ? known(entry.stat.target ?? '', path) : readLink(system, path);
  };
  await Promise.all([
    ...statPaths.map(async (path) => stats.set(path, await statOf(path))),
    ...linkPaths.map(async (path) => links.set(path, await targetOf(path))),
  ]);
}

// Found, and surely not there. A question for each path costs more than the answers do.
async function lookAt(
  system: System,
  paths: readonly string[],
  wanted?: FindOptions['content'],
): Promise<{
  readonly found: ReadonlyMap<string, FoundEntry>;
  readonly gone: (path: string) => boolean;
  readonly problems: FindResult['problems'];
}> {
  const options = { limit: 5000, isShallow: true, ...(wanted ? { content: wanted } : {}) };
  const { entries, problems, stopped } = await system.find(paths, options);
  const found = new Map(entries.map((entry) => [entry.path, entry]));
  const isSure = stopped === undefined && problems.length === 0;
  return { found, gone: (path) => isSure && !found.has(path), problems };
}

function isFollowed({ path, stat }: FoundEntry): boolean {
  return stat.kind === 'link' && !isUnitLink(path);
}

// systemd's links name an id, not a file: their own time is what matters.
function isUnitLink(path: string): boolean {
  return path.startsWith('/run/systemd/units/');
}

/** A small file. */
export async function readText(system: System, path: string): Promise<Fact<TextFile>> {
  const read = await system.readFile(path, { limitBytes: textLimitBytes });
  if (read.state === 'absent') return absent(path);
  if (read.state === 'unreadable') return unreadable(path, read.why);
  const { bytes, stat, isTruncated } = read;
  return known({ text: bytes.toString('utf8'), stat, isTruncated }, path);
}

/** A small file that gzip packed. */
export async function readPacked(system: System, path: string): Promise<Fact<TextFile>> {
  const read = await system.readFile(path, { limitBytes: textLimitBytes });
  if (read.state === 'absent') return absent(path);
  if (read.state === 'unreadable') return unreadable(path, read.why);
  try {
    const text = unpackGzip(read.bytes, textLimitBytes).bytes.toString('utf8');
    return known({ text, stat: read.stat, isTruncated: false }, path);
  } catch (error) {
    return unreadable(path, (error as Error).message);
  }
}

/** What a path is, links followed. */
export async function readStat(system: System, path: string): Promise<Fact<FileStat>> {
  const read = await system.stat(path, { follow: !isUnitLink(path) });
  if (read.state === 'known') return known(read.stat, path);
  return read.state === 'absent' ? absent(path) : unreadable(path, read.why);
}

async function readLink(system: System, path: string): Promise<Fact<string>> {
  const read = await system.stat(path, { follow: false });
  if (read.state === 'known') return known(read.stat.target ?? '', path);
  return read.state === 'absent' ? absent(path) : unreadable(path, read.why);
}

/** The names in a folder. */
export async function readFolder(system: System, path: string): Promise<Fact<readonly string[]>> {
  const read = await system.list(path);
  if (read.state === 'known') return known(read.names, path);
  return read.state === 'absent' ? absent(path) : unreadable(path, read.why);
}

/** The space of the file system that holds a path. */
export async function readSpace(system: System, path: string): Promise<Fact<Space>> {
  const read = await system.space(path);
  if (read.state === 'known') return known(read, path);
  return read.state === 'absent' ? absent(path) : unreadable(path, read.why);
}
