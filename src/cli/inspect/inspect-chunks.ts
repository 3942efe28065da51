import { basename, join } from 'node:path';
import { setFiles } from '../../chunks/chunk-set.ts';
import { openFileSource } from '../../host/file-source.ts';
import type { ByteSource } from '../../model/byte-source.ts';
import { SonaeError } from '../../model/error.ts';
import { formatSize } from '../../std/units.ts';
import type { ToolInput } from '../../vmcore/analysis.ts';
import { quote } from '../../vmcore/page/debuginfo-section.ts';
import { openSetFolder } from '../chunk-set/open-set-folder.ts';
import type { DecryptionOptions } from '../encryption/encryption-options.ts';
import { openSetDecryption, sealed } from '../encryption/open-set-decryption.ts';

/** A dump that is still in chunks, and what of it is not there. */
export interface ChunkedDump {
  readonly source: ByteSource;
  readonly problems: readonly string[];
  readonly toolInput: ToolInput;
}

/** True for the folder of a chunk set, finished or not, by the names in it; `names` is undefined for a file, which may be a manifest. */
export function holdsChunkSet(path: string, names: readonly string[] | undefined): boolean {
  const { manifest, journal } = setFiles;
  if (names === undefined) return basename(path) === manifest || path.endsWith(`.${manifest}`);
  return names.includes(manifest) || names.includes(journal);
}

/** The original of a chunk set as random-access bytes, through its seek table; only the frames needed are unpacked. */
export async function openChunkedDump(path: string, keys: DecryptionOptions): Promise<ChunkedDump> {
  const { loadChunkSet } = await import('../../chunks/load-chunk-set.ts');
  const { openChunkSource } = await import('../../chunks/chunk-source.ts');
  const folder = await openSetFolder(path);
  const loaded = await loadChunkSet(folder);
  const chunks = loaded.state === 'finished' ? loaded.set.chunks : loaded.chunks;
  const ends = chunks.flatMap(({ frames }) => frames.map(({ offset, length }) => offset + length));
  const bytes =
    loaded.state === 'finished'
      ? loaded.set.original.bytes
      : ends.reduce((most, end) => Math.max(most, end), 0);
  const present = new Set(await folder.list());
  const missing = chunks.filter(({ name }) => !present.has(name)).map(({ name }) => name);
  const problems: string[] = [];
  if (loaded.state === 'unfinished') {
    problems.push(`The chunk set is not finished: ${formatSize(bytes)} of the dump are in it.`);
  }
  if (missing.length > 0) {
    const named = missing.slice(0, 5).join(', ');
    problems.push(`${missing.length} of ${chunks.length} chunks are missing: ${named}.`);
  }
  const sealing = loaded.state === 'finished' ? loaded.set : { ...loaded.header, chunks };
  const decryption = await openSetDecryption(sealing, folder, keys);
  if (sealing.encryption !== undefined && decryption === undefined) throw sealed(sealing, path);
  const { openAgeSource } = await import('../../encrypt/age-file.ts');
  const source = openChunkSource({ chunks, name: path, bytes }, (name) => {
    if (!present.has(name)) return undefined;
    const file = openFileSource(join(folder.path, name));
    if (decryption === undefined) return file;
    try {
      return openAgeSource(file, decryption.identities);
    } catch (error) {
      file.close();
      if (error instanceof SonaeError) return undefined; // damaged: as if it were missing
      throw error;
    }
  });
  const isWhole = loaded.state === 'finished' && missing.length === 0;
  const original = loaded.state === 'finished' ? loaded.set.original.name : 'vmcore';
  const command = `sonae join ${quote(path)}${isWhole ? '' : '   # when all chunks are there'}`;
  return { source, problems, toolInput: { files: [original], command } };
}
