import { readdirSync, readFileSync } from 'node:fs';

/** What /proc/PID/stat tells about a process (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly session: number;
}

/** One process; undefined when it is gone. The command name may hold anything, so the fields start behind the last `)`. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  const close = text?.lastIndexOf(')') ?? -1;
  if (text === undefined || close < 0) return undefined;
  const fields = text.slice(close + 2).split(' ');
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, close),
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    session: Number(fields[3]),
  };
}

/** Where a process sleeps in the kernel; empty when not readable. */
export function readWchan(pid: number): string {
  return readProc(`/proc/${pid}/wchan`) ?? '';
}

/** All descendants of a process, and all of its session: those that a group kill would miss (`setsid`). */
export function descendantsOf(root: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcessStat(Number(name)))
    .filter((process) => process !== undefined);
  const family = new Set([root]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const { pid, ppid, session } of all) {
      if (family.has(ppid) || session === root) family.add(pid);
    }
  }
  family.delete(root);
  return [...family];
}

/** A file of /proc; undefined when the process is gone, is not ours to look at, or /proc is not there. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
