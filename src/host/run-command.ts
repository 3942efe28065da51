import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { CommandRun, RunOptions } from '../model/system.ts';
import { fixedEnvironment } from './fixed-environment.ts';
import { descendantsOf, readProcessStat, readWchan } from './process-table.ts';

const defaultTimeoutMs = 60_000;
const defaultLimitBytes = 64 * 1024 * 1024;
const stderrLimitBytes = 64 * 1024;

/** How long a child may take to obey TERM, and then KILL, before it is given up. */
const obeyMs = 2000;
/** How long we wait for more output after it has exited: a grandchild can hold the pipe for ever, */
const drainMs = 250;
/** or go on writing. */
const mostDrainMs = 5000;

type Ending =
  | { readonly state: 'exited'; readonly exitCode: number }
  | { readonly state: 'signalled'; readonly signal: string };

type Cut =
  | { readonly state: 'timed-out'; readonly limit: 'wall' | 'idle' }
  | { readonly state: 'stopped'; readonly limit: 'bytes' | 'interrupted' };

/**
 * Runs an argv (an absolute path first) to one of its ends and always comes back: at a limit the child's process
 * group gets TERM, then KILL together with descendants that left the group; a child that still lives (D state) is
 * abandoned with its state and wait channel recorded.
 */
export async function runCommand(
  argv: readonly string[],
  options: RunOptions,
): Promise<CommandRun> {
  const startedAt = performance.now();
  const child = await start(argv);
  if ('why' in child) {
    return { ...child, stdout: none, stderr: none, durationMs: 0, isTruncated: false };
  }
  const output = new OutputTap(child, options);
  const { ending, cut } = await waitForEnd(child, output, options);
  const stopped = ending ?? (await stop(child));
  await drain(child, output);
  const taken = {
    stdout: output.stdout(),
    stderr: output.stderr(),
    isAllStderr: output.isAllStderr,
    durationMs: performance.now() - startedAt,
    isTruncated: output.isFull || cut !== undefined,
  };
  if (stopped === 'abandoned') {
    const pid = child.pid as number;
    child.unref();
    const processState = readProcessStat(pid)?.state ?? '?';
    return { ...taken, state: 'abandoned', pid, processState, wchan: readWchan(pid) };
  }
  return { ...taken, ...(cut ?? stopped) };
}

const none = Buffer.alloc(0);

type NotStarted = ReturnType<typeof notStarted>;

async function start(argv: readonly string[]): Promise<ChildProcess | NotStarted> {
  try {
    const child = spawn(argv[0] as string, argv.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: fixedEnvironment,
      cwd: '/',
      detached: true, // its own session and group: Ctrl-C is ours to hand on, and a kill reaches all of it
    });
    if (child.pid !== undefined) {
      child.on('error', () => undefined); // a kill that failed: the wait for its end tells
      return child;
    }
    // EAGAIN, ENOMEM: reported on the next turn of the event loop.
    return await new Promise((resolve) =>
      child.once('error', (error) => resolve(notStarted(error))),
    );
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException);
  }
}

function notStarted(error: NodeJS.ErrnoException) {
  return { state: 'not-started', why: error.message, code: error.code ?? 'EUNKNOWN' } as const;
}

async function waitForEnd(
  child: ChildProcess,
  output: OutputTap,
  options: RunOptions,
): Promise<{ ending?: Ending; cut?: Cut }> {
  return new Promise((resolve) => {
    const wall = setTimeout(
      () => finish({ cut: { state: 'timed-out', limit: 'wall' } }),
      options.timeoutMs ?? defaultTimeoutMs,
    );
    const idle = options.idleMs
      ? setTimeout(() => finish({ cut: { state: 'timed-out', limit: 'idle' } }), options.idleMs)
      : undefined;
    const onAbort = () => finish({ cut: { state: 'stopped', limit: 'interrupted' } });
    const finish = (result: { ending?: Ending; cut?: Cut }) => {
      clearTimeout(wall);
      clearTimeout(idle);
      options.signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    output.onActivity = () => idle?.refresh();
    output.onFull = () => finish({ cut: { state: 'stopped', limit: 'bytes' } });
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    onceEnded(child, (ending) => finish({ ending }));
  });
}

function onceEnded(child: ChildProcess, listener: (ending: Ending) => void): void {
  const report = (code: number | null, signal: string | null) =>
    listener(
      signal === null ? { state: 'exited', exitCode: code ?? 0 } : { state: 'signalled', signal },
    );
  if (child.exitCode !== null || child.signalCode !== null)
    report(child.exitCode, child.signalCode);
  else child.once('exit', report);
}

async function stop(child: ChildProcess): Promise<Ending | 'abandoned'> {
  const pid = child.pid as number;
  const ended = new Promise<Ending>((resolve) => onceEnded(child, resolve));
  signalAll([-pid], 'SIGTERM');
  const obeyed = await within(obeyMs, ended);
  // Descendants that left the group are looked for while the tree is still there to follow.
  if (obeyed) {
    signalAll([-pid], 'SIGKILL');
    return obeyed;
  }
  signalAll([...descendantsOf(pid), -pid], 'SIGKILL');
  return (await within(obeyMs, ended)) ?? 'abandoned';
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // already gone, or not ours: the wait that follows tells
    }
  }
}

