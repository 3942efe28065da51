import { basename, resolve } from 'node:path';
import { type ChunkSet, setFiles } from '../../chunks/chunk-set.ts';
import { loadFinishedSet } from '../../chunks/load-chunk-set.ts';
import { readSmallFile } from '../../chunks/read-small-file.ts';
import { renderSums } from '../../chunks/sha256sums.ts';
import { encryptionSuffixes } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { OutputFolder } from '../../model/storage.ts';
import { orderSet, type ShipmentFile } from '../../upload/shipment.ts';
import { type HashedFile, hashIfThere } from '../bundle/file-digest.ts';
import { openSetFolder } from '../chunk-set/open-set-folder.ts';
import { refuseOthers } from '../chunk-set/refuse-others.ts';
import type { Context } from '../context.ts';
import { refuseForeign } from '../ownership.ts';
import { type Departure, type Expected, refuseUnredacted } from './departure.ts';

/** Holds a chunk set against its manifest, chunk by chunk, and what is expected of it. Throws before anything is sent. */
export async function departSet(
  context: Context,
  path: string,
  expected: Expected,
): Promise<Departure> {
  const folder = await openSetFolder(path);
  const set = await loadFinishedSet(folder);
  refuseForeign(path, set, expected);
  await refuseOthers(folder, set);
  await refuseOtherSums(folder, set);
  if (set.original.sourceName.includes('UNREDACTED')) refuseUnredacted(path, expected);
  warnOfDump(context, path, set);
  const { files, hashed } = await hashFiles(context, folder, set, expected);
  const { setId, case: caseId, owner } = set;
  return {
    shipment: {
      kind: 'chunk-set',
      path,
      name: folderName(folder),
      id: setId,
      ...(caseId === undefined ? {} : { case: caseId }),
      ...(owner === undefined ? {} : { owner }),
      files,
    },
    folder: resolve(folder.path),
    ownership: set,
    hashed,
  };
}

function warnOfDump({ reporter }: Context, path: string, { original, encryption }: ChunkSet): void {
  if (original.dump === undefined || encryption !== undefined) return;
  reporter.emit({
    type: 'warning',
    message: `${path} is a dump in the clear: it holds what was in memory, passwords, keys and data of users among it`,
    hint: 'sonae split --encrypt-to KEY makes a set that only the centre can open.',
  });
}

async function refuseOtherSums(folder: OutputFolder, set: ChunkSet): Promise<void> {
  const right = renderSums(set);
  const found = await readSmallFile(folder, setFiles.sums, right.length * 2 + 65536);
  if (found?.toString('utf8') === right) return;
  const what = found === undefined ? 'is missing' : `does not say what ${setFiles.manifest} says`;
  throw new SonaeError('E_INTEGRITY', `${folder.path}/${setFiles.sums} ${what}`, {
    hint: 'Nothing was sent. Split again, or copy the set again from where it was made.',
  });
}

interface Hashed {
  readonly files: readonly ShipmentFile[];
  readonly hashed: ReadonlyMap<string, HashedFile>;
}

async function hashFiles(
  context: Context,
  folder: OutputFolder,
  set: ChunkSet,
  { isFlat, arrived }: Expected,
): Promise<Hashed> {
  const chunks = new Map(set.chunks.map((chunk) => [chunk.name, chunk]));
  const files: ShipmentFile[] = [];
  const hashed = new Map<string, HashedFile>();
  const bad: string[] = [];
  for (const names of orderSet(await namesOf(folder, set), { isFlat })) {
    const chunk = chunks.get(names.name);
    if (chunk !== undefined && arrived.get(names.name) === chunk.sha256) {
      files.push({ ...names, bytes: chunk.bytes, sha256: chunk.sha256 });
      continue;
    }
    const found = await hashIfThere(() => folder.open(names.name), context);
    if (chunk !== undefined && found?.sha256 !== chunk.sha256)
      bad.push(`${names.name} (${found === undefined ? 'not there' : 'its digest differs'})`);
    if (found === undefined) continue;
    files.push({ ...names, bytes: found.bytes, sha256: found.sha256 });
    hashed.set(names.name, found);
  }
  if (bad.length > 0) throw damaged(folder, bad);
  return { files, hashed };
}

async function namesOf(folder: OutputFolder, { original, chunks, encryption, ...set }: ChunkSet) {
  const there = new Set(await folder.list());
  const page = `inspect.txt${encryption === undefined ? '' : encryptionSuffixes[encryption.format]}`;
  const about = [setFiles.sums, setFiles.readme, page, setFiles.manifest];
  return {
    folder: folderName(folder),
    stem: `${set.case === undefined ? '' : `${set.case}_`}${original.name}`,
    chunks: chunks.map(({ name }) => name),
    about: about.filter((name) => there.has(name)),
  };
}

function damaged(folder: OutputFolder, bad: readonly string[]): SonaeError {
  const shown = bad.slice(0, 3).join(', ');
  const more = bad.length > 3 ? ` and ${bad.length - 3} more` : '';
  return new SonaeError('E_INTEGRITY', `${folder.path} is damaged: ${shown}${more}`, {
    hint: 'Nothing was sent. sonae verify tells all of it; split again, or copy those again from where they were made.',
  });
}

function folderName(folder: OutputFolder): string {
  return basename(resolve(folder.path)) || 'chunks';
}
