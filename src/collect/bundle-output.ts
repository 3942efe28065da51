import type { OutputFile, OutputFolder } from '../model/storage.ts';
import type { ArchiveSink } from './archive/archive-writer.ts';

/** Where a bundle goes while it is made, and how it becomes a finished one. */
export interface BundleOutput {
  readonly sink: ArchiveSink;
  /** Where it will be found; undefined for stdout. */
  readonly path?: string;
  /** Gives back the room that was kept for the last entries. */
  releaseReserve(): Promise<void>;
  /** The bytes as they are on the disk now; absent for stdout. */
  readBack?(take: (bytes: Uint8Array) => Promise<void>): Promise<void>;
  /** Gives the file its name and its digest file; to be called once it has been proved. */
  publish(sha256: string): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** Held while collecting, given back for the manifest when the disk is full. */
const reserveBytes = 512 * 1024;

/**
 * A bundle in a folder, under a hidden partial name until it is proved. `keepFreeBytes` of the file system are left
 * alone. `partialName` tells the next run whose leftovers these are.
 */
export async function fileOutput(
  folder: OutputFolder,
  options: { readonly name: string; readonly partialName: string; readonly keepFreeBytes: number },
): Promise<BundleOutput> {
  const reserveName = `${options.partialName}.reserve`;
  const file = await folder.create(options.partialName);
  try {
    await writeReserve(folder, reserveName);
  } catch (error) {
    await file.close();
    await folder.remove(options.partialName);
    throw error;
  }
  let hasReserve = true;
  const releaseReserve = async () => {
    if (hasReserve) await folder.remove(reserveName);
    hasReserve = false;
  };
  return {
    path: `${folder.path}/${options.name}`,
    sink: fileSink(file, async () => (await folder.freeBytes()) - options.keepFreeBytes),
    releaseReserve,
    async readBack(take) {
      await file.sync();
      await folder.readBack(options.partialName, { start: 0, end: file.written }, take);
    },
    async publish(sha256) {
      await file.close();
      await releaseReserve();
      await folder.rename(options.partialName, options.name);
      await folder.publish(`${options.name}.sha256`, Buffer.from(`${sha256}  ${options.name}\n`));
      await folder.sync();
    },
    async discard() {
      await file.close().catch(() => undefined); // closed already: only the names matter now
      await releaseReserve();
      await folder.remove(options.partialName);
    },
  };
}

/** A bundle on its way through a pipe (`--output -`): it cannot be cut back or read again. */
export function streamOutput(write: (bytes: Buffer) => Promise<void>): BundleOutput {
  let written = 0;
  return {
    sink: {
      get written() {
        return written;
      },
      async write(bytes) {
        await write(bytes);
        written += bytes.length;
      },
    },
    async releaseReserve() {},
    async publish() {},
    async discard() {},
  };
}

function fileSink(file: OutputFile, room: () => Promise<number>): ArchiveSink {
  return {
    get written() {
      return file.written;
    },
    write: (bytes) => file.write(bytes),
    truncate: (length) => file.truncate(length),
    room,
  };
}

// Real bytes, not a hole: room that is only promised is not there when the disk is full.
async function writeReserve(folder: OutputFolder, name: string): Promise<void> {
  const reserve = await folder.create(name);
  try {
    await reserve.write(Buffer.alloc(reserveBytes, 0xa5));
    await reserve.sync();
    await reserve.close();
  } catch (error) {
    await reserve.close().catch(() => undefined); // why writing failed is what matters
    await folder.remove(name);
    throw error;
  }
}
