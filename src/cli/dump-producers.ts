import { join } from 'node:path';
import type { Producer } from '../collect/collect-bundle.ts';
import type { System } from '../model/system.ts';
import { pageOfDump } from './dump-page.ts';

/** Where the kdump tools of every family put dumps unless told otherwise. */
const places = ['/var/crash'];
const dumpName = /^(?:vmcore(?:\.flat|-incomplete|\.\d+)?|dump\.\d+|dump-incomplete)$/;

/** Dumps that are looked into, the newest first: old ones were reported in their time. */
const dumpLimit = 3;

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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
