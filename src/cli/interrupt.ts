/** The two stages of being told to stop, and which signal told. */
export interface Interrupt {
  readonly signal: AbortSignal;
  readonly urgent: AbortSignal;
  /** 130 or 143 once a signal came. */
  exitCode(): 130 | 143 | undefined;
  dispose(): void;
}

/** How long a command may take to end at once before it is ended by the system. */
const graceMs = 5000;

/**
 * Listens for Ctrl-C, TERM and a lost terminal (HUP): the first asks for an orderly end, the second for an immediate
 * one. A command that waits for a file system which does not answer can do neither: some seconds after the second, or
 * at the third, the signal does what it does to any program.
 */
export function watchInterrupts(): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let code: 130 | 143 | undefined;
  let lastResort: NodeJS.Timeout | undefined;
  const dispose = () => {
    clearTimeout(lastResort);
    for (const name of names) process.off(name, onSignal);
  };
  // By the signal: an exit of Node.js waits for the very calls that do not return.
  const die = (name: NodeJS.Signals) => {
    dispose();
    process.kill(process.pid, name);
  };
  const onSignal = (name: NodeJS.Signals) => {
    code ??= name === 'SIGINT' ? 130 : 143;
    if (second.signal.aborted) die(name);
    else if (first.signal.aborted) {
      lastResort = setTimeout(() => die(name), graceMs).unref();
      second.abort(name);
    } else first.abort(name);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: first.signal,
    urgent: second.signal,
    exitCode: () => code,
    dispose,
  };
}
