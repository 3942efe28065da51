import type { Decrypt } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { Reporter } from '../model/event.ts';
import type { OutputFile, OutputFolder } from '../model/storage.ts';
import { formatSize } from '../std/units.ts';
import type { ByteRange, ChunkSet, Frame } from './chunk-set.ts';
import type { Crew } from './crew.ts';
import type { SetFolder } from './load-chunk-set.ts';
import { openProgress } from './progress.ts';
import { joinRanges } from './verify.ts';
import { type GoodFrame, walkSet } from './walk-set.ts';

/** What joining needs beside the set. */
export interface JoinOptions {
  readonly folder: SetFolder;
  readonly crew: Crew;
  /** Opens the chunks of an encrypted set. */
  readonly decrypt?: Decrypt;
  /** Restore what is there; gaps become zeros. */
  readonly isMissingAllowed: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A restored original. */
export interface JoinResult {
  /** Ranges of the original that could not be restored and hold zeros. */
  readonly gaps: readonly ByteRange[];
  /** Ranges from chunks whose digest is wrong although these frames unpacked: perhaps right, not proven. */
  readonly doubtful: readonly ByteRange[];
}

/** Where restored bytes go: a file filled at any place, or a stream in order. */
export interface JoinTarget {
  /** Called in the order of the original; may overlap in time. */
  put(frame: GoodFrame): Promise<void>;
  /** A range that is not there. Called in order with `put`. */
  skip(range: ByteRange): Promise<void>;
}

/** Restores a set into a new file beside which nothing else is touched: temporary name, digest, then rename. */
export async function joinToFile(
  set: ChunkSet,
  { folder, name }: { readonly folder: OutputFolder; readonly name: string },
  options: JoinOptions,
): Promise<JoinResult> {
  await checkRoom(set, folder, name);
  // 60 characters are at most 180 bytes of the 255 a name can have.
  const temporary = `.${name.slice(0, 60)}.${set.setId.slice(0, 12)}.partial`;
  // Left over from a join of this very set that was killed.
  if ((await folder.list()).includes(temporary)) await folder.remove(temporary);
  const file = await folder.create(temporary);
  try {
    const result = await restore(set, sparseTarget(file), options);
    await file.truncate(set.original.bytes);
    await file.sync();
    await file.close();
    await folder.rename(temporary, name);
    await folder.sync();
    return result;
  } catch (error) {
    // Best effort: the reason of the failure is what the person needs.
    await file.close().catch(() => undefined);
    await folder.remove(temporary).catch(() => undefined);
    throw error;
  }
}

/** Restores a set into a stream, in order. What was written cannot be taken back: the exit status tells whether it was right. */
export async function joinToStream(
  set: ChunkSet,
  write: (bytes: Uint8Array) => Promise<void>,
  options: JoinOptions,
): Promise<JoinResult> {
  return restore(set, streamTarget(write), options);
}

async function restore(
  set: ChunkSet,
  target: JoinTarget,
  options: JoinOptions,
): Promise<JoinResult> {
  await refuseIncomplete(set, options);
  const { original } = set;
  const gaps: ByteRange[] = [];
  const doubtful: ByteRange[] = [];
  let position = 0;
  const fillTo = async (offset: number) => {
    if (offset === position) return;
    const gap = { offset: position, length: offset - position };
    position = offset;
    gaps.push(gap);
    await target.skip(gap);
  };
  const progress = openProgress(options.reporter, {
    total: original.bytes,
    done: 0,
    current: original.name,
  });
  const { sha256 } = await walkSet(set.chunks, {
    ...options,
    // The digest of the original proves everything; those of the chunks are needed only where it cannot be had.
    isChunkHashed: options.isMissingAllowed,
    async onFrame(good) {
      const filling = fillTo(good.frame.offset);
      position = good.frame.offset + good.frame.length;
      await filling;
      await target.put(good);
      progress.advance(good.frame.length, good.frame.packedLength);
    },
    async onChunk({ chunk, bytes, problem, badFrames, sha256: chunkSha256 }) {
      if (options.isMissingAllowed) {
        const bad = new Set(badFrames.map(({ frame }) => frame));
        const isDoubtful = bytes !== undefined && chunkSha256 !== chunk.sha256;
        if (isDoubtful) doubtful.push(...chunk.frames.filter((frame) => !bad.has(frame)));
        return;
      }
      const bad = badFrames[0];
      if (problem === undefined && bad === undefined) return;
      const where = bad === undefined ? '' : ` at ${bad.frame.offset} of the original`;
      throw damaged(`${chunk.name}${where}: ${problem ?? bad?.problem}`);
    },
  });
  await fillTo(original.bytes);
  progress.end();
  if (gaps.length === 0 && sha256 !== original.sha256) {
    throw damaged(`the restored bytes have another digest than the original`);
  }
  return { gaps: joinRanges(gaps), doubtful: joinRanges(doubtful) };
}

function damaged(message: string): SonaeError {
  return new SonaeError('E_INTEGRITY', message, {
    hint: '`sonae verify` names the chunks to send again; --allow-missing restores the rest.',
  });
}

// A size that differs is known before anything is unpacked; everything else shows on the way.
async function refuseIncomplete(set: ChunkSet, options: JoinOptions): Promise<void> {
  if (options.isMissingAllowed) return;
  const names = new Set(await options.folder.list());
  const missing = set.chunks.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const shown = missing.slice(0, 20).join(', ');
    const more = missing.length > 20 ? ` and ${missing.length - 20} more` : '';
    throw new SonaeError(
      'E_INTEGRITY',
      `${missing.length} of ${set.chunks.length} chunks missing: ${shown}${more}`,
      {
        hint: 'Ask for them again, or restore the rest with --allow-missing.',
      },
    );
  }
  for (const chunk of set.chunks) {
    const file = await options.folder.open(chunk.name);
    await file.close();
    if (file.size === chunk.bytes) continue;
    const what = `${chunk.name} has ${file.size} bytes, this set's has ${chunk.bytes}`;
    throw damaged(`${what}: cut off, or of another set or case`);
  }
}

