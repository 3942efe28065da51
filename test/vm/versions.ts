import { spawnSync } from 'node:child_process';

/** The commit that last changed the program: those after it, and a record of this run, do not. */
export function programVersion(): string {
  const program = ['--', 'src', 'bin', 'profiles', 'package.json'];
  const commit = firstLine('git', ['log', '-1', '--format=%h', ...program]);
  return `${commit}${firstLine('git', ['status', '--porcelain', ...program]) ? '-dirty' : ''}`;
}

/** The first line that a command prints. */
export function firstLine(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'unknown';
}
