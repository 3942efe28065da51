import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ReadBack } from '../model/storage.ts';
import { allocatePageAligned } from '../std/page-aligned.ts';
import { explained } from './io-error.ts';

// O_DIRECT wants memory, offsets and lengths in multiples of the device's block; 4096 suits all in use.
const windowBytes = 1024 * 1024;

/** Windows to read back through; kept, because the memory of each is returned to the system late. */
export type WindowPool = Uint8Array[];

/**
 * Reads a range of a file past the page cache where the file system can do that, so that what is compared is what the
 * device gives, not what we handed to the kernel a moment ago. Elsewhere (tmpfs, some network and FUSE file systems)
 * through the cache, and says so.
 */
export async function readBackRange(
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
  take: (bytes: Uint8Array) => void | Promise<void>,
  pool: WindowPool,
): Promise<ReadBack> {
  const window = pool.pop() ?? new Uint8Array(allocatePageAligned(windowBytes), 0, windowBytes);
  try {
    return await readThrough(window, path, { start, end }, take);
  } finally {
    pool.push(window);
  }
}

async function readThrough(
  window: Uint8Array,
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
  take: (bytes: Uint8Array) => void | Promise<void>,
): Promise<ReadBack> {
  const direct = await openDirect(path);
  if (direct !== undefined) {
    try {
      const bytes = await readWindows(direct, window, path, { start, end }, take);
      if (bytes !== undefined) return { bytes, isDirect: true };
    } finally {
      await direct.close();
    }
  }
  const cached = await explained('read back', path, () =>
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW),
  );
  try {
    const bytes = await readWindows(cached, window, path, { start, end }, take);
    return { bytes: bytes ?? 0, isDirect: false };
  } finally {
    await cached.close();
  }
}

async function openDirect(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return undefined;
    return explained('read back', path, () => Promise.reject(error));
  }
}

// Undefined when the very first read is refused as misaligned: the file system wants something else than 4096.
async function readWindows(
  handle: FileHandle,
  window: Uint8Array,
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
  take: (bytes: Uint8Array) => void | Promise<void>,
): Promise<number | undefined> {
  let position = start;
  while (position < end) {
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(window, 0, window.length, position));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINVAL' && position === start) return undefined;
      return explained(`read back at offset ${position} of`, path, () => Promise.reject(error));
    }
    if (bytesRead === 0) break;
    const wanted = Math.min(bytesRead, end - position);
    await take(window.subarray(0, wanted));
    position += wanted;
  }
  return position - start;
}
