import { type ChildProcess, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import type { SentFile } from '../model/remote.ts';
import { type CurlSetting, renderCurlConfig } from './curl-config.ts';
import { fixedEnvironment } from './fixed-environment.ts';
import { readPosition } from './read-position.ts';

/** How a run of curl ended: by itself, or because we ended it. */
export type CurlEnd =
  | { readonly state: 'ended'; readonly exitCode: number; readonly stderr: string }
  | { readonly state: 'stopped' };

/** What a run of curl is given beside its settings. */
export interface CurlOptions {
  /** Its /dev/fd/3. */
  readonly file?: SentFile;
  readonly onPosition?: (bytes: number) => void;
  /** False ends curl: enough was seen. */
  readonly onOutput: (bytes: Buffer) => boolean;
  readonly signal: AbortSignal;
}

const positionEveryMs = 250;
const stderrBytes = 16 * 1024;
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

/** Runs curl (an absolute path) with all its settings through its standard input, to its end or ours. */
export async function runCurl(
  curl: string,
  settings: readonly CurlSetting[],
  { file, onPosition, onOutput, signal }: CurlOptions,
): Promise<CurlEnd> {
  const config = renderCurlConfig(settings);
  if (signal.aborted) return { state: 'stopped' };
  const child = spawn(curl, argv, {
    stdio: ['pipe', 'pipe', 'pipe', ...(file === undefined ? [] : [file.descriptor])],
    env: environment(),
    cwd: '/',
    detached: true, // Ctrl-C is ours to hand on
  });
  const stop = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const timer = setInterval(() => tellPosition(child, file, onPosition), positionEveryMs);
  try {
    let isEnough = false;
    child.stdout?.on('data', (bytes: Buffer) => {
      if (isEnough || onOutput(bytes)) return;
      isEnough = true;
      stop();
    });
    child.stdin?.on('error', () => undefined); // its exit status tells
    child.stdin?.end(config);
    const end = await endOf(child);
    if (signal.aborted) return { state: 'stopped' };
    return isEnough ? { ...end, exitCode: 0 } : end;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
}

function environment(): Record<string, string> {
  const proxies = proxyVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...fixedEnvironment, HOME: homeOfCurl(), ...Object.fromEntries(proxies) };
}

function tellPosition(
  { pid }: ChildProcess,
  file: SentFile | undefined,
  onPosition: CurlOptions['onPosition'],
): void {
  if (pid === undefined || file === undefined || onPosition === undefined) return;
  const position = readPosition(pid, file.identity);
  if (position !== undefined) onPosition(position);
}

function endOf(child: ChildProcess): Promise<Extract<CurlEnd, { readonly state: 'ended' }>> {
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
      end(-1);
    });
    // A signal that is not ours broke it off, as a network would.
    child.on('close', (code) => end(code ?? brokenOff));
  });
}

/** CURLE_RECV_ERROR (curl(1), EXIT CODES). */
const brokenOff = 56;
