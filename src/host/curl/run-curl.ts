import { type ChildProcess, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import type { SentFile } from '../../model/remote.ts';
import { fixedEnvironment } from '../fixed-environment.ts';
import { readPosition } from '../read-position.ts';
import { type CurlSetting, renderCurlConfig } from './curl-config.ts';

/** How a run of curl ended: by itself, or because we ended it. */
export type CurlEnd = Ended | { readonly state: 'stopped' };

interface Ended {
  readonly state: 'ended';
  readonly exitCode: number;
  readonly stderr: string;
}

/** What a run of curl is given beside its settings. */
export interface CurlOptions {
  /** Its /dev/fd/3. */
  readonly file?: SentFile;
  readonly onPosition?: (bytes: number) => void;
  /** With a file: how long it may stand still before curl, which has limits of its own, counts as hanging. */
  readonly idleMs: number;
  /** False ends curl: enough was seen. */
  readonly onOutput: (bytes: Buffer) => boolean;
  readonly signal: AbortSignal;
}

const positionEveryMs = 250;
const stderrBytes = 16 * 1024;
/** How long it may take to die. */
const obeyMs = 2000;

// curl(1), EXIT CODES: CURLE_FAILED_INIT, CURLE_OPERATION_TIMEDOUT, CURLE_RECV_ERROR.
const notStarted = 2;
const timedOut = 28;
const brokenOff = 56;

/** `-q` first: no .curlrc of anybody has a say. */
const argv = ['-q', '--config', '-'];

// http_proxy is not among them: plain http goes to this machine alone.
const proxyVariables = [
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
];

/** Where curl looks for `.ssh/known_hosts`. */
export function homeOfCurl(): string {
  return homedir();
}

/**
 * Runs curl (an absolute path) with all its settings through its standard input, to its end or ours. When we are told to stop, or
 * it hangs (it reads from a file system that does), it is killed, and left behind when that does not help.
 */
export async function runCurl(
  curl: string,
  settings: readonly CurlSetting[],
  { file, onPosition, idleMs, onOutput, signal }: CurlOptions,
): Promise<CurlEnd> {
  const config = renderCurlConfig(settings);
  if (signal.aborted) return { state: 'stopped' };
  const child = start(curl, file);
  if ('state' in child) return child;
  const killing = killer(child);
  const watch = file && watchPosition(child, file, { onPosition, idleMs, onIdle: killing.kill });
  signal.addEventListener('abort', killing.kill, { once: true });
  try {
    let isEnough = false;
    child.stdout?.on('data', (bytes: Buffer) => {
      if (isEnough || onOutput(bytes)) return;
      isEnough = true;
      killing.kill();
    });
    child.stdin?.on('error', () => undefined); // its exit status tells
    child.stdin?.end(config);
    const end = await Promise.race([endOf(child), killing.abandoned]);
    if (signal.aborted) return { state: 'stopped' };
    if (isEnough) return { ...end, exitCode: 0 };
    return watch?.isIdle() ? { ...end, exitCode: timedOut, stderr: 'curl hung' } : end;
  } finally {
    watch?.end();
    killing.end();
    signal.removeEventListener('abort', killing.kill);
  }
}

function start(curl: string, file: SentFile | undefined): ChildProcess | Ended {
  try {
    return spawn(curl, argv, {
      stdio: ['pipe', 'pipe', 'pipe', ...(file === undefined ? [] : [file.descriptor])],
      env: environment(),
      cwd: '/',
      detached: true, // Ctrl-C is ours to hand on
    });
  } catch (error) {
    return { state: 'ended', exitCode: notStarted, stderr: (error as Error).message }; // no memory
  }
}

function environment(): Record<string, string> {
  const proxies = proxyVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...fixedEnvironment, HOME: homeOfCurl(), ...Object.fromEntries(proxies) };
}

// `abandoned` resolves when killing did not help.
function killer(child: ChildProcess) {
  let timer: NodeJS.Timeout | undefined;
  let abandon: (end: Ended) => void = () => undefined;
  const abandoned = new Promise<Ended>((resolve) => {
    abandon = resolve;
  });
  return {
    abandoned,
    kill() {
      child.kill('SIGKILL');
      timer ??= setTimeout(() => {
        child.unref();
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
        abandon({ state: 'ended', exitCode: timedOut, stderr: 'it could not be killed' });
      }, obeyMs);
    },
    end: () => clearTimeout(timer),
  };
}

interface Watching extends Pick<CurlOptions, 'idleMs'> {
  readonly onPosition: CurlOptions['onPosition'];
  readonly onIdle: () => void;
}

// Where /proc does not tell the position, nothing is known to stand still.
function watchPosition(
  { pid = 0 }: ChildProcess,
  { identity }: SentFile,
  { onPosition, idleMs, onIdle }: Watching,
) {
  let [last, movedAt, isIdle] = [-1, performance.now(), false];
  const look = () => {
    const position = readPosition(pid, identity);
    if (position !== undefined) onPosition?.(position);
    if (position === undefined || position !== last) movedAt = performance.now();
    last = position ?? -1;
    if (performance.now() - movedAt < idleMs) return;
    isIdle = true;
    onIdle();
  };
  const timer = setInterval(look, positionEveryMs);
  return { isIdle: () => isIdle, end: () => clearInterval(timer) };
}

function endOf(child: ChildProcess): Promise<Ended> {
  const pieces: Buffer[] = [];
  let taken = 0;
  const add = (piece: Buffer) => {
    if (taken < stderrBytes) pieces.push(piece);
    taken += piece.length;
  };
  child.stderr?.on('data', add);
  return new Promise((resolve) => {
    const end = (exitCode: number) =>
      resolve({ state: 'ended', exitCode, stderr: Buffer.concat(pieces).toString('utf8') });
    child.on('error', (error) => {
      add(Buffer.from(error.message));
      end(notStarted);
    });
    // A signal that is not ours broke it off, as a network would.
    child.on('close', (code) => end(code ?? brokenOff));
  });
}
