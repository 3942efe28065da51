import type { Plan, Step } from '../model/plan.ts';
import { shellWord } from '../std/shell-word.ts';
import { formatCount, formatDuration, formatSize } from '../std/units.ts';

/** What a run would do, in its order, and what it would not do and why: for `--dry-run`. */
export function renderPlan(plan: Plan): string {
  const lines = plan.steps.map(
    (step) => `  ${String(step.item.volatility).padEnd(3)}${step.id.padEnd(34)} ${takeText(step)}`,
  );
  const skips = plan.skips.map(
    ({ id, state, reason }) => `  ${state.padEnd(15)}${id.padEnd(34)} ${reason}`,
  );
  return [
    `Would take ${formatCount(plan.steps.length, 'step')} of ${plan.profiles.join(', ')}, the most volatile first. Nothing was run or written.`,
    '',
    ...lines,
    '',
    `Would not take ${plan.skips.length}:`,
    ...skips,
    '',
  ].join('\n');
}

function takeText({ take, item, sample }: Step): string {
  const limits = `(at most ${formatDuration(item.limits.timeMs)}, ${formatSize(item.limits.bytes)})`;
  const again = sample > 1 ? ` after ${formatDuration(item.samples.intervalMs)}` : '';
  switch (take.kind) {
    case 'run':
      return `run ${take.argv.map(shellWord).join(' ')} ${limits}${again}`;
    case 'read':
      return `read ${take.paths.join(' ')} ${limits}${again}`;
    case 'builtin':
      return `built-in ${take.name} ${limits}${again}`;
    default:
      return take satisfies never;
  }
}
