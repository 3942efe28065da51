import type { Decrypt } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import { type ChunkFile, openChunkFile } from './chunk-file.ts';
import type { Chunk, Frame } from './chunk-set.ts';
import type { Crew } from './crew.ts';
import type { Slot } from './frame-slot.ts';
import type { SetFolder } from './load-chunk-set.ts';
import type { DataRun } from './zero-runs.ts';

/** A frame that was unpacked: its bytes are in `plain` until the visitor's promise settles. */
export interface GoodFrame {
  readonly frame: Frame;
  readonly plain: Uint8Array;
  /** The parts of `plain` that are not all zero. */
  readonly runs: readonly DataRun[];
}

/** What became of one chunk after all its frames were tried. */
export interface ChunkWalk {
  readonly chunk: Chunk;
  /** Bytes of the file; undefined when it could not be opened, and then `problem` says why. */
  readonly bytes: number | undefined;
  readonly isAbsent: boolean;
  readonly problem: string | undefined;
  /** Of the file as it is; undefined when it was not asked for or not all could be read. */
  readonly sha256: string | undefined;
  readonly badFrames: readonly { readonly frame: Frame; readonly problem: string }[];
  /** True when it is encrypted and no frame of it was looked at. */
  readonly isSealed: boolean;
}

/** What a walk is given. */
export interface WalkOptions {
  readonly folder: SetFolder;
  readonly crew: Crew;
  /** Opens chunks that are encrypted. Without it, those are only held against their digest. */
  readonly decrypt?: Decrypt;
  /** Compute the digest of each chunk as well. */
  readonly isChunkHashed: boolean;
  /** Called in the order of the original; frames may overlap in time. */
  readonly onFrame: (frame: GoodFrame) => Promise<void>;
  /** Called in order, after all frames of the chunk were visited. */
  readonly onChunk: (walk: ChunkWalk) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How a walk ended. */
export interface WalkEnd {
  /** SHA-256 of the original; undefined unless every frame of every chunk was good. */
  readonly sha256: string | undefined;
}

/** Reads, unpacks and hashes all frames of some chunks, in order, on all threads; bad ones are told and passed over. */
export async function walkSet(chunks: readonly Chunk[], options: WalkOptions): Promise<WalkEnd> {
  const state = openWalk();
  for (const chunk of chunks) {
    refuseInterrupted(chunk, options.signal);
    await walkChunk(chunk, options, state);
  }
  return { sha256: state.isWhole ? await state.sha256 : undefined };
}

interface WalkState {
  isWhole: boolean;
  sha256: Promise<string> | undefined;
  /** Settles when every frame so far was handed to the digest and the visitor. */
  inOrder: Promise<void>;
  /** Frames that still use their slot. */
  readonly pending: Set<Promise<void>>;
  failure: unknown;
}

function openWalk(): WalkState {
  return {
    isWhole: true,
    sha256: undefined,
    inOrder: Promise.resolve(),
    pending: new Set(),
    failure: undefined,
  };
}

async function walkChunk(chunk: Chunk, options: WalkOptions, state: WalkState): Promise<void> {
  const opened = await openChunk(chunk, options.folder);
  if ('problem' in opened) {
    state.isWhole = false;
    const nothing = { bytes: undefined, sha256: undefined, badFrames: [], isSealed: false };
    await options.onChunk({ chunk, ...nothing, ...opened });
    return;
  }
  const { decrypt, isChunkHashed } = options;
  try {
    const file = await openChunkFile(opened.file, chunk, { decrypt, isHashed: isChunkHashed });
    const walk = await walkFrames(chunk, file, options, state);
    await options.onChunk(walk);
  } finally {
    await settle(state);
    await opened.file.close();
  }
}

async function walkFrames(
  chunk: Chunk,
  file: ChunkFile,
  options: WalkOptions,
  state: WalkState,
): Promise<ChunkWalk> {
  const badFrames: { frame: Frame; problem: string }[] = [];
  const { read } = file;
  if (read === undefined) state.isWhole = false;
  for (const frame of read === undefined ? [] : chunk.frames) {
    refuseInterrupted(chunk, options.signal);
    const slot = await options.crew.take();
    if (state.failure !== undefined) throw state.failure;
    const packed = slot.packed.subarray(0, frame.packedLength);
    const result = (await read?.(packed, frame.packedOffset)) ?? { length: 0 };
    handOn({ frame, slot, ...result }, options, state, (problem) =>
      badFrames.push({ frame, problem }),
    );
  }
  await settle(state);
  if (state.failure !== undefined) throw state.failure;
  const sha256 = options.isChunkHashed ? await file.digest() : undefined;
  return {
    chunk,
    bytes: file.bytes,
    isAbsent: false,
    problem: file.problem,
    sha256: file.problem === undefined ? sha256 : undefined,
    badFrames,
    isSealed: read === undefined,
  };
}

interface ReadFrame {
  readonly frame: Frame;
  readonly slot: Slot;
  /** Packed bytes that could be read. */
  readonly length: number;
  /** Why not all. */
  readonly problem?: string;
}

// Starts unpacking now; what follows happens behind every frame before it.
function handOn(
  { frame, slot, length, problem }: ReadFrame,
  { crew, onFrame }: WalkOptions,
  state: WalkState,
  onBad: (problem: string) => void,
): void {
  const unpacking =
    length === frame.packedLength
      ? crew.unpack(slot, frame.packedLength, frame.length)
      : Promise.resolve({
          problem: problem ?? `${length} of ${frame.packedLength} bytes are there`,
        });
  const uses = state.inOrder.then(async () => {
    const result = await unpacking;
    if ('problem' in result) {
      state.isWhole = false;
      onBad(result.problem);
      return [];
    }
    if (state.isWhole) state.sha256 = crew.hash(slot, frame.length);
    const plain = slot.plain.subarray(0, frame.length);
    return [state.sha256, onFrame({ frame, plain, runs: result.runs })];
  });
  state.inOrder = uses.then(
    () => undefined,
    (error: unknown) => {
      state.failure ??= error;
    },
  );
  const done: Promise<void> = uses
    .then((parts) => Promise.all(parts))
    .catch((error: unknown) => {
      state.failure ??= error;
    })
    .then(() => {
      crew.give(slot);
      state.pending.delete(done);
    });
  state.pending.add(done);
}

async function settle(state: WalkState): Promise<void> {
  await state.inOrder;
  await Promise.all(state.pending);
}

async function openChunk(
  chunk: Chunk,
  folder: SetFolder,
): Promise<
  { readonly file: InputFile } | { readonly isAbsent: boolean; readonly problem: string }
> {
  try {
    return { file: await folder.open(chunk.name) };
  } catch (error) {
    if (!(error instanceof SonaeError)) throw error;
    return { isAbsent: error.code === 'E_INPUT_ABSENT', problem: error.message };
  }
}

function refuseInterrupted(chunk: Chunk, signal: AbortSignal): void {
  if (signal.aborted) throw new SonaeError('E_INTERRUPTED', `interrupted at ${chunk.name}`);
}
