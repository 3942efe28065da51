import { lstat, readdir, readFile } from 'node:fs/promises';
import { SonaeError } from '../model/error.ts';
import { openInput, openRegular } from './input-file.ts';
import { isLocal, mountOf, readMounts } from './mount-table.ts';

/** Text of a small file that a person wrote, and where it was found. */
export interface SmallFile {
  readonly file: string;
  readonly text: string;
}

/** What a folder held, and what in it could not be read. */
export interface FolderOfFiles {
  readonly files: readonly SmallFile[];
  readonly problems: readonly { readonly file: string; readonly why: string }[];
}

const mostFiles = 200;
const mostBytes = 512 * 1024;

/**
 * The YAML files of a folder by name: regular files only, links not followed, sizes bounded. A folder that is not
 * there is empty. One on a network file system is left alone: on a troubled machine opening it may never return.
 */
export async function readYamlFolder(folder: string): Promise<FolderOfFiles> {
  const mount = mountOf(folder, readMounts());
  if (mount && !isLocal(mount)) {
    return {
      files: [],
      problems: [{ file: folder, why: `left alone: it is on ${mount.fsType}, which may hang` }],
    };
  }
  const names = await namesOf(folder);
  if (!Array.isArray(names)) return { files: [], problems: [{ file: folder, why: names.why }] };
  const files: SmallFile[] = [];
  const problems: { file: string; why: string }[] = [];
  const wanted = names.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.')).sort();
  for (const name of wanted.slice(0, mostFiles)) {
    const file = `${folder}/${name}`;
    try {
      if (!(await lstat(file)).isFile())
        problems.push({ file, why: 'not a regular file: left out' });
      else files.push({ file, text: await readText(file, openRegular) });
    } catch (error) {
      problems.push({ file, why: error instanceof Error ? error.message : String(error) });
    }
  }
  if (wanted.length > mostFiles)
    problems.push({ file: folder, why: `more than ${mostFiles} files: the rest is left out` });
  return { files, problems };
}

/** A YAML file named by a person; a link is followed, since they named it. Throws a SonaeError that says why not. */
export async function readYamlFile(file: string): Promise<SmallFile> {
  return { file, text: await readText(file, openInput) };
}

/** The same for a file that need not be there; a link that leads nowhere is not the same as nothing. */
export async function readYamlFileIfAny(file: string): Promise<SmallFile | undefined> {
  const isThere = await lstat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  return isThere ? readYamlFile(file) : undefined;
}

/** A file that came with the package; undefined when this package (a checkout) has none. */
export async function readShippedFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function namesOf(folder: string): Promise<string[] | { why: string }> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? [] : { why: message };
  }
}

async function readText(file: string, open: typeof openInput): Promise<string> {
  const input = await open(file);
  try {
    const buffer = Buffer.alloc(Math.min(input.size ?? mostBytes, mostBytes) + 1);
    const length = await input.read(buffer, 0);
    if (length > mostBytes) {
      throw new SonaeError(
        'E_USAGE',
        `${file} is larger than ${mostBytes / 1024} KiB: this was not written by a person`,
      );
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    await input.close();
  }
}
