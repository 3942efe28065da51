import type { Decrypt } from '../model/encryption.ts';
import type { Reporter } from '../model/event.ts';
import { formatSize } from '../std/units.ts';
import { type ByteRange, type Chunk, type ChunkSet, setFiles, setLimits } from './chunk-set.ts';
import type { Crew } from './crew.ts';
import { parseJournal } from './journal.ts';
import type { SetFolder } from './load-chunk-set.ts';
import { looksLikeChunk } from './names.ts';
import { openProgress } from './progress.ts';
import { readSmallFile } from './read-small-file.ts';
import { renderSums } from './sha256sums.ts';
import { type ChunkWalk, walkSet } from './walk-set.ts';

/** What became of one chunk. */
export const chunkStates = [
  'good',
  'missing',
  'truncated', // shorter than it should be
  'too-long', // whole, with something behind it
  'swapped', // holds another chunk of this set, which `holds` names
  'damaged', // some bytes are not what they were
  'foreign', // right size or not, nothing of it belongs to this set
  'unreadable', // the medium or a permission; not known to be bad
] as const;
export type ChunkState = (typeof chunkStates)[number];

/** One chunk, and which bytes of the original it takes with it. */
export interface ChunkReport {
  readonly name: string;
  readonly state: ChunkState;
  /** For people; empty when good. */
  readonly says: string;
  readonly affected: readonly ByteRange[];
  /** Of a swapped one: the chunk whose bytes it has, whole. Renaming restores that one. */
  readonly holds?: string;
}

/** The whole check. */
export interface VerifyReport {
  readonly chunks: readonly ChunkReport[];
  /** `not-checked`: something is missing or bad, so its digest cannot be computed. */
  readonly original: 'good' | 'not-checked' | 'mismatch';
  /** Chunk-like files that the manifest does not name, and a journal of another set. */
  readonly extra: readonly string[];
  /** About the other files of the set. */
  readonly problems: readonly string[];
  /** Names of the chunks to send again: those that are not here under any name of the set. */
  readonly resend: readonly string[];
}

