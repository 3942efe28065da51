/** A large input read by position: a file, a block device. Opened read-only, never modified. */
export interface InputFile {
  readonly path: string;
  /** Bytes; undefined when it cannot be known (a pipe). */
  readonly size: number | undefined;
  /** What tells this file from another, and from itself after a change. */
  readonly identity: { readonly dev: number; readonly ino: number; readonly mtimeMs: number };
  /** Fills `buffer` from `position`; resolves with the bytes read, 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** The identity and size as they are now, to notice a change while reading. */
  currentIdentity(): Promise<{ dev: number; ino: number; mtimeMs: number; size: number }>;
  close(): Promise<void>;
}

/** A file being written in an output folder; created 0600, never through a link. */
export interface OutputFile {
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes so far. */
  readonly written: number;
  sync(): Promise<void>;
  /** Cuts the file back, to undo a write that failed half-way (a full disk). */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** The only place results are written to. Names are plain file names, never paths. */
export interface OutputFolder {
  readonly path: string;
  /** Fails with E_EXISTS when the name is taken. */
  create(name: string): Promise<OutputFile>;
  /** Opens an existing file of this folder for appending from its end. */
  reopen(name: string): Promise<OutputFile>;
  /** Opens a file of this folder for reading back. */
  open(name: string): Promise<InputFile>;
  /** Writes a small file whole: temporary name, fsync, rename, fsync of the folder. */
  publish(name: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
  freeBytes(): Promise<number>;
  sync(): Promise<void>;
}