// Ranges that are packed to almost nothing are zeros and will be holes: zstd makes about 10 bytes of each 128 KiB.
function isAlmostNothing({ length, packedLength }: Frame): boolean {
  return packedLength * 4096 < length;
}

async function checkRoom(set: ChunkSet, folder: OutputFolder, name: string): Promise<void> {
  if ((await folder.list()).includes(name)) {
    throw new SonaeError('E_EXISTS', `${folder.path}/${name} exists already`, {
      hint: 'Remove it or choose another --output.',
    });
  }
  const frames = set.chunks.flatMap((chunk) => chunk.frames);
  const needed = frames.reduce((sum, one) => sum + (isAlmostNothing(one) ? 0 : one.length), 0);
  const freeBytes = await folder.freeBytes();
  if (needed <= freeBytes) return;
  const message = `${folder.path} is too small: up to ${formatSize(needed)} needed, ${formatSize(freeBytes)} free`;
  throw new SonaeError('E_NO_SPACE', message, {
    hint: 'Choose another --output, or pipe it on with --output -.',
  });
}

const syncEveryBytes = 64 * 1024 * 1024;

function sparseTarget(file: OutputFile): JoinTarget {
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  // One write at a time: the kernel lets only one into a file anyway, and the others would spin at its lock.
  const inOrder = (work: () => Promise<void>) => {
    last = last.then(work);
    return last;
  };
  const put = async ({ frame, plain, runs }: GoodFrame) => {
    for (const { start, end } of runs) {
      await file.writeAt(plain.subarray(start, end), frame.offset + start);
      unsynced += end - start;
    }
    // Sent on to the disk while more is unpacked, so that little is left to wait for at the end.
    if (unsynced < syncEveryBytes || syncing !== undefined) return;
    unsynced = 0;
    syncing = file.sync().finally(() => {
      syncing = undefined;
    });
    // The sync at the end meets the same failure and tells it.
    syncing.catch(() => undefined);
  };
  return {
    put: (frame) => inOrder(() => put(frame)),
    skip: async () => undefined,
  };
}

function streamTarget(write: (bytes: Uint8Array) => Promise<void>): JoinTarget {
  const zeros = Buffer.alloc(1024 * 1024);
  let last: Promise<void> = Promise.resolve();
  const inOrder = (work: () => Promise<void>) => {
    last = last.then(work);
    return last;
  };
  return {
    put: ({ plain }) => inOrder(() => write(plain)),
    skip: ({ length }) =>
      inOrder(async () => {
        for (let left = length; left > 0; left -= zeros.length) {
          await write(zeros.subarray(0, Math.min(left, zeros.length)));
        }
      }),
  };
}
