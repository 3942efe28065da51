import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../model/byte-source.ts';
import { SonaeError } from '../model/error.ts';

/**
 * A file as random-access bytes, by synchronous positioned reads; nothing is kept in memory. Opened without
 * following into a FIFO's wait (`O_NONBLOCK`). Throws `SonaeError` when the path is absent, denied or not a file.
 */
export function openFileSource(path: string): ByteSource {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw cannotOpen(path, error as NodeJS.ErrnoException);
  }
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    closeSync(descriptor);
    throw new SonaeError('E_INPUT_ABSENT', `${path} is not a regular file`, {
      hint: 'Give the path of a dump file. A device such as /proc/kcore or a partition is not read.',
    });
  }
  return {
    name: path,
    size: stat.size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, stat.size - offset));
      if (!(wanted > 0) || offset < 0) return Buffer.alloc(0);
      const bytes = Buffer.allocUnsafe(wanted);
      let filled = 0;
      while (filled < wanted) {
        const count = readOnce(descriptor, bytes, filled, wanted - filled, offset + filled);
        if (count <= 0) break;
        filled += count;
      }
      return filled === wanted ? bytes : bytes.subarray(0, filled);
    },
    close: () => closeSync(descriptor),
  };
}

// A bad sector or a vanished NFS server ends a read early: what is there is used, the rest counts as missing.
function readOnce(
  descriptor: number,
  bytes: Buffer,
  at: number,
  length: number,
  position: number,
): number {
  try {
    return readSync(descriptor, bytes, at, length, position);
  } catch {
    return -1;
  }
}

function cannotOpen(path: string, error: NodeJS.ErrnoException): SonaeError {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new SonaeError('E_PERMISSION', `cannot read ${path}: permission denied`, {
      hint: 'Dumps belong to root and have mode 0600: run as root.',
      cause: error,
    });
  }
  const why = error.code === 'ENOENT' ? 'no such file' : (error.code ?? error.message);
  return new SonaeError('E_INPUT_ABSENT', `cannot open ${path || "''"}: ${why}`, { cause: error });
}