async function drain(child: ChildProcess, output: OutputTap): Promise<void> {
  const until = performance.now() + mostDrainMs;
  for (let before = -1; before !== output.activity && performance.now() < until; ) {
    before = output.activity;
    await within(drainMs, output.closed);
    if (!output.isClosed) await output.settled();
  }
  if (!output.isClosed && child.pid !== undefined) signalAll([-child.pid], 'SIGKILL');
  await output.end();
}

// Undefined after `ms`. The clock is stopped with the wait: one that runs on would keep the whole program from ending.
async function within<Value>(ms: number, wait: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([wait, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Takes what a child writes, to memory or to a listener that may ask to wait, as far as the limit.
class OutputTap {
  readonly closed: Promise<void>;
  isClosed = false;
  isFull = false;
  activity = 0;
  onActivity: () => void = () => undefined;
  onFull: () => void = () => undefined;
  readonly #streams: readonly Readable[];
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];
  readonly #options: RunOptions;
  readonly #limit: number;
  #hasStdout = false;
  #taken = 0;
  #errTaken = 0;
  #work: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(child: ChildProcess, options: RunOptions) {
    this.#options = options;
    this.#limit = options.limitBytes ?? defaultLimitBytes;
    const stdout = child.stdout as Readable;
    const stderr = child.stderr as Readable;
    this.#streams = [stdout, stderr];
    this.#listen(stdout, true);
    this.#listen(stderr, options.mergeStderr === true);
    this.closed = Promise.all(
      this.#streams.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve))),
    ).then(() => {
      this.isClosed = true;
    });
  }

  /** Something came, and none of it on stdout. */
  get isAllStderr(): boolean {
    return this.activity > 0 && !this.#hasStdout;
  }

  stdout(): Buffer {
    return Buffer.concat(this.#out);
  }

  stderr(): Buffer {
    return Buffer.concat(this.#err);
  }

  /** Resolves when the listener has taken what came so far. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Takes nothing more; rethrows what the listener threw. */
  async end(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await this.#work;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #listen(stream: Readable, isEvidence: boolean): void {
    stream.on('error', () => undefined); // a broken pipe shows as its end
    stream.on('data', (chunk: Buffer) => {
      this.activity += 1;
      this.onActivity();
      if (stream === this.#streams[0]) this.#hasStdout = true;
      if (!isEvidence) this.#keepError(chunk);
      else this.#take(chunk, stream);
    });
  }

  #keepError(chunk: Buffer): void {
    if (this.#errTaken >= stderrLimitBytes) return;
    this.#err.push(chunk.subarray(0, stderrLimitBytes - this.#errTaken));
    this.#errTaken += chunk.length;
  }

  #take(chunk: Buffer, stream: Readable): void {
    if (this.isFull) return;
    const piece = chunk.subarray(0, this.#limit - this.#taken);
    this.#taken += piece.length;
    if (this.#options.onOutput === undefined) this.#out.push(piece);
    else this.#deliver(piece, stream, this.#options.onOutput);
    if (piece.length < chunk.length) {
      this.isFull = true;
      this.onFull();
    }
  }

  #deliver(piece: Buffer, stream: Readable, onOutput: NonNullable<RunOptions['onOutput']>): void {
    stream.pause();
    this.#work = this.#work
      .then(() => onOutput(piece))
      .then(() => void stream.resume())
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.isFull = true;
        this.onFull();
      });
  }
}
