import { SonaeError } from '../model/error.ts';
import type { OutputFolder } from '../model/storage.ts';
import { type Chunk, type ChunkSet, setFiles, setLimits } from './chunk-set.ts';
import { type JournalHeader, readJournal } from './journal.ts';
import { parseManifest } from './manifest.ts';
import { readSmallFile } from './read-small-file.ts';

/** The part of a folder that is needed to read a set. */
export type SetFolder = Pick<OutputFolder, 'open' | 'path' | 'list'>;

/** A folder with chunks: finished, or as far as its journal goes. */
export type LoadedSet =
  | { readonly state: 'finished'; readonly set: ChunkSet }
  | {
      readonly state: 'unfinished';
      readonly header: JournalHeader;
      readonly chunks: readonly Chunk[];
    };

/** Reads the manifest of a folder, or the journal where there is none yet. Throws when neither is usable. */
export async function loadChunkSet(folder: OutputFolder): Promise<LoadedSet> {
  const bytes = await readSmallFile(folder, setFiles.manifest, setLimits.manifestBytes);
  if (bytes !== undefined) return { state: 'finished', set: parseOrThrow(bytes, folder.path) };
  const journal = await readJournal(folder);
  if (journal !== undefined) {
    const chunks = journal.chunks.map(({ chunk }) => chunk);
    return { state: 'unfinished', header: journal.header, chunks };
  }
  throw new SonaeError(
    'E_FORMAT',
    `${folder.path} is no chunk set: it has no ${setFiles.manifest}`,
    {
      hint: `Without that file the set is not finished or not whole. The chunks themselves restore with cat and zstd -d.`,
    },
  );
}

/** The set of a folder; throws E_FORMAT when its manifest is missing (unfinished) or breaks a rule of the format. */
export async function loadFinishedSet(folder: OutputFolder): Promise<ChunkSet> {
  const loaded = await loadChunkSet(folder);
  if (loaded.state === 'finished') return loaded.set;
  throw new SonaeError(
    'E_FORMAT',
    `${folder.path} is not finished: ${setFiles.manifest} is missing`,
    {
      hint: 'Finish it where it was made: sonae split ... --resume',
    },
  );
}

function parseOrThrow(bytes: Buffer, path: string): ChunkSet {
  const { set, problems } = parseManifest(bytes.toString('utf8'));
  if (set !== undefined) return set;
  const first = problems.slice(0, 3).join('; ');
  throw new SonaeError('E_FORMAT', `${path}/${setFiles.manifest} cannot be used: ${first}`, {
    hint: 'Ask for this file again; the chunks may be good.',
  });
}
