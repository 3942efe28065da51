import { createHash, type Hash } from 'node:crypto';
import type { Decrypt } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import type { Chunk } from './chunk-set.ts';

/** A chunk while it is walked: its frames to read, and the file they lie in. */
export interface ChunkFile {
  /** Of the file as it is. */
  readonly bytes: number;
  /** Why the medium did not give all; undefined as long as it did. */
  readonly problem: string | undefined;
  /** Reads where the frames lie; says why where it cannot. Undefined when the chunk is encrypted and no key was given. */
  readonly read: ((buffer: Uint8Array, position: number) => Promise<ReadResult>) | undefined;
  /** SHA-256 of the whole file, of which what was read before is not read again. */
  digest(): Promise<string>;
  close(): Promise<void>;
}

/** How many bytes could be read, and what is wrong with the rest. */
export interface ReadResult {
  readonly length: number;
  readonly problem?: string;
}

const windowBytes = 1024 * 1024;
// A file that is longer than it should be may be another chunk altogether: its digest tells, but not at any price.
const mostExtra = 16 * 1024 * 1024 * 1024;

/** Opens the file of a chunk for reading its frames in order. `isHashed` when `digest` will be asked for. */
export async function openChunkFile(
  file: InputFile,
  chunk: Chunk,
  { decrypt, isHashed }: { readonly decrypt: Decrypt | undefined; readonly isHashed: boolean },
): Promise<ChunkFile> {
  const bytes = file.size ?? 0;
  const raw = rawReader(file, isHashed ? createHash('sha256') : undefined);
  const isSealed = chunk.plainBytes !== undefined;
  // Of a chunk that is too long, the bytes behind its end are not its own.
  const own = { ...file, size: Math.min(bytes, chunk.bytes), read: raw.read };
  const plain = isSealed ? decrypt && (await tryDecrypt(decrypt, own)) : own;
  return {
    bytes,
    get problem() {
      return raw.problem();
    },
    read:
      plain &&
      (async (buffer, position) => {
        if ('problem' in plain) return { length: 0, problem: plain.problem };
        try {
          return { length: await plain.read(buffer, position) };
        } catch (error) {
          if (error instanceof SonaeError) return { length: 0, problem: error.message };
          throw error;
        }
      }),
    digest: () => raw.digest(Math.min(bytes, chunk.bytes + mostExtra)),
    close: () => file.close(),
  };
}

async function tryDecrypt(
  decrypt: Decrypt,
  file: InputFile,
): Promise<InputFile | { readonly problem: string }> {
  try {
    return await decrypt(file);
  } catch (error) {
    if (error instanceof SonaeError) return { problem: error.message };
    throw error;
  }
}

// Hashes what goes by, each byte once: decryption reads the block on a border of two frames twice.
function rawReader(file: InputFile, hash: Hash | undefined) {
  let hashed = 0;
  let problem: string | undefined;
  const readFile = async (buffer: Uint8Array, position: number) => {
    try {
      return await file.read(buffer, position);
    } catch (error) {
      if (error instanceof SonaeError) problem ??= error.message;
      throw error;
    }
  };
  const hashUpTo = async (end: number) => {
    const window = hashed < end ? Buffer.alloc(windowBytes) : Buffer.alloc(0);
    while (hashed < end && problem === undefined) {
      const part = window.subarray(0, Math.min(windowBytes, end - hashed));
      const length = await readFile(part, hashed).catch(() => 0);
      if (length === 0) return;
      hash?.update(part.subarray(0, length));
      hashed += length;
    }
  };
  return {
    problem: () => problem,
    async read(buffer: Uint8Array, position: number): Promise<number> {
      if (hash !== undefined) await hashUpTo(position);
      const length = await readFile(buffer, position);
      const fresh = hashed - position;
      if (hash !== undefined && fresh >= 0 && fresh < length) {
        hash.update(buffer.subarray(fresh, length));
        hashed = position + length;
      }
      return length;
    },
    async digest(end: number): Promise<string> {
      await hashUpTo(end);
      return hash?.digest('hex') ?? '';
    },
  };
}
