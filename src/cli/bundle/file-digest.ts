import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { SonaeError } from '../../model/error.ts';
import type { FileIdentity, InputFile } from '../../model/storage.ts';
import { formatSize } from '../../std/units.ts';
import type { Context } from '../context.ts';

/** Of a file as it is. */
export interface FileDigest {
  readonly sha256: string;
  readonly bytes: number;
}

/** The same, with what the file was when it was hashed. */
export interface HashedFile extends FileDigest {
  readonly identity: FileIdentity;
}

/** Hands the bytes of a file to `take`, in order, and tells how far it is. */
export async function feed(
  input: InputFile,
  take: (bytes: Uint8Array) => Promise<void>,
  { reporter, signal }: Context,
): Promise<void> {
  const buffer = Buffer.alloc(1024 * 1024);
  for (let position = 0; ; ) {
    if (signal.aborted)
      throw new SonaeError(
        'E_INTERRUPTED',
        `stopped after ${formatSize(position)}: nothing can be said of the rest`,
      );
    const length = await input.read(buffer, position);
    if (length === 0) return;
    await take(buffer.subarray(0, length));
    position += length;
    reporter.emit({
      type: 'progress',
      unit: 'bytes',
      done: position,
      current: `reading ${basename(input.path)}`,
      ...(input.size === undefined ? {} : { total: input.size }),
    });
  }
}

/** The digest of a file, all of which is read. */
export async function digestOf(input: InputFile, context: Context): Promise<FileDigest> {
  const hash = createHash('sha256');
  await feed(input, async (bytes) => void hash.update(bytes), context);
  return { sha256: hash.digest('hex'), bytes: input.size ?? 0 };
}

/** Opens, hashes and closes a file; undefined when it is not there. */
export async function hashIfThere(
  open: () => Promise<InputFile>,
  context: Context,
): Promise<HashedFile | undefined> {
  const input = await open().catch((error: unknown) => {
    if (error instanceof SonaeError && error.code === 'E_INPUT_ABSENT') return undefined;
    throw error;
  });
  if (input === undefined) return undefined;
  try {
    return { ...(await digestOf(input, context)), identity: input.identity };
  } finally {
    await input.close();
  }
}
