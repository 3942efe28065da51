import type { Encryption } from '../model/encryption.ts';
import type { OutputFile, OutputFolder } from '../model/storage.ts';
import { encryptedBody, encryptedStreamBody } from './encrypted-body.ts';
import type { OutputBody, TakeBytes } from './output-body.ts';

/** Where a bundle goes while it is made, and how it becomes a finished one. */
export interface BundleOutput extends Omit<OutputBody, 'fileSha256' | 'abandon'> {
  /** Where it will be found; undefined for stdout. */
  readonly path?: string;
  /** Who can decrypt it; absent when it is not encrypted. */
  readonly receivers?: readonly string[];
  /** Gives back the room that was kept for the last entries. */
  releaseReserve(): Promise<void>;
  /** Gives the file its name and its digest file; to be called once it has been proved. */
  publish(archiveSha256: string): Promise<PublishedFile>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** A bundle that has its name, or went through a pipe. */
export interface PublishedFile {
  readonly bytes: number;
  /** Absent when it was not encrypted and could not be read again. */
  readonly sha256?: string;
}

/** Held while collecting, given back for the manifest when the disk is full. */
const reserveBytes = 512 * 1024;

/** What a bundle in a folder is called, how much room it leaves, and for whom it is encrypted. */
export interface FilePlace {
  readonly name: string;
  /** Tells the next run whose leftovers these are. */
  readonly partialName: string;
  /** Left alone on the file system. */
  readonly keepFreeBytes: number;
  readonly encryption?: Encryption;
}

/** A bundle in a folder, under a hidden partial name until it is proved. */
export async function fileOutput(folder: OutputFolder, place: FilePlace): Promise<BundleOutput> {
  const { name, partialName, encryption } = place;
  const reserveName = `${partialName}.reserve`;
  const file = await folder.create(partialName);
  try {
    await writeReserve(folder, reserveName);
  } catch (error) {
    await file.close();
    await folder.remove(partialName);
    throw error;
  }
  let hasReserve = true;
  const releaseReserve = async () => {
    if (hasReserve) await folder.remove(reserveName);
    hasReserve = false;
  };
  const room = async () => (await folder.freeBytes()) - place.keepFreeBytes;
  const readFile = async (take: TakeBytes) => {
    await file.sync();
    await folder.readBack(partialName, { start: 0, end: file.written }, take);
  };
  const body =
    encryption === undefined
      ? plainBody(file, room, readFile)
      : encryptedBody({ encryption, file, room, readFile });
  let hasName = false;
  return {
    ...body,
    path: `${folder.path}/${name}`,
    ...receiversOf(encryption),
    releaseReserve,
    async publish(archiveSha256) {
      const sha256 = body.fileSha256?.() ?? archiveSha256;
      await file.close();
      await releaseReserve();
      await folder.giveName(partialName, name);
      hasName = true;
      await folder.publish(`${name}.sha256`, Buffer.from(`${sha256}  ${name}\n`));
      await folder.sync();
      return { bytes: file.written, sha256 };
    },
    async discard() {
      await body.abandon();
      await file.close().catch(() => undefined); // closed already: only the names matter now
      await releaseReserve();
      if (!hasName) await folder.remove(partialName);
    },
  };
}

/** A bundle on its way through a pipe (`--output -`): it cannot be cut back or read again. */
export function streamOutput(
  write: (bytes: Buffer) => Promise<void>,
  encryption?: Encryption,
): BundleOutput {
  let written = 0;
  const counted = async (bytes: Buffer) => {
    await write(bytes);
    written += bytes.length;
  };
  const body =
    encryption === undefined
      ? plainStreamBody(counted, () => written)
      : encryptedStreamBody(encryption, counted);
  return {
    ...body,
    ...receiversOf(encryption),
    async releaseReserve() {},
    async publish() {
      const sha256 = body.fileSha256?.();
      return { bytes: written, ...(sha256 === undefined ? {} : { sha256 }) };
    },
    discard: () => body.abandon(),
  };
}

function receiversOf(encryption: Encryption | undefined): Pick<BundleOutput, 'receivers'> {
  return encryption === undefined ? {} : { receivers: encryption.receivers };
}

function plainBody(
  file: OutputFile,
  room: () => Promise<number>,
  readBack: (take: TakeBytes) => Promise<void>,
): OutputBody {
  return {
    sink: {
      get written() {
        return file.written;
      },
      write: (bytes) => file.write(bytes),
      truncate: (length) => file.truncate(length),
      claim: async (bytes) => bytes <= (await room()),
    },
    async finish() {},
    readBack,
    async abandon() {},
  };
}

function plainStreamBody(
  write: (bytes: Buffer) => Promise<void>,
  written: () => number,
): OutputBody {
  return {
    sink: {
      get written() {
        return written();
      },
      write,
    },
    async finish() {},
    async abandon() {},
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
