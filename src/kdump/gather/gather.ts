import { absent, type Fact, known, unreadable } from '../../model/fact.ts';
import type { FileStat, System } from '../../model/system.ts';
import { dumpFolder } from '../configuration/dump-target.ts';
import { describeKernel, loaderPaths, ownConfig } from '../configuration/kernel-view.ts';
import { rawDevicePaths, rawRecordPaths } from '../configuration/raw-device.ts';
import { readSettings } from '../configuration/settings.ts';
import { sshKeys } from '../configuration/ssh-login.ts';
import {
  type Facts,
  firstKnown,
  type Purpose,
  type Space,
  type TextFile,
  textOf,
} from '../facts.ts';
import { type InitrdListing, parseInitrd } from '../initrd/parse-initrd.ts';
import { parseMountinfo } from '../parse/proc.ts';
import { askTarget } from './ask-target.ts';
import { countPages, type OpenKernelMemory } from './count-pages.ts';
import { findDumps } from './find-dumps.ts';
import { factCommands, factFiles, factFolders, factGlobs, factLinks, factStats } from './paths.ts';
import {
  readFolder,
  readPacked,
  readPlaces,
  readSpace,
  readStat,
  readText,
  readTexts,
} from './read-facts.ts';

/** What a gathering may cost and what the reader wants to know. */
export interface GatherOptions {
  readonly purpose: Purpose;
  /** Read the flags of every page of RAM, twice (root only). */
  readonly isPredicting: boolean;
  /** Lets a prediction look at how well the kernel's own pages compress. */
  readonly openKernelMemory?: OpenKernelMemory;
  /** Log in to an ssh target and ask it for its free space: the only thing here that leaves the machine. */
  readonly isAskingTarget?: boolean;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

const initrdLimitBytes = 400 * 1024 * 1024;

/** Asks the machine everything that checks need, read-only; nothing is started where a file tells the same. */
export async function gatherFacts(system: System, options: GatherOptions): Promise<Facts> {
  const files = new Map<string, Fact<TextFile>>();
  const stats = new Map<string, Fact<FileStat>>();
  const links = new Map<string, Fact<string>>();
  const folders = new Map<string, Fact<readonly string[]>>();
  const spaces = new Map<string, Fact<Space>>();
  const readAll = (wanted: readonly string[]) =>
    Promise.all(wanted.map(async (path) => files.set(path, await readText(system, path))));
  const statAll = (wanted: readonly string[]) =>
    Promise.all(wanted.map(async (path) => stats.set(path, await readStat(system, path))));
  const spaceOf = (wanted: readonly string[]) =>
    Promise.all(wanted.map(async (path) => spaces.set(path, await readSpace(system, path))));
  const [problems] = await Promise.all([
    readTexts(system, factFiles, factGlobs, files),
    readPlaces(system, [...factStats, ...loaderPaths], factLinks, stats, links),
    Promise.all(factFolders.map(async (path) => folders.set(path, await readFolder(system, path)))),
  ]);
  for (const { path, why } of problems) folders.set(path, unreadable(path, why));

  const isRoot = system.uid === 0;
  const first: Facts = {
    isLive: system.isLive,
    isRoot,
    nowMs: options.nowMs,
    purpose: options.purpose,
    files,
    stats,
    links,
    folders,
    spaces,
    commands: new Map(
      factCommands.map((name) => [
        name,
        system.isLive ? system.findCommand(name) !== undefined : undefined,
      ]),
    ),
    outputs: new Map(),
    wtmp: absent('/var/log/wtmp'),
    initrd: absent('capture initrd'),
    dumps: absent('dump folder'),
    targetAnswer: undefined,
    pages: unreadable('/proc/kpageflags', 'the page flags were not asked for'),
    contents: unreadable('/proc/kcore', 'the memory was not asked for'),
  };
  const settings = readSettings(first);
  const kernel = describeKernel(first);
  // Also where no release is known: not every path has one in it.
  const releases = [...new Set([kernel.captureRelease(settings), ...kernel.bootReleases])];
  const mounts = parseMountinfo(textOf(first, '/proc/self/mountinfo') ?? '');
  const folder = dumpFolder(settings, mounts);
  const initrdPaths = settings.initrdPaths(kernel.captureRelease(settings));
  await Promise.all([
    readAll([
      ...releases.map((release) => `/boot/config-${release}`),
      ...releases.map((release) => `/usr/lib/modules/${release}/config`),
      ...rawDevicePaths(settings.target),
    ]),
    statAll([
      ...releases.flatMap((release) => [
        ...settings.kernelPaths(release),
        ...settings.initrdPaths(release),
        `/var/lib/kdump/initrd.img-${release}`,
      ]),
      settings.target.path,
      ...sshKeys(settings),
      '/boot',
      ...hookPaths(settings.values, settings.conf?.values),
    ]),
    spaceOf([...ancestors(folder ?? ''), '/boot', '/var/lib/kdump']),
  ]);
  await readAll(rawRecordPaths(first, settings.target));
  files.set(ownConfig, await readPacked(system, ownConfig));
  return {
    ...first,
    outputs: await runCommands(system, settings.unit, first, options.isPredicting),
    targetAnswer: options.isAskingTarget ? await askTarget(system, first, settings) : undefined,
    wtmp: await readWtmp(system),
    initrd: await readInitrd(system, initrdPaths),
    dumps: folder
      ? await findDumps(system, folder)
      : unreadable(
          settings.target.where ?? settings.configPath,
          settings.unread ?? 'they lie on the target, not on this machine',
        ),
    ...(options.isPredicting
      ? await countPages(system, first, options.openKernelMemory, options.signal)
      : {}),
  };
}

function hookPaths(...maps: readonly (ReadonlyMap<string, string> | undefined)[]): string[] {
  return maps.flatMap((values) =>
    ['kdump_pre', 'kdump_post', 'KDUMP_PRESCRIPT', 'KDUMP_POSTSCRIPT'].flatMap((name) => {
      const path = values?.get(name)?.split(/\s+/)[0];
      return path?.startsWith('/') ? [path] : [];
    }),
  );
}

// The folder itself and those above: the nearest one that exists tells the space.
function ancestors(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('/');
}

async function readWtmp(system: System): Promise<Fact<Buffer>> {
  const path = '/var/log/wtmp';
  // A multiple of both record sizes (384 and 400), so that the tail begins at a record.
  const read = await system.readFile(path, { limitBytes: 384 * 400 * 8, keep: 'tail' });
  if (read.state === 'known') return known(read.bytes, path);
  return read.state === 'absent' ? absent(path) : unreadable(path, read.why);
}

async function readInitrd(system: System, paths: readonly string[]): Promise<Fact<InitrdListing>> {
  let problem: Fact<never> = absent(paths.join(', '));
  for (const path of paths) {
    const read = await system.readFile(path, { limitBytes: initrdLimitBytes, timeoutMs: 30_000 });
    if (read.state === 'known') {
      return read.isTruncated
        ? unreadable(path, 'it is larger than 400 MiB')
        : known(parseInitrd(read.bytes), path);
    }
    if (read.state === 'unreadable') problem = unreadable(path, read.why);
  }
  return problem;
}

// Only what no file tells: why the last start failed, what makedumpfile makes of this kernel, and of itself where it does not show.
async function runCommands(
  system: System,
  unit: string,
  facts: Facts,
  isPredicting: boolean,
): Promise<ReadonlyMap<string, Fact<string>>> {
  const outputs = new Map<string, Fact<string>>();
  const version = await readMakedumpfile(system);
  if (version) outputs.set('makedumpfile', version);
  if (!system.isLive) return outputs;
  const commands: (readonly [string, readonly string[]])[] = version
    ? []
    : [['makedumpfile', ['makedumpfile', '-v']]];
  const isLoaded = firstKnown(facts, [
    '/sys/kernel/kexec/crash_loaded',
    '/sys/kernel/kexec_crash_loaded',
  ]);
  if (isLoaded.state === 'known' && isLoaded.value.text.trim() === '0')
    commands.push([
      'journalctl',
      ['journalctl', '--no-pager', '-q', '-b', '-o', 'cat', '-n', '200', '-u', unit],
    ]);
  if (isPredicting && facts.stats.get('/proc/kcore')?.state === 'known')
    commands.push(['makedumpfile --mem-usage', ['makedumpfile', '--mem-usage', '/proc/kcore']]);
  await Promise.all(
    commands.map(async ([name, argv]) => outputs.set(name, await runOne(system, argv))),
  );
  return outputs;
}

// What "makedumpfile -v" prints stands in the program as it is printed.
async function readMakedumpfile(system: System): Promise<Fact<string> | undefined> {
  const found = system.isLive ? system.findCommand('makedumpfile') : undefined;
  for (const path of new Set([found ?? '/usr/bin/makedumpfile', '/usr/sbin/makedumpfile'])) {
    const read = await system.readFile(path, { limitBytes: 8 * 1024 * 1024 });
    if (read.state !== 'known') continue;
    const text = read.bytes.toString('latin1');
    const lines = text.match(
      /makedumpfile: version \d+\.\d+\.\d+[^\0\n]{0,80}|(?:lzo|snappy|zstd)\t(?:en|dis)abled/g,
    );
    if (lines) return known(lines.join('\n'), path);
  }
  return undefined;
}

async function runOne(system: System, argv: readonly string[]): Promise<Fact<string>> {
  const from = argv.join(' ');
  const run = await system.run(argv, {
    timeoutMs: 60_000,
    limitBytes: 256 * 1024,
    mergeStderr: true,
  });
  if (run.state === 'exited') return known(run.stdout.toString('utf8'), from);
  return run.state === 'absent' ? absent(from) : unreadable(from, run.state);
}
