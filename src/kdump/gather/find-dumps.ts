import { absent, type Fact, known, unreadable } from '../../model/fact.ts';
import type { System } from '../../model/system.ts';
import type { DumpFile } from '../facts.ts';

/** All files below a folder in which dumps lie; other file systems are not entered. */
export async function findDumps(
  system: System,
  folder: string,
): Promise<Fact<readonly DumpFile[]>> {
  if (!folder.startsWith('/') || folder === '/')
    return unreadable(folder, 'not a local dump folder');
  const there = await system.stat(folder, { follow: true });
  if (there.state === 'absent') return absent(folder);
  if (there.state === 'unreadable') return unreadable(folder, there.why);
  // With the slash, a link is entered: /var/crash often is one, to where there is room.
  const found = await system.find([`${folder}/`], { limit: mostFiles, isOneFileSystem: true });
  if (found.stopped === 'timeout') return unreadable(folder, 'the folder did not answer');
  if (found.stopped === 'limit')
    return unreadable(folder, `more than ${mostFiles} files are below it`);
  const denied = found.problems.find(({ path }) => path === folder);
  if (denied) return unreadable(folder, denied.why);
  return known(
    found.entries
      .filter(({ stat }) => stat.kind === 'file')
      .map(({ path, stat }) => ({
        path,
        bytes: stat.size,
        mtimeMs: stat.mtimeMs,
        mode: stat.mode,
      })),
    folder,
  );
}

// A share can hold the dumps of a whole fleet.
const mostFiles = 20_000;
