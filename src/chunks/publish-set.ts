import type { OutputFolder } from '../model/storage.ts';
import { type ChunkSet, setFiles } from './chunk-set.ts';
import { renderManifest } from './manifest.ts';
import { renderReadme } from './readme.ts';
import { renderSums } from './sha256sums.ts';

/** Writes what makes a folder of chunks a set: the sums, the page for people, and last the manifest. */
export async function publishSet(folder: OutputFolder, set: ChunkSet): Promise<void> {
  await folder.publish(setFiles.sums, Buffer.from(renderSums(set)));
  await folder.publish(setFiles.readme, Buffer.from(renderReadme(set)));
  // Last: its presence is what says that the set is finished.
  await folder.publish(setFiles.manifest, Buffer.from(renderManifest(set)));
}
