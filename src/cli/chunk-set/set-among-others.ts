import { setFiles } from '../../chunks/chunk-set.ts';
import type { OutputFolder } from '../../model/storage.ts';

const about: readonly string[] = Object.values(setFiles);

/**
 * One set of a folder that holds several: what describes a set is called after it there (docs/formats/upload-receipt.md,
 * names at the remote), and what belongs to others is not in it. To be read, not to be written into.
 */
export function setAmongOthers(folder: OutputFolder, stem: string): OutputFolder {
  return {
    ...folder,
    open: (name) => folder.open(about.includes(name) ? `${stem}.${name}` : name),
    async list() {
      const names = await folder.list();
      return names.flatMap((name) => {
        if (!name.startsWith(`${stem}.`)) return [];
        const rest = name.slice(stem.length + 1);
        if (about.includes(rest)) return [rest];
        return rest.startsWith('zst.') ? [name] : [];
      });
    },
  };
}
