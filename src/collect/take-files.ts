import type { Step } from '../model/plan.ts';
import type { FoundEntry } from '../model/system.ts';
import { formatCount } from '../std/units.ts';
import { forbiddenFolders, forbiddenGlobs, whyForbidden } from './forbidden-paths.ts';
import { limitOf, type TakeContext } from './take-context.ts';
import { takeFile } from './take-file.ts';

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
    prefer: item.isLog ? 'newest' : 'names',
    content: {
      limitBytes: Math.min(smallFileBytes, limitOf(step, context)),
      except: forbiddenGlobs,
    },
    timeoutMs: item.limits.timeMs,
  });
  for (const { path, why, code } of found.problems) {
    sink.note(step, stateOf(code), why, { file: path }, startedMs);
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
  if (found.stopped === 'limit') {
    const rest = item.isLog ? 'the older ones' : 'those behind in the order of names';
    const why = `more than ${item.limits.files * 4} entries: ${rest} are missing`;
    sink.note(step, 'truncated', why, { file: paths.join(' ') }, startedMs);
  }
  const wanted = choose(step, found.entries, context);
  if (found.entries.length === 0 && found.problems.length === 0 && found.stopped === undefined) {
    sink.note(step, 'absent', 'nothing there', { file: paths.join(' ') }, startedMs);
  }
  return takeEntries(step, wanted, request, context);
}

function stateOf(code: string): 'denied' | 'timed-out' | 'failed' {
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  return code === 'ETIMEDOUT' ? 'timed-out' : 'failed';
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
      const left = formatCount(entries.length - index, 'file');
      sink.note(step, 'skipped', `the run was ended before ${left} from here on`, {
        file: entry.path,
      });
      break;
    }
    if (index >= step.item.limits.files || left <= 0) {
      const why =
        left <= 0
          ? 'the limit of bytes was reached by newer files'
          : `more than ${step.item.limits.files} files`;
      sink.note(step, 'skipped', why, { file: entry.path });
      continue;
    }
    const bytes = await takeFile(
      { step, entry, limitBytes: step.item.isLog ? left : limit, fallbackFor: request.fallbackFor },
      context,
    );
    if (bytes !== undefined) stored += 1;
    if (step.item.isLog) left -= bytes ?? 0;
  }
  return stored;
}
