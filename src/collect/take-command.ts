import type { BundleRecord } from '../model/bundle.ts';
import { nothingButError } from '../model/missing.ts';
import type { Step } from '../model/plan.ts';
import type { CommandRun } from '../model/system.ts';
import { commandFileName } from './bundle-layout.ts';
import type { EvidenceEnd } from './evidence-sink.ts';
import { limitOf, samplePrefix, type TakeContext } from './take-context.ts';

/** Runs the command of a step and stores what it says, stderr in line. */
export async function takeCommand(
  step: Step,
  argv: readonly string[],
  context: TakeContext,
): Promise<BundleRecord> {
  const { item } = step;
  const name = item.name ?? commandFileName(argv);
  const suffix = item.name !== undefined && step.device !== undefined ? `_${step.device}` : '';
  const limitBytes = limitOf(step, context);
  const evidence = context.sink.open({
    step,
    source: { command: argv },
    path: `${samplePrefix(step)}sos_commands/${item.plugin}/${name}${suffix}`,
    tailedPath: `${samplePrefix(step)}sos_strings/${item.plugin}/${name}${suffix}.tailed`,
    limitBytes,
    keep: item.keep,
  });
  const run = await context.system.run(argv, {
    timeoutMs: item.limits.timeMs,
    ...(item.limits.idleMs === undefined ? {} : { idleMs: item.limits.idleMs }),
    // Keeping the tail means reading all of it; a flood still ends.
    limitBytes: item.keep === 'tail' ? limitBytes * 40 : limitBytes,
    signal: context.signal,
    mergeStderr: true,
    onOutput: (chunk) => evidence.write(chunk),
  });
  return evidence.close(endOf(run, item.limits.timeMs));
}

function endOf(run: CommandRun, timeMs: number): EvidenceEnd {
  switch (run.state) {
    case 'exited':
      // Many tools exit with other than 0 for reasons that are no failure (grep, systemctl status): the code is recorded.
      if (run.exitCode === 126 || run.exitCode === 127) {
        return {
          state: 'failed',
          reason: `could not be executed (exit ${run.exitCode})`,
          exitCode: run.exitCode,
        };
      }
      return {
        state: 'collected',
        exitCode: run.exitCode,
        ...(run.exitCode !== 0 && run.isAllStderr ? { note: nothingButError } : {}),
      };
    case 'signalled':
      return { state: 'failed', reason: `killed by ${run.signal}`, signal: run.signal };
    case 'timed-out':
      return run.limit === 'wall'
        ? {
            state: 'timed-out',
            reason: `not done within ${timeMs / 1000} s; what it said until then was kept`,
          }
        : { state: 'timed-out', reason: 'fell silent; what it said until then was kept' };
    case 'stopped':
      return run.limit === 'bytes'
        ? { state: 'truncated', reason: 'more than the limit: the first part was kept' }
        : { state: 'truncated', reason: 'the run was ended; what it said until then was kept' };
    case 'abandoned':
      return {
        state: 'abandoned',
        reason: `could not be killed: pid ${run.pid}, state ${run.processState}, waiting in ${run.wchan || 'unknown'}`,
      };
    case 'absent':
      return { state: 'absent', reason: 'not installed' };
    case 'not-started':
      return { state: 'failed', reason: `could not be started: ${run.why}` };
    default:
      return run satisfies never;
  }
}
