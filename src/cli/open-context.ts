import { printResult } from '../host/standard-output.ts';
import type { Reporter } from '../model/event.ts';
import type { ExitCode } from '../model/exit-code.ts';
import type { Context } from './context.ts';
import type { GlobalOptions } from './global-options.ts';
import { watchInterrupts } from './interrupt.ts';

/** A context with what must be undone after the command. */
export interface OpenContext {
  readonly context: Context;
  /** 130 or 143, by the signal, when the command was interrupted and ended with something usable (0 or 3), or for it. */
  interruptedExitCode(status: ExitCode): ExitCode;
  close(): void;
}

/** Chooses how to talk (terminal, plain lines, JSON Lines, quiet) and listens for interrupts. */
export async function openContext(globals: GlobalOptions): Promise<OpenContext> {
  const interrupt = watchInterrupts();
  const { reporter, stop } = await chooseReporter(globals);
  const context: Context = {
    print: printResult,
    reporter,
    isJson: globals.json === true,
    isQuiet: globals.quiet === true,
    isColor: isColorWanted(globals, process.stdout),
    signal: interrupt.signal,
    urgent: interrupt.urgent,
    leaveInterrupts: interrupt.dispose,
  };
  return {
    context,
    interruptedExitCode(status) {
      return status === 0 || status === 3 || status === 130
        ? (interrupt.exitCode() ?? status)
        : status;
    },
    close() {
      stop();
      interrupt.dispose();
    },
  };
}

async function chooseReporter(
  globals: GlobalOptions,
): Promise<{ reporter: Reporter; stop: () => void }> {
  const write = (text: string) => void process.stderr.write(text);
  if (globals.json) {
    const { jsonReporter } = await import('../ui/json-reporter.ts');
    return { reporter: jsonReporter(write), stop() {} };
  }
  if (globals.quiet) {
    const { quietReporter } = await import('../ui/quiet-reporter.ts');
    return { reporter: quietReporter(write), stop() {} };
  }
  if (isColorWanted(globals, process.stderr)) {
    const { terminalReporter } = await import('../ui/terminal-reporter.ts');
    const reporter = terminalReporter(process.stderr);
    return { reporter, stop: () => reporter.stop() };
  }
  const { plainReporter } = await import('../ui/plain-reporter.ts');
  return { reporter: plainReporter(write), stop() {} };
}

function isColorWanted(globals: GlobalOptions, stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return globals.color && !NO_COLOR && TERM !== 'dumb' && stream.isTTY === true;
}
