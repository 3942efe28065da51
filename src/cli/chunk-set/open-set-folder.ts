import { setFiles } from '../../chunks/chunk-set.ts';
import type { OutputFolder } from '../../model/storage.ts';

/** The folder of a chunk set, named by itself or by its manifest. */
export async function openSetFolder(path: string): Promise<OutputFolder> {
  const { openOutputFolder } = await import('../../host/storage.ts');
  const suffix = `/${setFiles.manifest}`;
  if (path === setFiles.manifest) return openOutputFolder('.');
  return openOutputFolder(path.endsWith(suffix) ? path.slice(0, -suffix.length) || '/' : path);
}
