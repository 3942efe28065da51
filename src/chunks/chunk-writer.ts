import { createHash, type Hash } from 'node:crypto';
import type { Encryption, EncryptionStream } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { OutputFile, OutputFolder } from '../model/storage.ts';
import type { Frame, ReadBackKind } from './chunk-set.ts';
import type { JournalChunk } from './journal.ts';
import { partialName } from './names.ts';

/** What a writer is told. */
export interface ChunkWriterOptions {
  readonly folder: OutputFolder;
  /** Name of the chunk with this number. */
  readonly name: (index: number) => string;
  readonly chunkBytes: number;
  /** Number of the first chunk to write. */
  readonly firstIndex: number;
  readonly isReadBack: boolean;
  readonly encryption?: Encryption;
  /** Called for each finished chunk, in order, before its number can be used up; records it. */
  readonly onChunk: (chunk: JournalChunk) => Promise<void>;
}

/** Writes frames into chunks, in order, and finishes each: sync, read back, compare, rename, record. */
export interface ChunkWriter {
  /** Adds one frame; `prefixSha256` is the digest of the original up to its end. */
  add(packed: Uint8Array, range: FrameRange, prefixSha256: string): Promise<void>;
  /** Finishes what is open, also when it is smaller than it could be. Resolves when everything is recorded. */
  finish(): Promise<void>;
  /** Gives up what is open; finished chunks stay. */
  abandon(): Promise<void>;
}

/** Where a frame lies in the original. */
export interface FrameRange {
  readonly offset: number;
  readonly length: number;
}

interface OpenChunk {
  readonly name: string;
  readonly file: OutputFile;
  readonly hash: Hash;
  readonly frames: Frame[];
  readonly settled: SettledPart;
  /** On its way to the file, where it is encrypted. */
  readonly sealing: EncryptionStream | undefined;
  /** Of the file. */
  bytes: number;
  /** Of the frames. */
  packedBytes: number;
  prefixSha256: string;
}

// How far a chunk was synced and read back while it was still growing.
interface SettledPart {
  readonly hash: Hash;
  end: number;
  running: Promise<void> | undefined;
  isDirect: boolean;
}

// Syncing and reading back in steps keeps the disk busy beside the processors and leaves little to wait for at the end.
const settleBytes = 16 * 1024 * 1024;

/** Opens a writer. Errors of the disk reject the call that meets them or the next one. */
export function openChunkWriter(options: ChunkWriterOptions): ChunkWriter {
  const { folder, chunkBytes, isReadBack, encryption } = options;
  let index = options.firstIndex;
  let open: OpenChunk | undefined;
  let finishing: Promise<void> = Promise.resolve();

  async function begin(): Promise<OpenChunk> {
    const name = options.name(index);
    index += 1;
    const file = await folder.create(partialName(name));
    const settled = { hash: createHash('sha256'), end: 0, running: undefined, isDirect: true };
    const chunk: OpenChunk = {
      name,
      file,
      hash: createHash('sha256'),
      frames: [],
      settled,
      sealing: encryption?.open((bytes) => append(chunk, bytes)),
      bytes: 0,
      packedBytes: 0,
      prefixSha256: '',
    };
    return chunk;
  }

  async function append(chunk: OpenChunk, bytes: Uint8Array): Promise<void> {
    await chunk.file.write(bytes);
    chunk.hash.update(bytes);
    chunk.bytes += bytes.length;
  }

  function hasRoom(chunk: OpenChunk, length: number): boolean {
    const packed = chunk.packedBytes + length;
    return (encryption?.bound(packed) ?? packed) <= chunkBytes;
  }

  async function giveUp(chunk: OpenChunk): Promise<void> {
    await chunk.sealing?.abandon();
    await chunk.settled.running?.catch(() => undefined);
    await chunk.file.close().catch(() => undefined); // closed already: only the name matters
    await folder.remove(partialName(chunk.name));
  }

  async function settle(chunk: OpenChunk, end: number): Promise<void> {
    await chunk.file.sync();
    if (!isReadBack) return;
    const { settled } = chunk;
    const range = { start: settled.end, end };
    const { isDirect } = await folder.readBack(partialName(chunk.name), range, (bytes) => {
      settled.hash.update(bytes);
    });
    settled.isDirect &&= isDirect;
    settled.end = end;
  }

  // In whole MiB, because reading past the page cache begins at multiples of a page.
  function settleAhead(chunk: OpenChunk): void {
    const end = Math.floor(chunk.bytes / 2 ** 20) * 2 ** 20;
    const { settled } = chunk;
    if (settled.running !== undefined || end - settled.end < settleBytes || !isReadBack) return;
    settled.running = settle(chunk, end).then(() => {
      settled.running = undefined;
    });
    // Whoever finishes the chunk awaits it again and is told.
    settled.running.catch(() => undefined);
  }

  async function complete(chunk: OpenChunk): Promise<void> {
    await chunk.sealing?.end();
    const { file, name, bytes, packedBytes, frames, prefixSha256, settled } = chunk;
    await settled.running;
    await settle(chunk, bytes);
    const sha256 = chunk.hash.digest('hex');
    if (isReadBack && settled.hash.digest('hex') !== sha256) {
      throw new SonaeError('E_INTEGRITY', `${name} reads back differently from what was written`, {
        hint: 'The storage or its path is failing. Write to another disk.',
      });
    }
    await file.close();
    await folder.rename(partialName(name), name);
    await folder.sync();
    const readBack: ReadBackKind = !isReadBack ? 'none' : settled.isDirect ? 'direct' : 'cached';
    const plain = chunk.sealing === undefined ? {} : { plainBytes: packedBytes };
    await options.onChunk({
      chunk: { name, bytes, sha256, ...plain, frames },
      prefixSha256,
      readBack,
    });
  }

  async function close(): Promise<void> {
    if (open === undefined) return;
    const chunk = open;
    open = undefined;
    // One chunk is finished beside the one being filled, not more.
    try {
      await finishing;
    } catch (error) {
      await giveUp(chunk); // nothing is finished behind a gap
      throw error;
    }
    finishing = complete(chunk).catch(async (error: unknown) => {
      // Encrypted, it has no end and nobody can read it. Otherwise its frames may be all that is left of the input.
      if (chunk.sealing !== undefined) await giveUp(chunk);
      throw error;
    });
    finishing.catch(() => undefined);
  }

  return {
    async add(packed, { offset, length }, prefixSha256) {
      if (open !== undefined && !hasRoom(open, packed.length)) await close();
      open ??= await begin();
      const chunk = open;
      try {
        await (chunk.sealing?.write(packed) ?? append(chunk, packed));
      } catch (error) {
        if (chunk.sealing === undefined) {
          // Cut back to whole frames: what is there is then good.
          await chunk.file.truncate(chunk.bytes);
        } else {
          // What was sealed cannot be cut back and sealed differently (docs/adr/0005).
          open = undefined;
          await giveUp(chunk);
        }
        throw error;
      }
      const packedOffset = chunk.packedBytes;
      chunk.frames.push({ offset, length, packedOffset, packedLength: packed.length });
      chunk.packedBytes += packed.length;
      chunk.prefixSha256 = prefixSha256;
      settleAhead(chunk);
    },
    async finish() {
      if (open?.frames.length === 0) await this.abandon();
      await close();
      await finishing;
    },
    async abandon() {
      const chunk = open;
      open = undefined;
      await finishing.catch(() => undefined);
      if (chunk !== undefined) await giveUp(chunk);
    },
  };
}
