import { printable } from '../../std/printable.ts';
import type { TakeContext } from '../take-context.ts';

/** Files that were deleted but are still open: the space `df` counts and `du` cannot find. */
export async function* deletedFiles({ system, signal }: TakeContext): AsyncIterable<string> {
  const found = await system.find(['/proc/[0-9]*/fd/*'], { limit: 200_000, timeoutMs: 20_000 });
  const deleted = found.entries.filter(
    ({ stat }) => stat.target?.endsWith(' (deleted)') && stat.target.startsWith('/'),
  );
  yield 'bytes\tpid\tfd\tpath\n';
  for (const { path, stat } of deleted.slice(0, 2000)) {
    if (signal.aborted) return;
    // Through the link the open file itself answers, though its name is gone.
    const open = await system.stat(path, { follow: true, timeoutMs: 5000 });
    const bytes = open.state === 'known' ? open.stat.size : '?';
    const [, , pid, , fd] = path.split('/');
    yield `${bytes}\t${pid}\t${fd}\t${printable(stat.target ?? '')}\n`;
  }
  if (deleted.length > 2000) yield `# ${deleted.length - 2000} more\n`;
  for (const problem of found.problems.slice(0, 5)) yield `# ${problem.path}: ${problem.why}\n`;
  if (found.stopped) yield `# the search ended early: ${found.stopped}\n`;
}
