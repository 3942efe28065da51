/** The two stages of being told to stop, and which signal told. */
export interface Interrupt {
  readonly signal: AbortSignal;
  readonly urgent: AbortSignal;
  /** 130 or 143 once a signal came. */
  exitCode(): 130 | 143 | undefined;
  dispose(): void;
}

/** Listens for Ctrl-C, TERM and a lost terminal (HUP): the first asks for an orderly end, the second for an immediate one. */
export function watchInterrupts(): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let code: 130 | 143 | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    code ??= name === 'SIGINT' ? 130 : 143;
    if (first.signal.aborted) second.abort(name);
    else first.abort(name);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: first.signal,
    urgent: second.signal,
    exitCode: () => code,
    dispose() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
