import type { System } from '../../model/system.ts';

/** A small text file without its last newline; undefined when there is none to be had. */
export async function readText(
  system: System,
  path: string,
  limitBytes = 65_536,
): Promise<string | undefined> {
  const read = await system.readFile(path, { limitBytes, timeoutMs: 5000 });
  return read.state === 'known' ? read.bytes.toString('utf8').replace(/\n$/, '') : undefined;
}
