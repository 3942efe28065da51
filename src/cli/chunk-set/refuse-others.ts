import type { ChunkSet } from '../../chunks/chunk-set.ts';
import { SonaeError } from '../../model/error.ts';
import type { OutputFolder } from '../../model/storage.ts';
import { printable } from '../../std/printable.ts';

/** Refuses a folder with chunks of another set: `cat NAME.zst.*` would take them too; who uses it must know what is what. */
export async function refuseOthers(folder: OutputFolder, set: ChunkSet): Promise<void> {
  const { findExtra } = await import('../../chunks/verify.ts');
  const [other, ...more] = findExtra(set.chunks, await folder.list());
  if (other === undefined) return;
  const count = more.length === 0 ? '' : ` and ${more.length} more`;
  throw new SonaeError(
    'E_REFUSED',
    `${folder.path} holds chunks that are not of this set: ${printable(other)}${count}`,
    { hint: 'Put them away: foreign data does not mix.' },
  );
}
