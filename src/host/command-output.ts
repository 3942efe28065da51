import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { InputFile } from '../model/storage.ts';
import { fixedEnvironment } from './fixed-environment.ts';
import { pipeInput } from './input-file.ts';

/** The output of a running command as an input to read in order, and how the command ended. */
export interface CommandOutput {
  readonly input: InputFile;
  /** Resolves after the end: the exit status (a signal counts as 128) and the last of what it said on stderr. */
  ended(): Promise<{ readonly exitCode: number; readonly stderr: string }>;
}

const stderrBytes = 64 * 1024;

/** Starts a command (absolute path first) whose stdout can be of any size; the pipe holds it back while nobody reads. */
export function openCommandOutput(argv: readonly string[]): CommandOutput {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...fixedEnvironment },
    detached: true,
  });
  let stderr = Buffer.alloc(0);
  child.stderr.on('data', (piece: Buffer) => {
    stderr = Buffer.concat([stderr, piece]).subarray(-stderrBytes);
  });
  const end = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 128));
  });
  const input = pipeInput(child.stdout as Readable, file);
  return {
    input: {
      ...input,
      async close() {
        await input.close();
        // Only when we stop early: a command that has ended is not there any more.
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
        await end;
      },
    },
    ended: async () => ({ exitCode: await end, stderr: stderr.toString('utf8') }),
  };
}
