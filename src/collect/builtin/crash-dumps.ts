import { printable } from '../../std/printable.ts';
import type { TakeContext } from '../take-context.ts';

// Where the kdump tools of each family write by default.
const places = [
  '/var/crash',
  '/var/lib/kdump',
  '/var/spool/abrt',
  '/var/lib/systemd/coredump',
  '/var/lib/systemd/pstore',
];
const dumpName =
  /^(?:vmcore|vmcore\.flat|vmcore-incomplete|vmcore\.\d+|dump\.\d+|.*\.crash|core\..*)$/;

/** The crash dumps that lie on this machine: where, how big, from when, and how to send one. Never their bytes. */
export async function* crashDumps({ system }: TakeContext): AsyncIterable<string> {
  const found = await system.find(places, { limit: 5000, timeoutMs: 15_000 });
  const dumps = found.entries.filter(
    ({ path, stat }) =>
      stat.kind === 'file' && dumpName.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  yield `# ${dumps.length} crash dumps below ${places.join(' ')}\n`;
  yield 'bytes\tmodified\tpath\n';
  for (const { path, stat } of dumps.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs)) {
    yield `${stat.size}\t${new Date(stat.mtimeMs).toISOString()}\t${printable(path)}\n`;
  }
  for (const { path, why } of found.problems) yield `# ${path}: ${why}\n`;
  if (dumps.length > 0) yield '# to send one: sonae split FILE --size 1G --output FOLDER\n';
}
