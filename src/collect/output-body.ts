import type { ArchiveSink } from './archive/archive-writer.ts';

/** Takes bytes that are used again when it resolves. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>;

/** The bytes of an archive on their way into an output, and back out of it. */
export interface OutputBody {
  readonly sink: ArchiveSink;
  /** Ends the file after the last entry. */
  finish(): Promise<void>;
  /** The archive as it is on the disk now; absent where it cannot be read again. After `finish`. */
  readBack?(take: TakeBytes): Promise<void>;
  /**
   * Where only the receiver can decrypt what is on the disk: the archive on its way in, to be asked for before the first
   * byte. Resolves in `finish`, once the disk was seen to hold what was encrypted.
   */
  passing?(take: TakeBytes): Promise<void>;
  /** Digest of the whole file after `finish`; absent where it is that of the archive. */
  fileSha256?(): string;
  /** Stops whatever works on it. */
  abandon(): Promise<void>;
}
