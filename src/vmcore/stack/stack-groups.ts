import type { Task } from '../kernel/tasks.ts';
import type { StackWalk } from './stack-walk.ts';

/** Tasks whose stacks are the same, function by function. */
export interface StackGroup {
  readonly tasks: readonly Task[];
  /** Undefined when the stack of these tasks could not be read. */
  readonly walk: StackWalk | undefined;
}

/** Puts tasks with the same trace together, the biggest group first. */
export function groupStacks(
  stacks: readonly { readonly task: Task; readonly walk: StackWalk | undefined }[],
): StackGroup[] {
  const groups = new Map<string, { tasks: Task[]; walk: StackWalk | undefined }>();
  for (const { task, walk } of stacks) {
    const key = walk
      ? walk.frames
          .map(({ name, module, isReliable }) => `${name} ${module} ${isReliable}`)
          .join('\n')
      : '';
    const group = groups.get(key);
    if (group) group.tasks.push(task);
    else groups.set(key, { tasks: [task], walk });
  }
  return [...groups.values()].sort((a, b) => b.tasks.length - a.tasks.length);
}
