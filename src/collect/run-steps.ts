import type { Step } from '../model/plan.ts';

/** What the schedule tells while it runs. */
export interface ScheduleListener {
  onStart(step: Step): void;
  onEnd(step: Step): void;
}

/**
 * Runs steps in the order of the plan, at most `jobs` at a time: never two with the same exclusive token, never a
 * sample before its interval is over (meanwhile others go on). Ends early when the signal aborts; resolves with the
 * steps that were not begun.
 */
export async function runSteps(
  steps: readonly Step[],
  options: {
    readonly jobs: number;
    readonly signal: AbortSignal;
    readonly listener: ScheduleListener;
  },
  work: (step: Step) => Promise<void>,
): Promise<readonly Step[]> {
  const waiting = [...steps];
  const busyTokens = new Set<string>();
  const lastStart = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const begin = (step: Step) => {
    for (const token of step.item.exclusive) busyTokens.add(token);
    lastStart.set(seriesOf(step), performance.now());
    options.listener.onStart(step);
    const run = work(step)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        for (const token of step.item.exclusive) busyTokens.delete(token);
        running.delete(run);
        options.listener.onEnd(step);
      });
    running.add(run);
  };

  while (waiting.length > 0 && !options.signal.aborted && !failure) {
    const { ready, waitMs } = nextReady(waiting, busyTokens, lastStart);
    if (ready !== undefined && running.size < options.jobs) {
      begin(...(waiting.splice(ready, 1) as [Step]));
      continue;
    }
    await sleepUntil(running, running.size < options.jobs ? waitMs : undefined, options.signal);
  }
  await Promise.all(running);
  if (failure) throw failure.error;
  return waiting;
}

// All samples of one item on one device are a series.
function seriesOf({ item, device }: Step): string {
  return `${item.id}[${device ?? ''}]`;
}

function nextReady(
  waiting: readonly Step[],
  busyTokens: ReadonlySet<string>,
  lastStart: ReadonlyMap<string, number>,
): { ready?: number; waitMs?: number } {
  let waitMs: number | undefined;
  const passedSeries = new Set<string>();
  for (const [index, step] of waiting.entries()) {
    const series = seriesOf(step);
    // Samples keep their order: a later one never overtakes an earlier one that still waits.
    if (passedSeries.has(series)) continue;
    passedSeries.add(series);
    if (step.item.exclusive.some((token) => busyTokens.has(token))) continue;
    const last = step.sample > 1 ? lastStart.get(series) : undefined;
    const dueMs = last === undefined ? 0 : last + step.item.samples.intervalMs - performance.now();
    if (dueMs <= 0) return { ready: index };
    waitMs = Math.min(waitMs ?? dueMs, dueMs);
  }
  return waitMs === undefined ? {} : { waitMs };
}

async function sleepUntil(
  running: ReadonlySet<Promise<void>>,
  waitMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const wake = new Promise<void>((resolve) => {
    onAbort = () => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (waitMs !== undefined) timer = setTimeout(resolve, Math.ceil(waitMs));
  });
  await Promise.race([...running, wake]);
  clearTimeout(timer);
  if (onAbort) signal.removeEventListener('abort', onAbort);
}
