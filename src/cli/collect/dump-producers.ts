import { join } from 'node:path';
import type { Producer } from '../../collect/take-producer.ts';
import { parseKdumpConf } from '../../kdump/parse/kdump-conf.ts';
import { parseShellVariables } from '../../kdump/parse/text.ts';
import type { System } from '../../model/system.ts';
import { pageOfDump } from '../dump-page.ts';

/** Where the kdump tools of every family put dumps unless told otherwise. */
const defaultPlace = '/var/crash';
const dumpName = /^(?:vmcore(?:\.flat|-incomplete|\.\d+)?|dump\.\d+|dump-incomplete)$/;

/** Dumps that are looked into, the newest first: old ones were reported in their time. */
const dumpLimit = 3;

/** The page of each recent dump of this machine, as evidence for a bundle; never the dump itself. */
export async function dumpProducers(system: System): Promise<readonly Producer[]> {
  const places = await crashFolders(system);
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

// A relative path or a URL (SUSE's `nfs://...`) is a place on another machine: not ours to look into.
async function crashFolders(system: System): Promise<readonly string[]> {
  const configured = [
    parseKdumpConf(await textOf(system, '/etc/kdump.conf')).values.get('path'),
    parseShellVariables(await textOf(system, '/etc/default/kdump-tools')).values.get(
      'KDUMP_COREDIR',
    ),
    parseShellVariables(await textOf(system, '/etc/sysconfig/kdump')).values.get('KDUMP_SAVEDIR'),
  ].map((place) => place?.replace(/^file:\/\//, ''));
  const local = configured.filter((place) => place?.startsWith('/') && place !== '/');
  return [...new Set([defaultPlace, ...(local as string[])])];
}

async function textOf(system: System, path: string): Promise<string> {
  const read = await system.readFile(path, { limitBytes: 65_536 });
  return read.state === 'known' ? read.bytes.toString('utf8') : '';
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
