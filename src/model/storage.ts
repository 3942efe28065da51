/** What tells a file from another, and from itself after a change. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly mtimeMs: number;
}

/** A large input read by position: a file, a block device, a pipe. Opened read-only, never modified. */
export interface InputFile {
  readonly path: string;
  /** A pipe can only be read in order, once: there `position` must follow what was read. */
  readonly kind: 'file' | 'device' | 'pipe';
  /** Bytes; undefined when it cannot be known (a pipe). */
  readonly size: number | undefined;
  /** Bytes that take space on the disk; well below `size` in a file with holes. */
  readonly allocatedBytes: number;
  readonly identity: FileIdentity;
  /**
   * Fills `buffer` from `position`; resolves with the bytes read, fewer than asked only at the end.
   * Rejects with E_INTEGRITY when the medium cannot be read there.
   */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** The identity and size as they are now, to notice a change while reading. */
  currentIdentity(): Promise<FileIdentity & { readonly size: number }>;
  close(): Promise<void>;
}

/** A file being written in an output folder; created 0600, never through a link. */
export interface OutputFile {
  readonly path: string;
  /** Appends. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes at a place of its own, for a file filled from several ends; what is never written is a hole. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Where the next `write` goes. */
  readonly written: number;
  sync(): Promise<void>;
  /** Cuts the file back, to undo a write that failed half-way (a full disk), or extends it with a hole. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** How `readBack` read. */
export interface ReadBack {
  readonly bytes: number;
  /** True when the bytes came past the page cache (O_DIRECT); false where the file system does not offer it. */
  readonly isDirect: boolean;
}

/** The only place results are written to. Names are plain file names, never paths. */
export interface OutputFolder {
  readonly path: string;
  /** Fails with E_EXISTS when the name is taken. */
  create(name: string): Promise<OutputFile>;
  /** Opens an existing file of this folder for appending from its end. */
  reopen(name: string): Promise<OutputFile>;
  /** Opens a regular file of this folder for reading; never through a link. */
  open(name: string): Promise<InputFile>;
  /**
   * Hands the bytes from `start` (a multiple of 4096) up to `end` to `take`, in order, as the medium holds them where the
   * file system allows. The buffer is used again: `take` must be done with it when it returns. Sync the file before.
   */
  readBack(
    name: string,
    range: { readonly start: number; readonly end: number },
    take: (bytes: Uint8Array) => void | Promise<void>,
  ): Promise<ReadBack>;
  /** Writes a small file whole: temporary name, fsync, rename, fsync of the folder. For its owner alone unless told. */
  publish(
    name: string,
    bytes: Uint8Array,
    options?: { readonly isForEveryone?: boolean },
  ): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** The same, but fails with E_EXISTS when the new name is taken, also when another took it this very moment. */
  giveName(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
  /** Bytes this user may still write here. */
  freeBytes(): Promise<number>;
  sync(): Promise<void>;
}
