import { setFiles } from '../../chunks/chunk-set.ts';
import type { OutputFolder } from '../../model/storage.ts';
import { setAmongOthers } from './set-among-others.ts';

const amongOthers = new RegExp(`^(?:(?<folder>.*)/)?(?<stem>[^/]+)\\.${setFiles.manifest}$`, 's');

/** The folder of a chunk set, named by itself or by its manifest; also one that lies among others, `STEM.chunk-set.json`. */
export async function openSetFolder(path: string): Promise<OutputFolder> {
  const { openOutputFolder } = await import('../../host/storage.ts');
  const suffix = `/${setFiles.manifest}`;
  if (path === setFiles.manifest) return openOutputFolder('.');
  if (path.endsWith(suffix)) return openOutputFolder(path.slice(0, -suffix.length) || '/');
  const { folder, stem } = amongOthers.exec(path)?.groups ?? {};
  if (stem === undefined) return openOutputFolder(path);
  return setAmongOthers(await openOutputFolder(folder === '' ? '/' : (folder ?? '.')), stem);
}
