import type { OutputFolder } from '../model/storage.ts';

const name = '.chunk-set.ballast';
const bytes = 1024 * 1024;

/** Takes some room of the disk, so that a full one can still be told in the journal once it is dropped. */
export async function layBallast(folder: OutputFolder): Promise<void> {
  await dropBallast(folder);
  const file = await folder.create(name);
  try {
    await file.write(Buffer.alloc(bytes));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the room back. Not being there is what was wanted; anything else is no reason to fail a finished set. */
export async function dropBallast(folder: OutputFolder): Promise<void> {
  await folder.remove(name).catch(() => undefined);
}
