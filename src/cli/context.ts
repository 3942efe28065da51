import type { Reporter } from '../model/event.ts';
import type { ExitCode } from '../model/exit-code.ts';
import type { GlobalOptions } from './global-options.ts';

/** What every command is given: where the result and the conversation go, and when to stop. */
export interface Context {
  /** stdout is the result. Resolves when the text is handed to the system. */
  readonly print: (text: string) => Promise<void>;
  /** stderr is the conversation. */
  readonly reporter: Reporter;
  readonly isJson: boolean;
  /** Only the result: for scripts. */
  readonly isQuiet: boolean;
  readonly isColor: boolean;
  /** Aborts at the first Ctrl-C or TERM: finish the current entry and leave something usable. */
  readonly signal: AbortSignal;
  /** Aborts at the second one: stop at once. */
  readonly urgent: AbortSignal;
  /** Leaves the signals to the system: for a command that leaves nothing behind, and reads without a pause. */
  readonly leaveInterrupts: () => void;
}

/** Runs the body of a command in a context made from the global options. */
export type Run = (
  globals: GlobalOptions,
  body: (context: Context) => Promise<ExitCode>,
) => Promise<void>;
