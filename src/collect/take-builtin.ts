import type { Step } from '../model/plan.ts';
import type { BuiltinName } from '../model/profile.ts';
import type { Builtin } from './builtin/builtin.ts';
import { clocks } from './builtin/clocks.ts';
import { crashDumps } from './builtin/crash-dumps.ts';
import { deletedFiles } from './builtin/deleted-files.ts';
import { diskUsage } from './builtin/disk-usage.ts';
import { environment } from './builtin/environment.ts';
import { hardwareSummary } from './builtin/hardware-summary.ts';
import { kernelLog } from './builtin/kernel-log.ts';
import { processes } from './builtin/processes.ts';
import { space } from './builtin/space.ts';
import { limitOf, samplePrefix, type TakeContext } from './take-context.ts';

const builtins: Readonly<Record<BuiltinName, { readonly path: string; readonly run: Builtin }>> = {
  'kernel-log': { path: 'sonae/kernel-log.txt', run: kernelLog },
  processes: { path: 'sonae/processes.txt', run: processes },
  'deleted-files': { path: 'sonae/deleted-files.txt', run: deletedFiles },
  space: { path: 'sonae/space.txt', run: space },
  'disk-usage': { path: 'sonae/disk-usage.txt', run: diskUsage },
  clocks: { path: 'sonae/clocks.txt', run: clocks },
  environment: { path: 'environment', run: environment },
  'crash-dumps': { path: 'sonae/crash-dumps.txt', run: crashDumps },
  'hardware-summary': { path: 'sonae/summary.json', run: hardwareSummary },
};

/** Where a built-in collector's evidence goes in the bundle. */
export function builtinPath(name: BuiltinName): string {
  return builtins[name].path;
}

/** Runs a collector written in code and stores what it gives, also when it fails half-way or does not end. */
export async function takeBuiltin(
  step: Step,
  name: BuiltinName,
  context: TakeContext,
): Promise<void> {
  const { path, run } = builtins[name];
  const evidence = context.sink.open({
    step,
    source: { builtin: name },
    path: samplePrefix(step) + path,
    limitBytes: limitOf(step, context),
    keep: 'head',
  });
  const deadline = AbortSignal.timeout(step.item.limits.timeMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  try {
    for await (const piece of run({ ...context, signal })) {
      evidence.write(Buffer.from(piece, 'utf8'));
      if (evidence.isFull || signal.aborted) break;
    }
  } catch (error) {
    await evidence.close({ state: 'failed', reason: (error as Error).message });
    return;
  }
  if (deadline.aborted) {
    const reason = `not done within ${step.item.limits.timeMs / 1000} s; what was there until then was kept`;
    await evidence.close({ state: 'timed-out', reason });
  } else if (context.signal.aborted) {
    await evidence.close({ state: 'truncated', reason: 'the run was ended' });
  } else await evidence.close({ state: 'collected' });
}
