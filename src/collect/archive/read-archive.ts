import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';
import type { Codec, Decompressor } from './codec.ts';

/** One entry met while reading an archive. */
export interface ArchiveEntry {
  readonly path: string;
  /** `File`, `SymbolicLink`, `Directory`, ... as tar names them. */
  readonly type: string;
  readonly size: number;
  /** Target of a symbolic or hard link. */
  readonly target: string | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
}

/** What a reader is told, in the order of the archive. What it throws ends the reading. */
export interface ArchiveListener {
  onEntry(entry: ArchiveEntry): void;
  onContent(bytes: Buffer): void;
  onEntryEnd(): void;
}

/** Reads an archive that is pushed in pieces: decompresses, parses, checks frame checksums and headers. Rejects on damage. */
export function archiveReader(
  codec: Pick<Codec, 'decompressor'>,
  listener: ArchiveListener,
): Decompressor {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined); // push and end await it
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    reject(error);
  };
  // What a listener throws inside an event of the parser would otherwise end the process.
  const guarded =
    <Args extends unknown[]>(handler: (...args: Args) => void) =>
    (...args: Args) => {
      try {
        if (!failure) handler(...args);
      } catch (error) {
        fail(error);
      }
    };
  const onReadEntry = guarded((entry: ReadEntry) => {
    listener.onEntry({
      path: entry.path,
      type: entry.type,
      size: entry.size,
      target: entry.linkpath || undefined,
      mode: entry.mode ?? 0o600,
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      mtimeMs: entry.mtime?.getTime() ?? 0,
    });
    entry.on(
      'data',
      guarded((bytes: Buffer) => listener.onContent(bytes)),
    );
    entry.on(
      'end',
      guarded(() => listener.onEntryEnd()),
    );
  });
  const parser = new Parser({ strict: true, onReadEntry });
  parser.on('error', fail);
  parser.on('end', resolve);
  // The listener never waits, so the parser never has to hold anything back.
  const decompressor = codec.decompressor((bytes) => void parser.write(bytes));
  return {
    async push(bytes) {
      await decompressor.push(bytes);
      if (failure) throw failure.error;
    },
    async end() {
      await decompressor.end();
      parser.end();
      await ended;
    },
  };
}
