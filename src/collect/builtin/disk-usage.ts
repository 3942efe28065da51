import type { TakeContext } from '../take-context.ts';

const mostRows = 200;

/** The largest folders of the root file system and of /var, without crossing into others; as far as a minute reaches. */
export async function* diskUsage({ system, signal }: TakeContext): AsyncIterable<string> {
  for (const start of ['/', '/var', '/home']) {
    const run = await system.run(['du', '-x', '-k', '--max-depth=4', '--', start], {
      timeoutMs: 60_000,
      limitBytes: 32 * 1024 * 1024,
      signal,
    });
    const rows = run.stdout
      .toString('utf8')
      .split('\n')
      .map((row) => ({ row, kib: Number.parseInt(row, 10) }))
      .filter(({ kib }) => kib >= 1024)
      .sort((a, b) => b.kib - a.kib);
    yield `# ${start}: KiB, largest ${Math.min(mostRows, rows.length)} of ${rows.length} folders of at least 1 MiB\n`;
    for (const { row } of rows.slice(0, mostRows)) yield `${row}\n`;
    if (run.state !== 'exited')
      yield `# the walk of ${start} ended early (${run.state}): the sums are incomplete\n`;
    yield '\n';
  }
}
