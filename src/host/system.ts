import type {
  CommandRun,
  FileRead,
  FindOptions,
  FindResult,
  FolderRead,
  FoundEntry,
  ReadOptions,
  RunOptions,
  SpaceRead,
  StatRead,
  System,
} from '../model/system.ts';
import { commandFinder } from './find-command.ts';
import { hungMounts } from './hung-mounts.ts';
import { isLocal, mountOf, readMounts } from './mount-table.ts';
import { type ReadEnd, readKernelLog } from './reader/file-operations.ts';
import { perform } from './reader/perform.ts';
import type { Answer, Request, SentEntry } from './reader/protocol.ts';
import { openReaderClient, type ReaderFailure } from './reader/reader-client.ts';
import { runCommand } from './run-command.ts';
import { isSafeInProcess } from './safe-paths.ts';

const defaultTimeoutMs = 10_000;
const defaultReadLimitBytes = 16 * 1024 * 1024;
const defaultFindLimit = 20_000;

/** A System with what must be ended, and what it cost. */
export interface OpenSystem extends System {
  /** Children started, and those that could not be killed. */
  readonly cost: { readonly childrenStarted: number; readonly childrenAbandoned: number };
  close(): void;
}

/**
 * The machine below a root folder: `/`, the host of a container, a mounted image or a fixture. Kernel counters are read here; every other
 * path by a child that may hang, after which its mount is left alone. Where no child can be started, paths on
 * local file systems are read here too, so that a machine out of processes still gives its files.
 */
export function openSystem(
  root = '/',
  { isRunning = root === '/' }: { readonly isRunning?: boolean } = {},
): OpenSystem {
  const isLive = root === '/';
  const client = openReaderClient(root);
  const find = commandFinder();
  const hungBefore = hungMounts(root);
  let childrenStarted = 0;
  let childrenAbandoned = 0;

  // Sends a request to the reader, or does it here when there can be no reader. A mount that hung once is not tried again.
  const ask = async (
    paths: readonly string[],
    request: Request,
    timeoutMs: number,
    onAnswer: (answer: Answer) => void | Promise<void>,
  ): Promise<ReaderFailure | undefined> => {
    // One path that may block is enough for the reader.
    const path = paths.find((one) => !isLive || !isSafeInProcess(one));
    if (path === undefined) return performHere(root, request, onAnswer);
    let asked = paths;
    // Only in its turn is it known what hung before.
    const inTurn = () => {
      const hung = hungBefore.among(paths);
      asked = paths.filter((one) => !hung.includes(one));
      if (asked.length === 0) return undefined;
      for (const one of hung) onAnswer({ type: 'problem', path: one, ...timedOut(timeoutMs) });
      return request.op === 'find' ? { ...request, globs: asked } : request;
    };
    const failure = await client.ask(inTurn, timeoutMs, onAnswer);
    if (failure?.state === 'timed-out' && asked.length > 0) {
      childrenAbandoned += 1;
      hungBefore.note(asked);
    }
    if (failure?.state !== 'not-started') return failure;
    const mount = mountOf(isLive ? path : `${root}${path}`, readMounts());
    if (!mount || !isLocal(mount)) return failure;
    return performHere(root, request, onAnswer);
  };

  const askOne = async <Result>(
    path: string,
    request: Request,
    timeoutMs: number | undefined,
  ): Promise<Result | Unanswered> => {
    let result: unknown;
    const failure = await ask([path], request, timeoutMs ?? defaultTimeoutMs, (answer) => {
      if (answer.type === 'end') result = answer.result;
    });
    return failure ? unanswered(failure, timeoutMs ?? defaultTimeoutMs) : (result as Result);
  };

  const findOnce = async (globs: readonly string[], options: FindOptions): Promise<FindResult> => {
    const entries: FoundEntry[] = [];
    const problems: { path: string; why: string; code: string }[] = [];
    let sent: readonly SentEntry[] = [];
    let isFull = false;
    const onAnswer = (answer: Answer) => {
      if (answer.type === 'entries') {
        sent = answer.entries;
        entries.push(...sent.map(withoutContent));
      } else if (answer.type === 'bytes') {
        entries.splice(
          entries.length - sent.length,
          sent.length,
          ...withContent(sent, Buffer.from(answer.bytes)),
        );
      } else if (answer.type === 'problem') problems.push(answer);
      else if (answer.type === 'end') isFull = 'isFull' in answer.result && answer.result.isFull;
    };
    const { except = [], limit = defaultFindLimit, prefer = 'names', content } = options;
    const { isOneFileSystem = false, isShallow = false } = options;
    const request = {
      op: 'find',
      globs,
      except,
      limit,
      prefer,
      isOneFileSystem,
      isShallow,
      ...(content ? { content } : {}),
    } as const;
    const failure = await ask(globs, request, options.timeoutMs ?? defaultTimeoutMs, onAnswer);
    if (failure?.state === 'not-started') {
      problems.push({ path: globs[0] ?? '/', why: failure.why, code: 'ENOREADER' });
    }
    const stopped = failure?.state === 'timed-out' ? 'timeout' : isFull ? 'limit' : undefined;
    return { entries, problems, ...(stopped ? { stopped } : {}) };
  };

  return {
    root,
    isLive,
    isRunning,
    uid: process.geteuid?.() ?? -1,

    stat: (path, { timeoutMs, follow = false } = {}) =>
      askOne<StatRead>(path, { op: 'stat', path, follow }, timeoutMs),

    list: (path, { timeoutMs, limit = defaultFindLimit } = {}) =>
      askOne<FolderRead>(path, { op: 'list', path, limit }, timeoutMs),

    space: (path, { timeoutMs } = {}) => askOne<SpaceRead>(path, { op: 'space', path }, timeoutMs),

    async readFile(path: string, options: ReadOptions = {}): Promise<FileRead> {
      const { limitBytes = defaultReadLimitBytes, keep = 'head', follow = true, onData } = options;
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const pieces: Buffer[] = [];
      let end: ReadEnd | undefined;
      const onAnswer = (answer: Answer) => {
        if (answer.type === 'end') end = answer.result as ReadEnd;
        if (answer.type !== 'bytes') return undefined;
        if (onData) return onData(answer.bytes);
        // Decoded and in-process pieces are views of a buffer that is used again.
        pieces.push(Buffer.from(answer.bytes));
        return undefined;
      };
      if (isLive && path === '/dev/kmsg') {
        end = readKernelLog(limitBytes, (bytes) => void onAnswer({ type: 'bytes', bytes }));
      } else {
        const request = { op: 'read', path, limitBytes, keep, follow } as const;
        const failure = await ask([path], request, timeoutMs, onAnswer);
        if (failure) return unanswered(failure, timeoutMs);
      }
      if (end?.state !== 'known') return end ?? unanswered({ state: 'timed-out' }, timeoutMs);
      return {
        state: 'known',
        bytes: Buffer.concat(pieces),
        isTruncated: end.isTruncated,
        ...(end.holeBytes > 0 ? { holeBytes: end.holeBytes } : {}),
        stat: end.stat,
      };
    },

    async find(globs, options = {}): Promise<FindResult> {
      const found = await findOnce(globs, options);
      // A file that hangs while its bytes are fetched must not hide the others: look again without reading.
      const hasHung = found.stopped === 'timeout' && options.content !== undefined;
      if (!hasHung) return found;
      const { content: _content, ...plain } = options;
      return findOnce(globs, plain);
    },

    // Always of the running machine: commands of an image are never run, some of ours can look into one.
    findCommand: find,

    async run(argv: readonly string[], options: RunOptions = {}): Promise<CommandRun> {
      const path = find(argv[0] ?? '');
      if (path === undefined) return absentCommand;
      childrenStarted += 1;
      const run = await runCommand([path, ...argv.slice(1)], options);
      if (run.state === 'abandoned') childrenAbandoned += 1;
      return run;
    },

    get cost() {
      return { childrenStarted, childrenAbandoned };
    },

    close: () => client.close(),
  };
}

