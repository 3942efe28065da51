/** A file's bytes as far as the limit, or why there are none. */
export type FileRead =
  | {
      readonly state: 'known';
      readonly bytes: Buffer;
      /** True when the file held more than the limit. */
      readonly isTruncated: boolean;
      /** With `keep: 'tail'`: zeros, as of a hole, that were passed over; absent where none were. */
      readonly holeBytes?: number;
      readonly stat: FileStat;
    }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string; readonly code: string };

/** What lstat says, without following a link. */
export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
  /** Where a link points, as stored; only for `link`. */
  readonly target?: string;
}

/** A stat, or why there is none. */
export type StatRead =
  | { readonly state: 'known'; readonly stat: FileStat }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string; readonly code: string };

/** The names in a folder, sorted, or why there are none. */
export type FolderRead =
  | { readonly state: 'known'; readonly names: readonly string[]; readonly isTruncated: boolean }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string; readonly code: string };

/** Space of the file system that holds a path, in bytes and inodes. */
export type SpaceRead =
  | {
      readonly state: 'known';
      readonly freeBytes: number;
      readonly totalBytes: number;
      readonly freeInodes: number;
      readonly totalInodes: number;
      /** statfs f_type, for instance 0x6969 for NFS (linux/magic.h). */
      readonly fsType: number;
    }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string; readonly code: string };

/** Limits of one read. Every wait has one. */
export interface ReadOptions {
  /** At most this many bytes are returned. */
  readonly limitBytes?: number;
  /** Which part to keep when the file holds more; `head` unless told. */
  readonly keep?: 'head' | 'tail';
  readonly timeoutMs?: number;
  /** Follow a final symbolic link, inside the root; true unless told. */
  readonly follow?: boolean;
  /** Receives the bytes as they come instead of `bytes` of the result. */
  readonly onData?: (chunk: Buffer) => void | Promise<void>;
}

/** One name that a search came upon. Names that are not UTF-8 carry each odd byte as U+DC80 to U+DCFF. */
export interface FoundEntry {
  readonly path: string;
  readonly stat: FileStat;
  /** All bytes of a small file, where the search was asked for them and could read them at once. */
  readonly content?: Buffer;
}

/** Limits of a search through folders. */
export interface FindOptions {
  /** Globs of paths to leave out, with all that is below them. */
  readonly except?: readonly string[];
  /** Stop after this many entries. */
  readonly limit?: number;
  /** What `limit` leaves: the first in order of names, folders counted, unless told; or the files last written, those first. */
  readonly prefer?: 'names' | 'newest';
  /** Do not cross into another file system below a starting folder; false unless told. */
  readonly isOneFileSystem?: boolean;
  /** A folder stands for itself, not for all below it; false unless told. */
  readonly isShallow?: boolean;
  /** Bring the bytes of regular files up to this size along, except of those that match: saves a question for each. */
  readonly content?: { readonly limitBytes: number; readonly except: readonly string[] };
  readonly timeoutMs?: number;
}

/** What a search found before it ended or was stopped. */
export interface FindResult {
  readonly entries: readonly FoundEntry[];
  /** Folders that could not be read, and why. */
  readonly problems: readonly {
    readonly path: string;
    readonly why: string;
    readonly code: string;
  }[];
  /** `limit`: more was there; `timeout`: a folder did not answer. */
  readonly stopped?: 'limit' | 'timeout';
}

/** Limits of one command, and where its output goes. */
export interface RunOptions {
  /** Wall-clock limit: then TERM, KILL, abandon. */
  readonly timeoutMs?: number;
  /** Limit between two pieces of output. */
  readonly idleMs?: number;
  /** At most this many bytes of output are taken; the child is then stopped. */
  readonly limitBytes?: number;
  readonly signal?: AbortSignal;
  /** Receives output as it comes instead of `stdout` of the result. */
  readonly onOutput?: (chunk: Buffer) => void | Promise<void>;
  /** Put stderr in line with stdout, as a terminal would show it; kept apart unless told. */
  readonly mergeStderr?: boolean;
}

/** How a child ended. `not-started` says why no child exists; `abandoned` that it would not die. */
export type CommandRun = {
  readonly stdout: Buffer;
  /** With `mergeStderr`: all that it said came on stderr. */
  readonly isAllStderr?: boolean;
  readonly stderr: Buffer;
  readonly durationMs: number;
  readonly isTruncated: boolean;
} & (
  | { readonly state: 'exited'; readonly exitCode: number }
  | { readonly state: 'signalled'; readonly signal: string }
  | { readonly state: 'timed-out'; readonly limit: 'wall' | 'idle' }
  | { readonly state: 'stopped'; readonly limit: 'bytes' | 'interrupted' }
  | {
      readonly state: 'abandoned';
      readonly pid: number;
      readonly processState: string;
      readonly wchan: string;
    }
  | { readonly state: 'absent' }
  | { readonly state: 'not-started'; readonly why: string; readonly code: string }
);

/**
 * The machine as the thinking rooms see it: a root folder that is `/`, a mounted image or a test fixture.
 * Paths are absolute within that root; nothing resolves outside it. No method throws for what the world does.
 */
export interface System {
  readonly root: string;
  /** True when the root is the running machine: commands may run, /proc and /sys are its own. */
  readonly isLive: boolean;
  /** True when the system below the root runs: `/`, or the host of a container. Its /proc, /sys and /run say something. */
  readonly isRunning: boolean;
  /** Effective user id of this process. */
  readonly uid: number;
  readFile(path: string, options?: ReadOptions): Promise<FileRead>;
  stat(
    path: string,
    options?: { readonly timeoutMs?: number; readonly follow?: boolean },
  ): Promise<StatRead>;
  list(
    path: string,
    options?: { readonly timeoutMs?: number; readonly limit?: number },
  ): Promise<FolderRead>;
  /** Everything that matches some globs; a folder stands for all below it. Links are reported, never followed below the start. */
  find(globs: readonly string[], options?: FindOptions): Promise<FindResult>;
  space(path: string, options?: { readonly timeoutMs?: number }): Promise<SpaceRead>;
  /** Absolute path of a command of the running machine on the fixed PATH, never of an image; undefined when not installed. Costs no fork. */
  findCommand(name: string): string | undefined;
  /** Runs argv without a shell: stdin null, LC_ALL=C, fixed PATH, own process group. */
  run(argv: readonly string[], options?: RunOptions): Promise<CommandRun>;
}
