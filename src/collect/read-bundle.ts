import { createHash } from 'node:crypto';
import { SonaeError } from '../model/error.ts';
import type { Codec } from './archive/codec.ts';
import { type ArchiveListener, archiveReader } from './archive/read-archive.ts';

/** Pushes the bytes of an archive, in order, from its first. A buffer may be used again once `take` has resolved. */
export type Feed = (take: (bytes: Uint8Array) => Promise<void>) => Promise<void>;

/** Somebody who looks at a bundle while it is read. */
export interface BundleReader extends ArchiveListener {
  /** Does what had to wait for a pause between two pieces. */
  settle?(): Promise<void>;
}

/** The archive file itself. */
export interface ArchiveDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Reads a bundle once, from its first byte to its last, for all who want to look at it. Throws E_INTEGRITY when it
 * cannot be read.
 */
export async function readBundle(
  codec: Pick<Codec, 'decompressor'>,
  feed: Feed,
  readers: readonly BundleReader[],
): Promise<ArchiveDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  const archive = archiveReader(codec, {
    onEntry(entry) {
      for (const reader of readers) reader.onEntry(entry);
    },
    onContent(content) {
      for (const reader of readers) reader.onContent(content);
    },
    onEntryEnd() {
      for (const reader of readers) reader.onEntryEnd();
    },
  });
  const settle = async () => {
    for (const reader of readers) await reader.settle?.();
  };
  try {
    await feed(async (piece) => {
      hash.update(piece);
      bytes += piece.length;
      await archive.push(piece);
      await settle();
    });
    await archive.end();
    await settle();
  } catch (error) {
    if (error instanceof SonaeError) throw error;
    throw new SonaeError('E_INTEGRITY', `the archive cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}
