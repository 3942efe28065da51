import type { OutputFolder } from '../model/storage.ts';

/** A file that is read once and written again, perhaps much later. */
export interface WatchedFile {
  /** True when another process wrote it since it was last read or written here; one that went away is nobody's. */
  isChanged(): Promise<boolean>;
  /** Takes it as it is now for the one that is known. */
  note(): Promise<void>;
}

/** Notes how a file is before it is read. */
export async function watchFile(folder: OutputFolder, name: string): Promise<WatchedFile> {
  let known = await stateOf(folder, name);
  return {
    async isChanged() {
      const now = await stateOf(folder, name);
      return now !== undefined && now !== known;
    },
    async note() {
      known = await stateOf(folder, name);
    },
  };
}

// Undefined where there is none that can be read.
async function stateOf(folder: OutputFolder, name: string): Promise<string | undefined> {
  try {
    const file = await folder.open(name);
    const { dev, ino, mtimeMs, size } = await file.currentIdentity().finally(() => file.close());
    return [dev, ino, mtimeMs, size].join();
  } catch {
    return undefined;
  }
}