/** What verifying needs beside the set. */
export interface VerifyOptions {
  readonly folder: SetFolder;
  readonly crew: Crew;
  /** For chunks that are encrypted; without it they are held against their digests, and the original is not checked. */
  readonly decrypt?: Decrypt;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Checks chunks by size, digest and every frame, and the digest of the original where everything is there. */
export async function verifyChunks(
  chunks: readonly Chunk[],
  expectedSha256: string | undefined,
  { folder, crew, decrypt, reporter, signal }: VerifyOptions,
): Promise<Pick<VerifyReport, 'chunks' | 'original' | 'resend'>> {
  const bySha256 = new Map(chunks.map(({ sha256, name }) => [sha256, name]));
  const reports: ChunkReport[] = [];
  const total = chunks.reduce((sum, { frames }) => sum + lengthOf(frames), 0);
  const progress = openProgress(reporter, { total, done: 0, current: 'verifying' });
  const { sha256 } = await walkSet(chunks, {
    folder,
    crew,
    ...(decrypt === undefined ? {} : { decrypt }),
    signal,
    isChunkHashed: true,
    async onFrame({ frame }) {
      progress.advance(frame.length, frame.packedLength);
    },
    async onChunk(walk) {
      const report = judgeChunk(walk, bySha256);
      reports.push(report);
      if (walk.isSealed) progress.advance(lengthOf(walk.chunk.frames), walk.chunk.bytes);
      reporter.emit({ type: 'item', id: report.name, state: report.state, reason: report.says });
    },
  });
  progress.end();
  const isAllGood = reports.every(({ state }) => state === 'good');
  const isChecked = isAllGood && sha256 !== undefined && expectedSha256 !== undefined;
  return {
    chunks: reports,
    original: !isChecked ? 'not-checked' : sha256 === expectedSha256 ? 'good' : 'mismatch',
    resend: findResend(reports),
  };
}

function findResend(reports: readonly ChunkReport[]): readonly string[] {
  const held = new Set(reports.map(({ holds }) => holds));
  return reports
    .filter(({ name, state }) => state !== 'good' && !held.has(name))
    .map(({ name }) => name);
}

/** The whole check of a finished set, with the files beside the chunks. */
export async function verifySet(set: ChunkSet, options: VerifyOptions): Promise<VerifyReport> {
  const names = await options.folder.list();
  const problems = await checkSums(set, options.folder);
  const checked = await verifyChunks(set.chunks, set.original.sha256, options);
  const extra = findExtra(set.chunks, names);
  const isOther = await hasJournalOfOther(set, options.folder);
  return { ...checked, problems, extra: isOther ? [...extra, setFiles.journal] : extra };
}

/** Files in the folder that look like chunks and are none of this set. */
export function findExtra(chunks: readonly Chunk[], names: readonly string[]): readonly string[] {
  const known = new Set(chunks.map(({ name }) => name));
  return names.filter((name) => looksLikeChunk(name) && !known.has(name));
}

// Its own journal may be left where a run was killed right before the end.
async function hasJournalOfOther(set: ChunkSet, folder: SetFolder): Promise<boolean> {
  const bytes = await readSmallFile(folder, setFiles.journal, setLimits.manifestBytes);
  return (
    bytes !== undefined && parseJournal(bytes.toString('utf8')).journal?.header.setId !== set.setId
  );
}

function judgeChunk(walk: ChunkWalk, bySha256: ReadonlyMap<string, string>): ChunkReport {
  const { chunk, bytes, sha256, badFrames } = walk;
  const whole = [{ offset: chunk.frames[0]?.offset ?? 0, length: lengthOf(chunk.frames) }];
  const affected = joinRanges(badFrames.map(({ frame }) => frame));
  const report = (state: ChunkState, says: string, ranges: readonly ByteRange[]): ChunkReport => ({
    name: chunk.name,
    state,
    says,
    affected: ranges,
  });
  if (bytes === undefined) {
    const says = walk.isAbsent ? 'not there' : (walk.problem ?? 'cannot be opened');
    return report(walk.isAbsent ? 'missing' : 'unreadable', says, whole);
  }
  if (walk.problem !== undefined)
    return report('unreadable', walk.problem, orWhole(affected, whole));
  if (sha256 === chunk.sha256 && badFrames.length === 0) return report('good', '', []);
  const other = sha256 === undefined ? undefined : bySha256.get(sha256);
  if (other !== undefined) {
    return { ...report('swapped', `it holds ${other}`, whole), holds: other };
  }
  if (badFrames.length === chunk.frames.length && bytes > 0 && bytes >= chunk.bytes) {
    const says = 'nothing in it belongs to this set: another set, another case, or overwritten';
    return report('foreign', says, whole);
  }
  if (bytes < chunk.bytes) {
    const says = `${bytes} of ${chunk.bytes} bytes are there (${formatSize(chunk.bytes - bytes)} short)`;
    return report('truncated', says, orWhole(affected, whole));
  }
  if (bytes > chunk.bytes && badFrames.length === 0) {
    return report('too-long', `${bytes - chunk.bytes} bytes too many at the end`, []);
  }
  const says =
    badFrames.length === 0
      ? `its digest differs${walk.isSealed ? '' : ' though every frame unpacks'}`
      : `${badFrames.length} of ${chunk.frames.length} frames: ${badFrames[0]?.problem}`;
  return report('damaged', says, orWhole(affected, whole));
}

// Where no frame can be blamed, any byte of the chunk may be wrong.
function orWhole(ranges: readonly ByteRange[], whole: readonly ByteRange[]): readonly ByteRange[] {
  return ranges.length === 0 ? whole : ranges;
}

function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Neighbouring ranges as one. */
export function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else joined.push({ offset, length });
  }
  return joined;
}

async function checkSums(set: ChunkSet, folder: SetFolder): Promise<readonly string[]> {
  const expected = renderSums(set);
  const bytes = await readSmallFile(folder, setFiles.sums, expected.length * 2 + 65536);
  if (bytes === undefined) return [`${setFiles.sums} is missing`];
  return bytes.toString('utf8') === expected
    ? []
    : [`${setFiles.sums} does not say what ${setFiles.manifest} says`];
}
