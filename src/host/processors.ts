import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Processors this process may really use: the smallest of the affinity mask and the CPU quotas of its control groups,
 * rounded up, at least 1. A container with half a processor must not start sixteen threads.
 */
export function availableProcessors(read: (path: string) => string | undefined = readText): number {
  const quotas = [...groupPaths(read)].flatMap((path) => quotaOf(path, read) ?? []);
  return Math.max(1, Math.ceil(Math.min(availableParallelism(), ...quotas)));
}

// Each group from ours up to the root can hold a limit. v2: one line `0::/path`; v1: `4:cpu,cpuacct:/path`.
function* groupPaths(read: (path: string) => string | undefined): Generator<string> {
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isV2 = controllers === '';
    if (!isV2 && !controllers.split(',').includes('cpu')) continue;
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const below = parts.slice(0, depth).join('/');
      yield `${isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpu'}/${below}`;
    }
  }
}

function quotaOf(group: string, read: (path: string) => string | undefined): number | undefined {
  const v2 = /^(\d+) (\d+)/.exec(read(`${group}/cpu.max`) ?? '');
  const quota = Number(v2?.[1] ?? read(`${group}/cpu.cfs_quota_us`) ?? -1);
  const period = Number(v2?.[2] ?? read(`${group}/cpu.cfs_period_us`) ?? 0);
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // No control groups, or none of this kind: no limit from there.
    return undefined;
  }
}
