import type { TakeContext } from '../take-context.ts';

/** A summary of hardware and operating system as JSON, by a child that may hang or fail without harm. */
export async function* hardwareSummary(context: TakeContext): AsyncIterable<string> {
  const run = await context.system.run(context.hardwareSummaryArgv, {
    timeoutMs: 20_000,
    limitBytes: 4 * 1024 * 1024,
    signal: context.signal,
  });
  if (run.state !== 'exited' || run.exitCode !== 0)
    throw new Error(`the summary ended early (${run.state})`);
  yield run.stdout.toString('utf8');
}
