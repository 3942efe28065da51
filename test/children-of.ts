import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the living children of a process that have a command name, from /proc. */
export function childrenOf(parent: number | undefined, name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      // proc(5): pid (comm) state ppid ...
      const match = /^\d+ \((.*)\) (\S) (\d+)/s.exec(statOf(pid));
      return match?.[1] === name && match[2] !== 'Z' && Number(match[3]) === parent;
    });
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return ''; // it ended meanwhile
  }
}