function withoutContent({ path, stat, contentBytes }: SentEntry): FoundEntry {
  return contentBytes === 0 ? { path, stat, content: Buffer.alloc(0) } : { path, stat };
}

function withContent(sent: readonly SentEntry[], bytes: Buffer): FoundEntry[] {
  let at = 0;
  return sent.map(({ path, stat, contentBytes }) => {
    if (contentBytes === undefined) return { path, stat };
    const content = bytes.subarray(at, at + contentBytes);
    at += contentBytes;
    return { path, stat, content };
  });
}

const absentCommand: CommandRun = {
  state: 'absent',
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  durationMs: 0,
  isTruncated: false,
};

async function performHere(
  root: string,
  request: Request,
  onAnswer: (answer: Answer) => void | Promise<void>,
): Promise<undefined> {
  let work: Promise<void> | undefined;
  perform(root, request, (answer) => {
    const kept = answer.type === 'bytes' ? { ...answer, bytes: Buffer.from(answer.bytes) } : answer;
    work = work ? work.then(() => onAnswer(kept)) : (onAnswer(kept) ?? undefined);
  });
  await work;
  return undefined;
}

type Unanswered = { readonly state: 'unreadable'; readonly why: string; readonly code: string };

function timedOut(timeoutMs: number) {
  return { why: `no answer within ${timeoutMs / 1000} s`, code: 'ETIMEDOUT' };
}

function unanswered(failure: ReaderFailure, timeoutMs: number): Unanswered {
  return failure.state === 'timed-out'
    ? { state: 'unreadable', ...timedOut(timeoutMs) }
    : {
        state: 'unreadable',
        why: `no process could be started to read it (${failure.why})`,
        code: 'ENOREADER',
      };
}
