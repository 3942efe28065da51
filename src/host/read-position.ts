import { readdirSync, statSync } from 'node:fs';
import type { FileIdentity } from '../model/storage.ts';
import { readProc } from './process-table.ts';

/**
 * How far another process has read in a file: `pos` of its descriptors (proc_pid_fdinfo(5)). It opens the file anew through
 * /dev/fd, so the number of the descriptor is its own affair: the file is known by its inode. Undefined where /proc does not tell.
 */
export function readPosition(
  pid: number,
  { dev, ino }: Pick<FileIdentity, 'dev' | 'ino'>,
): number | undefined {
  const positions = descriptorsOf(pid)
    .filter((descriptor) => isFile(`/proc/${pid}/fd/${descriptor}`, dev, ino))
    .map((descriptor) => readProc(`/proc/${pid}/fdinfo/${descriptor}`) ?? '')
    .map((text) => Number(/^pos:\s*(\d+)/m.exec(text)?.[1] ?? 0));
  return positions.length === 0 ? undefined : Math.max(...positions);
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return []; // it ended, or /proc is not there
  }
}

function isFile(path: string, dev: number, ino: number): boolean {
  try {
    const stat = statSync(path);
    return stat.dev === dev && stat.ino === ino;
  } catch {
    return false; // closed meanwhile
  }
}
