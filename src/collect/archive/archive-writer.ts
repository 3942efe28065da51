import { SonaeError } from '../../model/error.ts';
import { ByteQueue } from '../../std/byte-queue.ts';
import type { Spooled } from '../spool.ts';
import type { Codec } from './codec.ts';
import { encodeTarHeader, type TarEntry, tarEnd, tarPadding } from './tar-entry.ts';

/** Where the bytes of an archive go: a file, or stdout (which cannot be cut back). */
export interface ArchiveSink {
  readonly written: number;
  write(bytes: Buffer): Promise<void>;
  /** Absent where what was written cannot be taken back: a pipe, and encryption. */
  truncate?(length: number): Promise<void>;
  /** Whether so many more bytes fit, with the reserve still free; absent where there is no end. */
  claim?(bytes: number): Promise<boolean>;
}

/** Entries are compressed together in blocks of about this size: small files gain from their neighbours. */
const blockBytes = 1024 * 1024;

/**
 * Writes entries as a sequence of whole frames, one caller at a time. When there is no room it cuts the file back
 * to the end of the last complete entry and takes nothing more, until the ending is written into the reserve.
 */
export class ArchiveWriter {
  readonly #sink: ArchiveSink;
  readonly #codec: Codec;
  readonly #maxBytes: number;
  readonly #endingBytes: () => number;
  readonly #pending = new ByteQueue();
  #pendingPaths: string[] = [];
  #safeOffset = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #fullness: 'no-space' | 'max-size' | undefined;
  readonly #lost: string[] = [];
  #isEnding = false;

  /** Of `maxBytes` so many are kept back for the last entries, which are written whatever their size. */
  constructor(
    sink: ArchiveSink,
    codec: Codec,
    options: { readonly maxBytes?: number; readonly endingBytes?: () => number } = {},
  ) {
    this.#sink = sink;
    this.#codec = codec;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#endingBytes = options.endingBytes ?? (() => 0);
  }

  /** Why nothing more is taken. */
  get fullness(): 'no-space' | 'max-size' | undefined {
    return this.#fullness;
  }

  /** Paths of entries that were accepted and then lost to a full disk. */
  get lost(): readonly string[] {
    return this.#lost;
  }

  /** Compressed bytes so far, what waits in memory left out. */
  get written(): number {
    return this.#sink.written;
  }

  /** Adds a file; false when the archive takes nothing more. */
  addFile(entry: Extract<TarEntry, { type: 'File' }>, spooled: Spooled): Promise<boolean> {
    return this.#inTurn(() => this.#addFile(entry, spooled));
  }

  /** Adds what has no content: a link or a folder. */
  addLink(entry: Extract<TarEntry, { type: 'SymbolicLink' | 'Directory' }>): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#append(entry.path, [encodeTarHeader(entry)]);
      return this.#flushIfLarge();
    });
  }

  /** Writes out what waits, so that all entries so far are safe. */
  flush(): Promise<boolean> {
    return this.#inTurn(() => this.#flush());
  }

  /** Opens a full archive once more for its last entries; the room for them was kept in reserve. */
  async beginEnding(): Promise<void> {
    await this.flush();
    this.#isEnding = true;
  }

  /** Writes the end of the archive; throws E_NO_SPACE when not even that fits. */
  finish(): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#append('', [tarEnd]);
      return this.#flush();
    });
  }

  #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    const turn = this.#queue.then(() => (this.#fullness && !this.#isEnding ? false : work()));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #addFile(entry: Extract<TarEntry, { type: 'File' }>, spooled: Spooled): Promise<boolean> {
    const header = encodeTarHeader(entry);
    const padding = tarPadding(entry.size);
    if (spooled.content.kind === 'raw') {
      this.#append(entry.path, [header, spooled.content.bytes, padding]);
      return this.#flushIfLarge();
    }
    if (!(await this.#flush())) return false;
    const frames = [this.#codec.compress(header), ...spooled.content.frames];
    if (padding.length > 0) frames.push(this.#codec.compress(padding));
    // One large entry too many does not end the archive: what comes after may be small.
    if ((await this.#fullnessFor(sizeOf(frames))) === 'max-size') return false;
    this.#pendingPaths.push(entry.path);
    return this.#write(frames);
  }

  #append(path: string, pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#pending.append(piece);
    if (path !== '') this.#pendingPaths.push(path);
  }

  async #flushIfLarge(): Promise<boolean> {
    return this.#pending.length < blockBytes || this.#flush();
  }

  async #flush(): Promise<boolean> {
    if (this.#pending.length === 0) return true;
    const frame = this.#codec.compress(this.#pending.bytes);
    this.#pending.clear();
    return this.#write([frame]);
  }

  // All of some complete entries, or nothing of them.
  async #write(frames: readonly Buffer[]): Promise<boolean> {
    const fullness = await this.#fullnessFor(sizeOf(frames));
    if (fullness) return this.#cutBack(fullness);
    try {
      for (const frame of frames) await this.#sink.write(frame);
    } catch (error) {
      const isFull = error instanceof SonaeError && error.code === 'E_NO_SPACE';
      if (!isFull || this.#isEnding || this.#sink.truncate === undefined) throw error;
      return this.#cutBack('no-space');
    }
    this.#safeOffset = this.#sink.written;
    this.#pendingPaths = [];
    return true;
  }

  async #fullnessFor(bytes: number): Promise<'no-space' | 'max-size' | undefined> {
    if (this.#isEnding) return undefined;
    if (this.#safeOffset + bytes + this.#endingBytes() > this.#maxBytes) return 'max-size';
    return (await this.#sink.claim?.(bytes)) === false ? 'no-space' : undefined;
  }

  async #cutBack(fullness: 'no-space' | 'max-size'): Promise<boolean> {
    this.#fullness = fullness;
    this.#lost.push(...this.#pendingPaths);
    this.#pendingPaths = [];
    // Also when nothing counts as written: a write that failed half-way has left torn bytes behind the last good one.
    await this.#sink.truncate?.(this.#safeOffset);
    return false;
  }
}

function sizeOf(frames: readonly Buffer[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
