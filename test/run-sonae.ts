import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inject } from 'vitest';

/** The program as `installed-sonae.ts` installed it. */
export const bin = inject('sonae');

/** The program of this checkout. */
export const checkoutBin = fileURLToPath(new URL('../bin/sonae.js', import.meta.url));

/** What a user sees of one run. */
export interface SonaeRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the installed program as a user would, with a minimal environment, to the end; another one with `bin`. */
export async function runSonae(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; timeoutMs?: number; bin?: string } = {},
): Promise<SonaeRun> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [options.bin ?? bin, ...args],
    {
      reject: false,
      extendEnv: false,
      stdin: 'ignore',
      timeout: options.timeoutMs ?? 60_000,
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C', ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    },
  );
  return { exitCode, stdout, stderr };
}
