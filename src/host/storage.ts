import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SonaeError } from '../model/error.ts';
import type { OutputFile, OutputFolder } from '../model/storage.ts';
import { openRegular } from './input-file.ts';
import { explained } from './io-error.ts';
import { outputFile } from './output-file.ts';
import { readBackRange, type WindowPool } from './read-back.ts';

const flags = constants;
const createFlags = flags.O_WRONLY | flags.O_CREAT | flags.O_EXCL | flags.O_NOFOLLOW;

/** Opens the folder results go to, making it (0700) when `isMade` and it is not there. */
export async function openOutputFolder(
  path: string,
  { isMade = false }: { readonly isMade?: boolean } = {},
): Promise<OutputFolder> {
  if (isMade) await explained('make', path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  const handle = await explained('open', path, () =>
    open(path, flags.O_RDONLY | flags.O_DIRECTORY),
  );
  await handle.close();
  const windows: WindowPool = [];
  const at = (name: string) => join(path, checkedName(name));
  return {
    path,
    create: (name) => createFile(at(name)),
    reopen: (name) => reopenFile(at(name)),
    open: (name) => openRegular(at(name)),
    readBack: (name, range, take) => readBackRange(at(name), range, take, windows),
    publish: (name, bytes, { isForEveryone = false } = {}) =>
      publishFile(path, checkedName(name), bytes, isForEveryone ? 0o644 : 0o600),
    rename: (from, to) => explained('rename', at(from), () => rename(at(from), at(to))),
    giveName: (from, to) => explained('create', at(to), () => giveName(at(from), at(to))),
    remove: (name) => explained('remove', at(name), () => unlink(at(name))),
    list: async () => (await explained('list', path, () => readdir(path))).sort(),
    async freeBytes() {
      const { bavail, bsize } = await explained('measure', path, () => statfs(path));
      return bavail * bsize;
    },
    sync: () => syncFolder(path),
  };
}

// A hard link is refused where the name is taken, which a rename is not. Not every file system has links (vfat, some FUSE).
async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    await refuseTaken(to);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

async function refuseTaken(path: string): Promise<void> {
  const isTaken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new SonaeError('E_EXISTS', `${path} exists already`);
}

/** A plain file name: what a folder or a manifest may name without leading out of it. */
export function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\0]/.test(name) &&
    Buffer.byteLength(name) <= 255
  );
}

function checkedName(name: string): string {
  if (isPlainName(name)) return name;
  throw new SonaeError('E_REFUSED', `not a plain file name: ${JSON.stringify(name)}`);
}

async function createFile(path: string): Promise<OutputFile> {
  const handle = await explained('create', path, () => open(path, createFlags, 0o600));
  return outputFile(handle, path, 0);
}

async function reopenFile(path: string): Promise<OutputFile> {
  const handle = await explained('open', path, () =>
    open(path, flags.O_WRONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK),
  );
  const stat = await handle.stat();
  if (stat.isFile()) return outputFile(handle, path, stat.size);
  await handle.close();
  throw new SonaeError('E_REFUSED', `cannot write ${path}: it is not a regular file`);
}

async function publishFile(
  folder: string,
  name: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  await refuseToReplace(join(folder, name));
  const temporary = join(
    folder,
    `.${name.slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`,
  );
  const file = await createFile(temporary);
  try {
    await file.write(bytes);
    await file.sync();
    await file.close();
    await explained('publish', temporary, () => chmod(temporary, mode));
    await explained('publish', join(folder, name), () => rename(temporary, join(folder, name)));
  } catch (error) {
    // Best effort: what matters to the person is why publishing failed.
    await file.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

// A rename takes the place of whatever has the name: /dev/null would be a regular file from then on.
async function refuseToReplace(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat || stat.isFile() || stat.isDirectory()) return;
  const what = stat.isSymbolicLink() ? 'a symbolic link' : 'a device, a pipe or a socket';
  throw new SonaeError('E_REFUSED', `cannot write ${path}: it is ${what}`, {
    hint: 'Name a regular file, or one that is not there yet.',
  });
}

// Some network and FUSE file systems refuse fsync of a folder; the names are then as safe as they can be.
async function syncFolder(path: string): Promise<void> {
  const handle = await explained('open', path, () =>
    open(path, flags.O_RDONLY | flags.O_DIRECTORY),
  );
  try {
    await handle.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOTSUP') {
      await explained('sync', path, () => Promise.reject(error));
    }
  } finally {
    await handle.close();
  }
}
