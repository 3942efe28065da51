import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Producer } from '../collect/collect-bundle.ts';
import { runCommand } from '../host/run-command.ts';
import type { System } from '../model/system.ts';

/** Where the kdump tools of every family put dumps unless told otherwise. */
const places = ['/var/crash'];
const dumpName = /^(?:vmcore(?:\.flat|-incomplete|\.\d+)?|dump\.\d+|dump-incomplete)$/;

/** Dumps that are looked into, the newest first: old ones were reported in their time. */
const dumpLimit = 3;

/** An analysis takes a second or two; a dump on a sick disk must not hold up the bundle. */
const timeoutMs = 60_000;

/** The page of each recent dump of this machine, as evidence for a bundle; never the dump itself. */
export async function dumpProducers(system: System): Promise<readonly Producer[]> {
  const found = await system.find(places, { limit: 5000, timeoutMs: 15_000 });
  return found.entries
    .filter(({ path, stat }) => stat.kind === 'file' && dumpName.test(baseName(path)))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs)
    .slice(0, dumpLimit)
    .map(({ path }, index) => ({
      id: `crash-dump-page[${index + 1}]`,
      path: `sonae/crash-dump-${index + 1}.txt`,
      produce: (signal) => pageOfDump(join(system.root, path), signal),
    }));
}

/** The page of one dump, made in a child of its own with a deadline: reading a dump may hang on its disk. */
export async function pageOfDump(path: string, signal: AbortSignal): Promise<string> {
  const program = fileURLToPath(new URL('../../bin/sonae.js', import.meta.url));
  const argv = [process.execPath, program, 'inspect', path, '--no-color'];
  const run = await runCommand(argv, { timeoutMs, signal, limitBytes: 16 * 1024 * 1024 });
  // An incomplete dump ends with 3 or 5 and still has a page.
  if (run.stdout.length > 0) return run.stdout.toString('utf8');
  throw new Error(`no page of ${path}: ${run.stderr.toString('utf8').trim() || run.state}`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
