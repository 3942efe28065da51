import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

// Others go first, but it still ends on a busy machine.
const niceness = 10;
const ioniceMs = 2000;

/**
 * Makes this process give way to others: nice 10 and idle I/O (by `ionice`, where installed). On Linux both belong to
 * threads, so each of ours is told; those started later inherit. Resolves with what could not be done.
 */
export async function lowerPriority(): Promise<readonly string[]> {
  const threads = readdirSync('/proc/self/task').filter((name) => /^\d+$/.test(name));
  const problems: string[] = [];
  for (const thread of threads) {
    try {
      setPriority(Number(thread), niceness);
    } catch (error) {
      problems.push(`nice: ${(error as Error).message}`);
    }
  }
  const why = await runIonice(threads);
  if (why !== undefined) problems.push(`ionice: ${why}`);
  return problems;
}

function runIonice(threads: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout: ioniceMs,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    };
    execFile('ionice', ['-c', '3', '-p', ...threads], options, (error) => {
      resolve(error === null ? undefined : error.message.split('\n')[0]);
    });
  });
}
