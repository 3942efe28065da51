import type { Encryption } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { Reporter } from '../model/event.ts';
import type { InputFile, OutputFile, OutputFolder } from '../model/storage.ts';
import { formatSize } from '../std/units.ts';
import { dropBallast, layBallast } from './ballast.ts';
import type { Chunk, ChunkSet, Original, ReadBackKind } from './chunk-set.ts';
import { setFiles } from './chunk-set.ts';
import { type ChunkWriter, openChunkWriter } from './chunk-writer.ts';
import { type Crew, openCrew } from './crew.ts';
import { estimateSize, judgeSpace } from './estimate.ts';
import type { Slot } from './frame-slot.ts';
import { appendJournal, beginJournal, type Journal, type JournalHeader } from './journal.ts';
import { chunkName } from './names.ts';
import { openProgress, type Progress } from './progress.ts';
import { publishSet } from './publish-set.ts';
import { checkResumable, type ResumePoint, rehashPrefix, removeLeftovers } from './resume.ts';
import { openSplitReader, type SplitReader } from './split-reader.ts';
import { zstdParameters } from './zstd-level.ts';

/** What splitting is given: the machine, the plan (as the journal will hold it), and what is known of the original. */
export interface SplitOptions {
  readonly input: InputFile;
  readonly folder: OutputFolder;
  readonly header: JournalHeader;
  /** The journal of an earlier run to go on from. */
  readonly resumed?: Journal;
  readonly jobs: number;
  readonly isReadBack: boolean;
  /** As the header says; each chunk is encrypted on its own. */
  readonly encryption?: Encryption;
  readonly isBadSkipped: boolean;
  /** Begin although the estimate says that the disk is too small. */
  readonly isSpaceIgnored: boolean;
  /** What the manifest says of the original beyond its bytes. */
  readonly label: Pick<Original, 'dump' | 'filter' | 'modifiedAt'>;
  /** Called when the input has ended, to learn that it ended well (a filter's exit status). */
  readonly onInputEnd?: () => Promise<void>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** How it ended: a finished set, or one that `--resume` can continue. */
export type SplitResult =
  | { readonly state: 'complete'; readonly set: ChunkSet }
  | { readonly state: 'interrupted'; readonly chunks: number; readonly originalBytes: number };

/** Splits an original into a chunk set: one pass of read, hash, pack, write, read back; then the manifest. */
export async function splitInput(options: SplitOptions): Promise<SplitResult> {
  const { header, folder, input } = options;
  const crew = openCrew(
    { jobs: options.jobs, frameBytes: header.frameBytes },
    zstdParameters(header.level, header.frameBytes),
  );
  let journalFile: OutputFile | undefined;
  try {
    await removeLeftovers(folder);
    const reader = openSplitReader(input, options.isBadSkipped);
    const start = await findStart(options, crew, reader);
    await checkSpace(options, crew, start.offset);
    const journal = await beginJournal(folder, { header, chunks: start.chunks });
    journalFile = journal;
    await layBallast(folder);
    const chunks: Chunk[] = start.chunks.map(({ chunk }) => chunk);
    const readBacks = new Set<ReadBackKind>(start.chunks.map(({ readBack }) => readBack));
    const writer = openChunkWriter({
      folder,
      name: (index) => chunkName(header, index),
      ...(options.encryption === undefined ? {} : { encryption: options.encryption }),
      chunkBytes: header.chunkBytes,
      firstIndex: chunks.length,
      isReadBack: options.isReadBack,
      async onChunk(finished) {
        await appendJournal(journal, finished);
        chunks.push(finished.chunk);
        readBacks.add(finished.readBack);
        const { name, bytes } = finished.chunk;
        options.reporter.emit({
          type: 'item',
          id: name,
          state: 'finished',
          reason: `${bytes} bytes`,
        });
      },
    });
    const end = await pump(options, { crew, writer, reader, start });
    if (end.state === 'interrupted') {
      return { state: 'interrupted', chunks: chunks.length, originalBytes: end.offset };
    }
    await options.onInputEnd?.();
    await checkUnchanged(input, end.offset);
    const set = describeSet(options, { chunks, readBacks, end, reader });
    await publishSet(folder, set);
    await journal.close();
    journalFile = undefined;
    await folder.remove(setFiles.journal).catch(() => undefined); // the set is finished without it too
    return { state: 'complete', set };
  } finally {
    await crew.close();
    await journalFile?.close();
    await dropBallast(folder);
  }
}

async function findStart(
  options: SplitOptions,
  crew: Crew,
  reader: SplitReader,
): Promise<ResumePoint> {
  if (options.resumed === undefined) return { chunks: [], offset: 0, sha256: '' };
  const good = await checkResumable(options.folder, options.resumed, options);
  return rehashPrefix(reader, crew, good, options);
}

// Estimates before writing anything; a disk that cannot hold the set is refused now and not in an hour.
async function checkSpace(options: SplitOptions, crew: Crew, offset: number): Promise<void> {
  const { input, folder, reporter } = options;
  const estimate = await estimateSize(input, crew);
  const freeBytes = await folder.freeBytes();
  if (estimate === undefined || input.size === undefined) {
    const message = `The size of the result cannot be told before; ${formatSize(freeBytes)} are free.`;
    reporter.emit({ type: 'plan', message });
    return;
  }
  const isEmpty = input.size === 0;
  const share = isEmpty ? 0 : estimate.packedBytes / input.size;
  const { isEnough, message } = judgeSpace(share * (input.size - offset), freeBytes);
  const size = `about ${formatSize(estimate.packedBytes)} (${Math.round(share * 100)} %)`;
  const chunks = Math.max(1, Math.ceil(estimate.packedBytes / options.header.chunkBytes));
  reporter.emit({
    type: 'plan',
    message: `Result: ${size} in ${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}, by samples; ${folder.path} ${message}.`,
  });
  if (isEnough || options.isSpaceIgnored) return;
  throw new SonaeError('E_NO_SPACE', `${folder.path} is too small: it ${message}`, {
    hint: 'Choose another --output, or --ignore-space when the estimate is wrong.',
  });
}

interface Pipeline {
  readonly crew: Crew;
  readonly writer: ChunkWriter;
  readonly reader: SplitReader;
  readonly start: ResumePoint;
}

interface PipelineEnd {
  readonly state: 'ended' | 'interrupted';
  readonly offset: number;
  readonly sha256: string;
}

/** Reads ahead, lets the crew pack and hash, and writes in order. */
async function pump(options: SplitOptions, pipeline: Pipeline): Promise<PipelineEnd> {
  const { crew, writer, reader, start } = pipeline;
  const progress = openProgress(options.reporter, {
    total: options.input.size,
    done: start.offset,
    current: options.header.name,
  });
  let { offset, sha256 } = start;
  let failure: unknown;
  let written: Promise<void> = Promise.resolve();
  try {
    for (let isFirst = start.offset === 0; !options.signal.aborted; isFirst = false) {
      const slot = await crew.take();
      if (failure !== undefined) throw failure;
      const length = await reader.read(slot.plain, offset);
      // An empty original is one empty frame, so that there is something to send and to check.
      if (length === 0 && !isFirst) break;
      const range = { offset, length };
      // Each step waits for the one before and fails with it: nothing is written behind a gap.
      written = passFrame(pipeline, slot, range, progress, written).then((digest) => {
        sha256 = digest;
      });
      written.catch((error: unknown) => {
        failure ??= error;
        crew.give(slot);
      });
      offset += length;
    }
    await written;
    await writer.finish();
    progress.end();
    return { state: options.signal.aborted ? 'interrupted' : 'ended', offset, sha256 };
  } catch (error) {
    await written.catch(() => undefined);
    throw await salvage(options, writer, error);
  }
}

async function passFrame(
  { crew, writer }: Pipeline,
  slot: Slot,
  range: { readonly offset: number; readonly length: number },
  progress: Progress,
  before: Promise<void>,
): Promise<string> {
  const [packedLength, sha256] = await Promise.all([
    crew.pack(slot, range.length),
    crew.hash(slot, range.length),
    before,
  ]);
  await writer.add(slot.packed.subarray(0, packedLength), range, sha256);
  crew.give(slot);
  progress.advance(range.length, packedLength);
  return sha256;
}

// What is on the disk is worth keeping, whatever went wrong: a short last chunk is a chunk too.
async function salvage(
  options: SplitOptions,
  writer: ChunkWriter,
  error: unknown,
): Promise<unknown> {
  await dropBallast(options.folder);
  try {
    await writer.finish();
  } catch {
    // The first error is the one to tell.
    await writer.abandon().catch(() => undefined);
  }
  if (!(error instanceof SonaeError) || error.code !== 'E_NO_SPACE') return error;
  return new SonaeError('E_NO_SPACE', error.message, {
    cause: error,
    hint: 'The finished chunks are good. Make room and run the same command with --resume.',
  });
}

async function checkUnchanged(input: InputFile, offset: number): Promise<void> {
  if (input.kind === 'pipe') return;
  const now = await input.currentIdentity();
  const isSame =
    now.size === input.size &&
    offset === input.size &&
    (input.kind === 'device' || now.mtimeMs === input.identity.mtimeMs);
  if (isSame) return;
  throw new SonaeError(
    'E_INPUT_CHANGED',
    `${input.path} changed while it was read: ${input.size} bytes at first, ${now.size} now, ${offset} read`,
    { hint: 'Wait until whatever writes it is done, then split it into a new folder.' },
  );
}

function describeSet(
  { header, label, input }: SplitOptions,
  {
    chunks,
    readBacks,
    end,
    reader,
  }: {
    readonly chunks: readonly Chunk[];
    readonly readBacks: ReadonlySet<ReadBackKind>;
    readonly end: PipelineEnd;
    readonly reader: SplitReader;
  },
): ChunkSet {
  const weakest = (['none', 'cached', 'direct'] as const).find((kind) => readBacks.has(kind));
  return {
    setId: header.setId,
    ...(header.case === undefined ? {} : { case: header.case }),
    ...(header.owner === undefined ? {} : { owner: header.owner }),
    host: header.host,
    createdAt: header.createdAt,
    writer: header.writer,
    chunkBytes: header.chunkBytes,
    level: header.level,
    readBack: weakest ?? 'none',
    ...(header.encryption === undefined ? {} : { encryption: header.encryption }),
    original: {
      name: header.name,
      sourceName: header.sourceName,
      bytes: end.offset,
      sha256: end.sha256,
      ...(input.kind === 'file'
        ? { modifiedAt: new Date(input.identity.mtimeMs).toISOString() }
        : {}),
      ...label,
      ...(reader.unreadable.length === 0 ? {} : { unreadable: reader.unreadable }),
    },
    chunks,
  };
}
