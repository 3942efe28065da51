import { stat } from 'node:fs/promises';
import { SonaeError } from '../model/error.ts';
import { openInput } from './input-file.ts';
import { explained } from './io-error.ts';

const mostBytes = 512 * 1024;

/** A file with keys or a passphrase that a person named; a link is followed. Throws a SonaeError that says why not. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const input = await openInput(path);
  try {
    if (input.kind !== 'file' || (input.size ?? 0) > mostBytes) {
      throw new SonaeError('E_USAGE', `${path} is no file of keys: it is larger than 512 KiB`);
    }
    const buffer = Buffer.alloc(mostBytes);
    return buffer.subarray(0, await input.read(buffer, 0));
  } finally {
    await input.close();
  }
}

/** Refuses a file with a secret that anybody but its owner can write, or anybody but owner and group can read. */
export async function refuseOpenSecret(path: string): Promise<void> {
  const { mode } = await explained('look at', path, () => stat(path));
  if ((mode & 0o027) === 0) return;
  throw new SonaeError('E_REFUSED', `${path} holds a secret, and others can read or change it`, {
    hint: `Close it, and change the secret if others may have seen it: chmod 600 ${path}`,
  });
}
