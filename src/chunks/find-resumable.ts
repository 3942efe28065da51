import { SonaeError } from '../model/error.ts';
import type { OutputFolder } from '../model/storage.ts';
import { type ChunkSet, setFiles } from './chunk-set.ts';
import { type Journal, type JournalHeader, readJournal } from './journal.ts';
import { loadFinishedSet } from './load-chunk-set.ts';
import { looksLikeChunk } from './names.ts';

/** What the person said about going on. */
export interface ResumeWish {
  readonly isResumed: boolean;
  readonly isSizeGiven: boolean;
  readonly isLevelGiven: boolean;
}

/** What a folder is for a split that is about to begin there. */
export type ResumeState =
  | { readonly state: 'empty' }
  | { readonly state: 'unfinished'; readonly journal: Journal }
  | { readonly state: 'finished'; readonly set: ChunkSet };

/**
 * Looks whether to begin in this folder, to go on, or (with `--resume`) that there is nothing left to do. Refuses (E_EXISTS) whatever holds another set or a
 * finished one, and (E_USAGE) to go on in another way than it was begun.
 */
export async function findResumable(
  folder: OutputFolder,
  wanted: JournalHeader,
  { isResumed, isSizeGiven, isLevelGiven }: ResumeWish,
): Promise<ResumeState> {
  const names = await folder.list();
  if (names.includes(setFiles.manifest)) {
    if (isResumed) {
      const set = await loadFinishedSet(folder);
      const isSame =
        set.original.name === wanted.name &&
        set.case === wanted.case &&
        set.owner === wanted.owner &&
        receiversOf(set) === receiversOf(wanted) &&
        (wanted.input === undefined || set.original.bytes === wanted.input.bytes);
      if (isSame) return { state: 'finished', set };
    }
    throw new SonaeError('E_EXISTS', `${folder.path} holds a finished chunk set already`, {
      hint: 'Check it with `sonae verify`, or choose another --output.',
    });
  }
  const journal = await readJournal(folder);
  if (journal === undefined) {
    const foreign = names.find((name) => looksLikeChunk(name) || name === setFiles.sums);
    if (foreign === undefined) return { state: 'empty' };
    throw new SonaeError('E_EXISTS', `${folder.path} holds ${foreign} of another set`, {
      hint: 'Choose another --output.',
    });
  }
  if (!isResumed) {
    throw new SonaeError('E_EXISTS', `${folder.path} holds an unfinished chunk set`, {
      hint: 'Add --resume to go on with it, or choose another --output.',
    });
  }
  const { header } = journal;
  refuseOther('--name', header.name, wanted.name);
  refuseForeign('case', header.case, wanted.case);
  refuseForeign('owner', header.owner, wanted.owner);
  refuseOther('encrypted to', receiversOf(header), receiversOf(wanted));
  if (isSizeGiven) refuseOther('--size', header.chunkBytes, wanted.chunkBytes);
  if (isLevelGiven) refuseOther('--level', header.level, wanted.level);
  return { state: 'unfinished', journal };
}

function receiversOf({ encryption }: Pick<JournalHeader, 'encryption'>): string | undefined {
  return encryption && [...encryption.receivers].sort().join(', ');
}

function refuseForeign(what: string, was: string | undefined, is: string | undefined): void {
  if (was === is) return;
  throw new SonaeError(
    'E_REFUSED',
    `this set was begun for ${named(what, was)}, now it is ${named(what, is)}: foreign data does not mix`,
    { hint: 'Choose another --output, or give the --case and --owner of the first time.' },
  );
}

function named(what: string, value: string | undefined): string {
  return value === undefined ? `no ${what}` : `${what} ${value}`;
}

function refuseOther(what: string, was: string | number | undefined, is: typeof was): void {
  if (was === is) return;
  throw new SonaeError(
    'E_USAGE',
    `${what} was ${was ?? 'not given'} when this set was begun, now ${is ?? 'not given'}`,
    {
      hint: 'Use the same options as the first time.',
    },
  );
}
