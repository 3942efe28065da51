import { createHash } from 'node:crypto';
import { SonaeError } from '../model/error.ts';
import type { Reporter } from '../model/event.ts';
import type { InputFile, OutputFolder } from '../model/storage.ts';
import type { Crew } from './crew.ts';
import { endOf, type Journal, type JournalChunk } from './journal.ts';
import { openProgress } from './progress.ts';
import type { SplitReader } from './split-reader.ts';

/** Where to go on: the chunks that are good, the offset behind them, and the digest up to there. */
export interface ResumePoint {
  readonly chunks: readonly JournalChunk[];
  readonly offset: number;
  readonly sha256: string;
}

interface Surroundings {
  readonly input: InputFile;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Reads every chunk of the journal again; the good ones up to the first bad one. What follows a bad one is removed. */
export async function checkResumable(
  folder: OutputFolder,
  journal: Journal,
  { input, reporter, signal }: Surroundings,
): Promise<readonly JournalChunk[]> {
  checkSameInput(journal, input);
  const good: JournalChunk[] = [];
  let problem: string | undefined;
  const total = journal.chunks.reduce((sum, { chunk }) => sum + chunk.bytes, 0);
  const progress = openProgress(reporter, { total, done: 0, current: 'checking finished chunks' });
  for (const entry of journal.chunks) {
    if (signal.aborted) throw interrupted();
    problem = await findChunkProblem(folder, entry);
    if (problem !== undefined) break;
    good.push(entry);
    progress.advance(entry.chunk.bytes, entry.chunk.bytes);
  }
  if (problem !== undefined) {
    reporter.emit({ type: 'warning', message: `${problem}: it is written again` });
    for (const { chunk } of journal.chunks.slice(good.length)) {
      // It may be the one that is missing.
      await folder.remove(chunk.name).catch(() => undefined);
    }
  }
  return good;
}

/** Reads the input again up to where writing goes on: proves that it is the same, and rebuilds the running digest. */
export async function rehashPrefix(
  // The reader of the run: bad places of the first part are zeros again, and listed again.
  reader: SplitReader,
  crew: Crew,
  chunks: readonly JournalChunk[],
  { reporter, signal }: Omit<Surroundings, 'input'>,
): Promise<ResumePoint> {
  const end = endOf(chunks.map(({ chunk }) => chunk));
  const expected = chunks.at(-1)?.prefixSha256;
  if (expected === undefined) return { chunks, offset: 0, sha256: '' };
  const progress = openProgress(reporter, { total: end, done: 0, current: 'checking the input' });
  const hashing: Promise<string>[] = [];
  let offset = 0;
  while (offset < end) {
    if (signal.aborted) throw interrupted();
    const slot = await crew.take();
    const wanted = slot.plain.subarray(0, Math.min(slot.plain.length, end - offset));
    const length = await reader.read(wanted, offset);
    if (length === 0) throw otherInput(`it ends at ${offset}, ${end} bytes were split before`);
    const digest = crew.hash(slot, length).finally(() => crew.give(slot));
    digest.catch(() => undefined);
    hashing.push(digest);
    if (hashing.length > 64) await hashing.shift();
    offset += length;
    progress.advance(length, 0);
  }
  const sha256 = (await hashing.at(-1)) ?? '';
  if (sha256 !== expected) throw otherInput(`its first ${end} bytes are not those split before`);
  return { chunks, offset: end, sha256 };
}

/** Removes what a stopped run left half-written. */
export async function removeLeftovers(folder: OutputFolder): Promise<void> {
  for (const name of await folder.list()) {
    if (/^\..+\.zst\.\d{3,7}(?:\.(?:age|gpg))?\.partial$/.test(name)) await folder.remove(name);
  }
}

function checkSameInput({ header }: Journal, input: InputFile): void {
  if (header.input === undefined || input.kind === 'pipe') return;
  if (header.input.bytes !== input.size) {
    throw otherInput(`${input.size} bytes, ${header.input.bytes} when splitting began`);
  }
  if (input.kind === 'file' && header.input.mtimeMs !== input.identity.mtimeMs) {
    throw otherInput('it was modified since splitting began');
  }
}

function otherInput(why: string): SonaeError {
  return new SonaeError('E_INPUT_CHANGED', `the input is not the one of this set: ${why}`, {
    hint: 'Split it into a new folder.',
  });
}

function interrupted(): SonaeError {
  return new SonaeError('E_INTERRUPTED', 'interrupted while checking what is there already', {
    hint: 'Nothing was lost; --resume begins the check again.',
  });
}

async function findChunkProblem(
  folder: OutputFolder,
  { chunk }: JournalChunk,
): Promise<string | undefined> {
  try {
    const file = await folder.open(chunk.name);
    const size = file.size ?? 0;
    await file.close();
    if (size !== chunk.bytes) return `${chunk.name} has ${size} bytes, expected ${chunk.bytes}`;
    const hash = createHash('sha256');
    await folder.readBack(chunk.name, { start: 0, end: size }, (bytes) => void hash.update(bytes));
    return hash.digest('hex') === chunk.sha256 ? undefined : `${chunk.name} is damaged`;
  } catch (error) {
    if (error instanceof SonaeError) return error.message;
    throw error;
  }
}
