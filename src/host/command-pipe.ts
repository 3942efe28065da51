import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { CommandPipe, PipeEnd } from '../model/command-pipe.ts';
import { SonaeError } from '../model/error.ts';
import { fixedEnvironment } from './fixed-environment.ts';

const stderrBytes = 64 * 1024;
/** A command that neither takes nor ends for so long never will. */
const mostSilenceMs = 300_000;

/** Starts an argv (absolute path first) with the fixed environment; see `OpenCommandPipe`. */
export function openCommandPipe(
  argv: readonly string[],
  take: (bytes: Buffer) => Promise<void>,
): CommandPipe {
  const [file = ''] = argv;
  const child = start(argv);
  const stderr = tailOf(child);
  const output = takeAll(child, take);
  const ended = endOf(child);
  const waitFor = <Value>(what: Promise<Value>) => withoutSilence(what, child, file);
  child.stdin.on('error', () => undefined); // each write is told by its callback
  return {
    async write(bytes) {
      const failure = await waitFor(writeAll(child.stdin, bytes));
      if (failure === undefined) return;
      await waitFor(ended); // it may still be saying why
      output.rethrow();
      throw new SonaeError('E_REFUSED', `${file} ended early: ${stderr() || failure.message}`);
    },
    async end(): Promise<PipeEnd> {
      child.stdin.end();
      const exitCode = await waitFor(ended);
      await output.settled();
      output.rethrow();
      return { exitCode, stderr: stderr() };
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function start([file = '', ...args]: readonly string[]): ChildProcessWithoutNullStreams {
  try {
    return spawn(file, args, {
      stdio: 'pipe',
      env: fixedEnvironment,
      cwd: '/',
      detached: true, // Ctrl-C is ours to hand on
    });
  } catch (error) {
    throw new SonaeError('E_NO_TOOL', `cannot start ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

// The end of what it says, or why it could not be started.
function tailOf(child: ChildProcessWithoutNullStreams): () => string {
  let tail = Buffer.alloc(0);
  const add = (piece: Buffer) => {
    tail = Buffer.concat([tail, piece]).subarray(-stderrBytes);
  };
  child.stderr.on('data', add);
  child.on('error', (error) => add(Buffer.from(error.message)));
  return () => tail.toString('utf8').trim();
}

// Hands the output on piece by piece; the pipe holds the command back meanwhile.
function takeAll(child: ChildProcess, take: (bytes: Buffer) => Promise<void>) {
  const stream = child.stdout as Readable;
  let failure: { readonly error: unknown } | undefined;
  let work: Promise<void> = Promise.resolve();
  stream.on('data', (piece: Buffer) => {
    if (failure !== undefined) return;
    stream.pause();
    work = work
      .then(() => take(piece))
      .catch((error: unknown) => {
        failure = { error };
        child.kill('SIGKILL'); // whoever writes into it is told why by `rethrow`
      })
      .then(() => void stream.resume());
  });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  return {
    settled: () => closed.then(() => work),
    rethrow() {
      if (failure !== undefined) throw failure.error;
    },
  };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 128));
  });
}

function writeAll(stdin: Writable, bytes: Uint8Array): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stdin.write(bytes, (error) => resolve(error ?? undefined));
  });
}

async function withoutSilence<Value>(
  what: Promise<Value>,
  child: ChildProcess,
  file: string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new SonaeError('E_REFUSED', `${file} did nothing for ${mostSilenceMs / 60_000} min`));
    }, mostSilenceMs);
  });
  try {
    return await Promise.race([what, silence]);
  } finally {
    clearTimeout(timer);
  }
}
