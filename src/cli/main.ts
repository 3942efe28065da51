import { CommanderError } from 'commander';
import { errorCodes, SonaeError } from '../model/error.ts';
import type { ExitCode } from '../model/exit-code.ts';
import { printable } from '../std/printable.ts';
import { openContext } from './open-context.ts';
import { buildProgram } from './program.ts';

const reportUrl = 'https://github.com/sonae/sonae/issues';

/**
 * The whole program: words in, exit status out. The only place where errors become words: a `SonaeError` is
 * for people, anything else is a bug of ours and shows its stack.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const isJson = argv.includes('--json');
  let status: ExitCode = 0;
  let ofSignal = (code: ExitCode) => code;
  // Before anything is printed: help goes out before a command runs.
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(leaveToWriter)) stream.on('error', leaveToWriter);
  }
  try {
    const program = buildProgram(async (globals, run) => {
      const opened = await openContext(globals);
      ofSignal = opened.interruptedExitCode;
      try {
        status = await run(opened.context);
      } finally {
        opened.close();
      }
      status = ofSignal(status);
    });
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    return explain(error, isJson, ofSignal);
  }
}

function isFolderGone(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'uv_cwd';
}

// Whoever writes a result learns of a failure and tells it; a conversation that nobody can hear goes on in silence.
function leaveToWriter(): void {}

function explain(
  error: unknown,
  isJson: boolean,
  ofSignal: (code: ExitCode) => ExitCode,
): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version come as "errors" with status 0; usage mistakes were printed by commander already.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof SonaeError) {
    const exitCode = ofSignal(errorCodes[error.code]);
    if (isJson) {
      const { code, message, hint } = error;
      writeError(`${JSON.stringify({ type: 'exit_error', code, message, hint, exitCode })}\n`);
    } else {
      writeError(`sonae: ${printable(error.message)}\n`);
      if (error.hint) writeError(`  ${printable(error.hint)}\n`);
    }
    return exitCode;
  }
  if (isFolderGone(error)) {
    return explain(
      new SonaeError('E_USAGE', 'the folder you are in does not exist any more', {
        hint: 'Go to another first: cd /',
      }),
      isJson,
      ofSignal,
    );
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (isJson)
    writeError(
      `${JSON.stringify({ type: 'exit_error', code: 'E_BUG', message: stack, exitCode: 1 })}\n`,
    );
  else writeError(`sonae: this is a bug in sonae, please report it at ${reportUrl}\n${stack}\n`);
  return 1;
}

function writeError(text: string): void {
  process.stderr.write(text);
}
