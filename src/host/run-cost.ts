import { constants, setPriority } from 'node:os';
import type { RunCost } from '../model/bundle.ts';
import { readProc } from './process-table.ts';
import type { OpenSystem } from './system.ts';

/** What this process and its finished children have cost so far. */
export function readRunCost(system: OpenSystem, bytesWritten: number): RunCost {
  const usage = process.resourceUsage();
  const ticks = childTicks();
  return {
    cpuSeconds: round((usage.userCPUTime + usage.systemCPUTime) / 1e6),
    ...(ticks === undefined ? {} : { childCpuSeconds: round(ticks / 100) }),
    peakResidentBytes: usage.maxRSS * 1024,
    childrenStarted: system.cost.childrenStarted,
    childrenAbandoned: system.cost.childrenAbandoned,
    bytesWritten,
  };
}

/** Takes the lowest processor and I/O priority, for us and every child: a sick machine comes first. */
export async function yieldToOthers(system: OpenSystem): Promise<void> {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid it (seccomp); the evidence is worth more than the manners.
  }
  // Class 3 is idle; `ionice -p` changes a running process, children inherit it. Not there on a minimal system: no harm.
  await system.run(['ionice', '-c', '3', '-p', String(process.pid)], { timeoutMs: 2000 });
}

// cutime and cstime of proc_pid_stat(5), in hundredths of a second on every Linux that Node runs on; not known without /proc.
function childTicks(): number | undefined {
  const text = readProc('/proc/self/stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[13]) + Number(fields[14]);
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
