import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';
import { explainIoError } from './io-error.ts';
import { isLocal, mountOf, readMounts } from './mount-table.ts';
import { openSystem } from './system.ts';

/** Where a result goes: a folder that exists, and the file name when the person chose one. */
export interface OutputPlace {
  readonly folder: string;
  readonly name?: string;
}

/** Takes `--output` apart: a folder, or a file in a folder that exists. Throws with the next step when it is neither. */
export function resolveOutputPlace(output: string): OutputPlace {
  const path = resolve(output);
  if (isFolder(path)) return { folder: realpathSync(path) };
  const folder = dirname(path);
  if (isFolder(folder) && !output.endsWith('/'))
    return { folder: realpathSync(folder), name: plainName(basename(path)) };
  throw new SonaeError(
    'E_INPUT_ABSENT',
    `the output folder ${output.endsWith('/') ? path : folder} does not exist`,
    {
      hint: `Make it first: mkdir -p ${output.endsWith('/') ? path : folder}`,
    },
  );
}

/**
 * Throws when nothing answers there, as with a server that is gone: who waits for it hears no Ctrl-C. Local file
 * systems are not asked.
 */
export async function refuseSilentPlace(output: string): Promise<void> {
  const path = resolve(output);
  const mount = mountOf(path, readMounts());
  if (mount === undefined || isLocal(mount)) return;
  const system = openSystem('/');
  try {
    const found = await system.stat(path);
    if (found.state !== 'unreadable' || found.code !== 'ETIMEDOUT') return;
    throw new SonaeError('E_REFUSED', `${mount.point} does not answer: ${found.why}`, {
      hint: 'Choose a place on another file system.',
    });
  } finally {
    system.close();
  }
}

/** One of these is in the root of every Linux system, and in no empty mount point. */
const foldersOfSystem = ['etc', 'usr', 'var', 'proc'];

/** The real path of a folder given as `--root`; throws when it is none, or holds no system. */
export function resolveRoot(root: string): string {
  const path = resolve(root);
  if (isFolder(path)) {
    if (foldersOfSystem.some((name) => isFolder(`${path}/${name}`))) return realpathSync(path);
    throw new SonaeError('E_USAGE', `--root ${root}: there is no system in this folder`, {
      hint: `None of ${foldersOfSystem.join(', ')} is in it: is the image mounted?`,
    });
  }
  throw new SonaeError('E_INPUT_ABSENT', `--root ${root} is not a folder`, {
    hint: 'Mount the image first, read-only.',
  });
}

// `sha256sum -c` and whoever is told the name later must be able to use it as it stands.
function plainName(name: string): string {
  if (printable(name) === name) return name;
  throw new SonaeError('E_USAGE', `the file name ${name} holds characters that cannot be shown`, {
    hint: 'Choose a name without control characters.',
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw explainIoError(error, 'look at', path);
  }
}
