import type { Step } from '../model/plan.ts';
import type { FileRead, FoundEntry } from '../model/system.ts';
import { filePathInBundle, storedLinkTarget, tailedFileName } from './bundle-layout.ts';
import type { EvidenceEnd } from './evidence-sink.ts';
import { forbiddenFolders, forbiddenGlobs, whyForbidden } from './forbidden-paths.ts';
import { limitOf, samplePrefix, type TakeContext } from './take-context.ts';

/** What to read, and for which command it stands in. */
export interface ReadRequest {
  readonly paths: readonly string[];
  readonly except: readonly string[];
  readonly fallbackFor?: readonly string[];
}

/** Files up to this size come along with the search that finds them. */
const smallFileBytes = 16 * 1024;

/** Copies the files that match; resolves with the number stored. Every one that could not be is recorded. */
export async function takeFiles(
  step: Step,
  request: ReadRequest,
  context: TakeContext,
): Promise<number> {
  let stored = 0;
  // Logs share a limit for each path entry, newest first; other files are looked for in one search.
  const groups = step.item.isLog ? request.paths.map((path) => [path]) : [request.paths];
  for (const paths of groups) {
    if (context.signal.aborted || !context.sink.isOpen) break;
    stored += await takeGroup(step, paths, request, context);
  }
  return stored;
}

async function takeGroup(
  step: Step,
  paths: readonly string[],
  request: ReadRequest,
  context: TakeContext,
): Promise<number> {
  const { system, sink } = context;
  const { item } = step;
  const startedMs = sink.elapsedMs();
  const found = await system.find(paths, {
    except: [...request.except, ...forbiddenFolders],
    limit: item.limits.files * 4,
    content: {
      limitBytes: Math.min(smallFileBytes, limitOf(step, context)),
      except: forbiddenGlobs,
    },
    timeoutMs: item.limits.timeMs,
  });
  for (const { path, why, code } of found.problems) {
    const state = code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed';
    sink.note(step, state, why, { file: path }, startedMs);
  }
  if (found.stopped === 'timeout') {
    sink.note(
      step,
      'timed-out',
      `no answer within ${item.limits.timeMs / 1000} s`,
      { file: paths.join(' ') },
      startedMs,
    );
  }
  const wanted = choose(step, found.entries, context);
  if (found.entries.length === 0 && found.problems.length === 0 && found.stopped === undefined) {
    sink.note(step, 'absent', 'nothing there', { file: paths.join(' ') }, startedMs);
  }
  return takeEntries(step, wanted, request, context);
}

// Leaves out folders (implied by what is in them), what is forbidden, old logs; newest first for logs.
function choose(
  step: Step,
  entries: readonly FoundEntry[],
  { sink, sinceMs }: TakeContext,
): FoundEntry[] {
  const wanted = entries.filter(({ path, stat }) => {
    if (stat.kind === 'folder') return false;
    const why = whyForbidden(path);
    if (why !== undefined) sink.note(step, 'skipped', `never collected: ${why}`, { file: path });
    const isOld =
      step.item.isLog && sinceMs !== undefined && stat.kind === 'file' && stat.mtimeMs < sinceMs;
    if (isOld) sink.note(step, 'skipped', 'last written before --since', { file: path });
    return why === undefined && !isOld;
  });
  return step.item.isLog ? wanted.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs) : wanted;
}

async function takeEntries(
  step: Step,
  entries: readonly FoundEntry[],
  request: ReadRequest,
  context: TakeContext,
): Promise<number> {
  const { sink, signal } = context;
  const limit = limitOf(step, context);
  let left = limit;
  let stored = 0;
  for (const [index, entry] of entries.entries()) {
    if (signal.aborted || !sink.isOpen) {
      sink.note(step, 'skipped', 'the run was ended before', { file: entry.path });
      continue;
    }
    if (index >= step.item.limits.files || left <= 0) {
      const why =
        left <= 0
          ? 'the limit of bytes was reached by newer files'
          : `more than ${step.item.limits.files} files`;
      sink.note(step, 'skipped', why, { file: entry.path });
      continue;
    }
    const bytes = await takeEntry(step, entry, request, context, step.item.isLog ? left : limit);
    if (bytes !== undefined) stored += 1;
    if (step.item.isLog) left -= bytes ?? 0;
  }
  return stored;
}

// Resolves with the bytes read, undefined when nothing was stored.
async function takeEntry(
  step: Step,
  entry: FoundEntry,
  { fallbackFor }: ReadRequest,
  context: TakeContext,
  limitBytes: number,
): Promise<number | undefined> {
  const { sink, system } = context;
  const { path, stat } = entry;
  const source = { file: path };
  const realPath = context.rootLinks.resolve(path);
  const storedPath = samplePrefix(step) + filePathInBundle(realPath);
  if (context.taken.has(storedPath)) return undefined;
  context.taken.add(storedPath);
  if (stat.kind === 'link') {
    sink.link(step, source, storedPath, storedLinkTarget(realPath, stat.target ?? ''));
    return 0;
  }
  if (stat.kind !== 'file') {
    sink.note(step, 'skipped', `not a regular file but a ${stat.kind}: never opened`, source);
    return undefined;
  }
  const evidence = sink.open({
    step,
    source,
    path: storedPath,
    tailedPath: `${samplePrefix(step)}sos_strings/${step.item.plugin}/${tailedFileName(realPath)}`,
    limitBytes,
    keep: step.item.keep,
    file: stat,
    ...(fallbackFor === undefined ? {} : { fallbackFor }),
  });
  if (entry.content) {
    evidence.write(entry.content);
    await evidence.close({ state: 'collected' });
    return evidence.offered;
  }
  const read = await system.readFile(path, {
    limitBytes,
    keep: step.item.keep,
    timeoutMs: step.item.limits.timeMs,
    follow: false,
    onData: (chunk) => evidence.write(chunk),
  });
  await evidence.close(endOf(read, entry, step));
  return evidence.offered;
}

// What the kernel answers for an attribute that has no value here; not a failure of ours or of the machine.
const noValueCodes = new Set([
  'EIO',
  'EINVAL',
  'ENODEV',
  'ENXIO',
  'EOPNOTSUPP',
  'ENODATA',
  'EPERM',
  'EBUSY',
  'EAGAIN',
  'ESRCH',
  'ENOSYS',
]);

function endOf(read: FileRead, { path, stat }: FoundEntry, step: Step): EvidenceEnd {
  if (read.state === 'known') {
    const part = step.item.keep === 'tail' ? 'newest' : 'first';
    return read.isTruncated
      ? { state: 'truncated', reason: `more than the limit: the ${part} part was kept` }
      : { state: 'collected' };
  }
  if (read.state === 'absent')
    return { state: 'absent', reason: 'it vanished before it could be read' };
  if (isOfKernel(path) && (stat.mode & 0o444) === 0)
    return { state: 'not-applicable', reason: 'can only be written' };
  if (isOfKernel(path) && noValueCodes.has(read.code)) {
    return { state: 'empty', reason: `the kernel has no value there (${read.code})` };
  }
  if (read.code === 'EACCES' || read.code === 'EPERM') return { state: 'denied', reason: read.why };
  if (read.code === 'ETIMEDOUT') return { state: 'timed-out', reason: read.why };
  return { state: 'failed', reason: read.why };
}

function isOfKernel(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/');
}
