/** How a command that was fed ended. A signal counts as 128. */
export interface PipeEnd {
  readonly exitCode: number;
  readonly stderr: string;
}

/** A running command between two streams of ours. */
export interface CommandPipe {
  /** Resolves when the bytes were taken and may be used again; rejects when the command has ended. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes its input; resolves when it has ended and all it gave was taken. Rejects with what taking threw. */
  end(): Promise<PipeEnd>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Starts an argv (absolute path first), without a shell; `take` is given what it writes, one call at a time. */
export type OpenCommandPipe = (
  argv: readonly string[],
  take: (bytes: Buffer) => Promise<void>,
) => CommandPipe;
