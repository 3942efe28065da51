import { gaveOnlyError } from '../model/missing.ts';
import type { Step } from '../model/plan.ts';
import { takeBuiltin } from './take-builtin.ts';
import { takeCommand } from './take-command.ts';
import type { TakeContext } from './take-context.ts';
import { takeFiles } from './take-files.ts';

/** Takes one step, by what its take says; a command that gave nothing is replaced by its fallback files. */
export async function takeStep(step: Step, context: TakeContext): Promise<void> {
  if (!context.sink.isOpen) {
    context.sink.note(step, 'skipped', 'no room left in the bundle');
    return;
  }
  const { take, item } = step;
  switch (take.kind) {
    case 'run': {
      const record = await takeCommand(step, take.argv, context);
      const gaveNothing =
        record.state === 'failed' ||
        record.state === 'absent' ||
        gaveOnlyError(record) ||
        (record.state === 'timed-out' && record.bytes === 0);
      if (gaveNothing && item.fallback && !context.signal.aborted) {
        const { paths } = item.fallback;
        await takeFiles(step, { paths, except: [], fallbackFor: take.argv }, context);
      }
      break;
    }
    case 'read': {
      const { fallbackFor } = step;
      await takeFiles(step, { ...take, ...(fallbackFor ? { fallbackFor } : {}) }, context);
      break;
    }
    case 'builtin':
      await takeBuiltin(step, take.name, context);
      break;
    default:
      take satisfies never;
  }
}
