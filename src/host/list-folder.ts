import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A regular file in a folder. */
export interface FolderFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** The regular files of a folder, by name; undefined when the path is not a folder or cannot be read. */
export function listFolder(path: string): FolderFile[] | undefined {
  try {
    if (!statSync(path).isDirectory()) return undefined;
    return readdirSync(path)
      .sort()
      .slice(0, 10_000)
      .flatMap((name) => {
        const stat = statSync(join(path, name), { throwIfNoEntry: false });
        return stat?.isFile() ? [{ name, path: join(path, name), size: stat.size }] : [];
      });
  } catch {
    return undefined;
  }
}
