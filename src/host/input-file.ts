import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { SonaeError } from '../model/error.ts';
import type { SentFile } from '../model/remote.ts';
import type { FileIdentity, InputFile } from '../model/storage.ts';
import { deviceNumbers } from './block-device.ts';
import { explained } from './io-error.ts';

/** Opens a file or block device named by the user: read-only, links followed, nothing that could block or be written. */
export async function openInput(path: string): Promise<InputFile> {
  // Without O_NONBLOCK the open of a fifo that nobody writes to would never return.
  const handle = await explained('open', path, () =>
    open(path, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  return describeInput(handle, path);
}

/** Opens a regular file of a folder for reading without following a link. */
export async function openRegular(path: string): Promise<InputFile> {
  return describeRegular(await openWithoutLink(path), path);
}

/** Whether it is one, links not followed; false also where that cannot be told. */
export async function isRegularFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (stat) => stat.isFile(),
    () => false,
  );
}

/** The same, with the descriptor that another process is handed to read it by. */
export async function openToSend(path: string): Promise<SentFile> {
  const handle = await openWithoutLink(path);
  return { ...(await describeRegular(handle, path)), descriptor: handle.fd };
}

function openWithoutLink(path: string): Promise<FileHandle> {
  return explained('open', path, () =>
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
}

async function describeRegular(handle: FileHandle, path: string): Promise<InputFile> {
  const input = await describeInput(handle, path);
  if (input.kind === 'file') return input;
  await input.close();
  throw new SonaeError('E_REFUSED', `cannot open ${path}: it is not a regular file`);
}

/** Standard input, read in order; a file redirected to it counts as a pipe too. */
export function openStandardInput(): InputFile {
  return pipeInput(process.stdin, '-');
}

/** A stream as an input that is read in order, once. */
export function pipeInput(stream: Readable, path: string): InputFile {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  return {
    path,
    kind: 'pipe',
    size: undefined,
    allocatedBytes: 0,
    identity: { dev: 0, ino: 0, mtimeMs: 0 },
    async read(buffer, position) {
      if (position !== offset) throw new Error(`a pipe is at ${offset}, asked for ${position}`);
      let filled = 0;
      while (filled < buffer.length) {
        if (pending.length === 0) {
          const next = await explained('read', path, () => iterator.next());
          if (next.done) break;
          pending = next.value;
        }
        const length = Math.min(pending.length, buffer.length - filled);
        buffer.set(pending.subarray(0, length), filled);
        pending = pending.subarray(length);
        filled += length;
      }
      offset += filled;
      return filled;
    },
    currentIdentity: async () => ({ dev: 0, ino: 0, mtimeMs: 0, size: offset }),
    async close() {
      stream.destroy();
    },
  };
}

async function describeInput(handle: FileHandle, path: string): Promise<InputFile> {
  try {
    const stat = await explained('open', path, () => handle.stat());
    const kind = kindOf(stat, path);
    const size = kind === 'device' ? await deviceSize(stat, path) : stat.size;
    const past = kind === 'file' && hasHoles(stat) ? await openPastCache(path) : undefined;
    return {
      path,
      kind,
      size,
      allocatedBytes: kind === 'device' ? size : stat.blocks * 512,
      identity: identityOf(stat),
      async read(buffer, position) {
        const bytes = await past?.read(buffer, position);
        return bytes ?? readFully(handle, path, buffer, position);
      },
      async currentIdentity() {
        const now = await explained('look at', path, () => handle.stat());
        return { ...identityOf(now), size: kind === 'device' ? size : now.size };
      },
      async close() {
        await past?.close();
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function kindOf(stat: Stats, path: string): 'file' | 'device' {
  if (stat.isFile()) return 'file';
  if (stat.isBlockDevice()) return 'device';
  const what = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a named pipe' : 'a special file';
  throw new SonaeError('E_USAGE', `cannot read ${path}: it is ${what}`, {
    hint: stat.isDirectory()
      ? 'Name one file.'
      : 'Name a regular file; commands that can read a pipe take it as -.',
  });
}

// stat says 0 for a device; the kernel tells its size in sectors of 512 bytes, whatever the device's own are.
async function deviceSize(stat: Stats, path: string): Promise<number> {
  const { major, minor } = deviceNumbers(stat.rdev);
  const file = `/sys/dev/block/${major}:${minor}/size`;
  const sectors = Number((await explained('size', path, () => readFile(file, 'latin1'))).trim());
  if (Number.isSafeInteger(sectors * 512)) return sectors * 512;
  throw new SonaeError('E_REFUSED', `cannot tell the size of ${path} from ${file}`);
}

function identityOf(stat: Stats): FileIdentity {
  return { dev: stat.dev, ino: stat.ino, mtimeMs: stat.mtimeMs };
}

// Reading a hole through the page cache fills the cache with zeros at 0.5 GB/s, and throws out what others need.
function hasHoles(stat: Stats): boolean {
  return stat.size > 64 * 1024 * 1024 && stat.blocks * 512 < stat.size * 0.75;
}

interface PastCache {
  /** Undefined where it cannot be read this way: not aligned, or not offered. */
  read(buffer: Uint8Array, position: number): Promise<number | undefined>;
  close(): Promise<void>;
}

const blockBytes = 4096;

async function openPastCache(path: string): Promise<PastCache | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_DIRECT;
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  return {
    async read(buffer, position) {
      if (buffer.length % blockBytes !== 0 || position % blockBytes !== 0) return undefined;
      try {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        return bytesRead === buffer.length ? bytesRead : undefined;
      } catch {
        // Memory that is not aligned, or a real failure: the ordinary way tells which.
        return undefined;
      }
    },
    close: () => handle.close(),
  };
}

async function readFully(
  handle: FileHandle,
  path: string,
  buffer: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await explained(`read at offset ${position + filled} of`, path, () =>
      handle.read(buffer, filled, buffer.length - filled, position + filled),
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
