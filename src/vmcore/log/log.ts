/** One message of the kernel. */
export interface LogRecord {
  readonly sequence: number | undefined;
  /** Since boot by the local clock, without suspend; undefined in unstamped old logs. */
  readonly microseconds: number | undefined;
  /** 0 emergency to 7 debug. */
  readonly level: number | undefined;
  readonly facility: number | undefined;
  /** `T123` for a thread, `C1` for a CPU. */
  readonly caller: string | undefined;
  /** Made safe for a terminal: control characters and invalid bytes are `\xNN`; newlines stay. */
  readonly text: string;
}

/** The kernel log, as far as it could be read. */
export interface KernelLog {
  readonly generation:
    | 'ring buffer (5.10+)'
    | 'records (3.5 to 5.9)'
    | 'text (before 3.5)'
    | 'saved text';
  readonly records: readonly LogRecord[];
  /** Messages that were overwritten before the first one; undefined when it cannot be told. */
  readonly lostBefore: number | undefined;
  readonly problems: readonly string[];
}

/** Longest log buffer that is read: the kernel allows 2 GiB, people set up to 64 MiB. */
export const logBufferLimit = 64 * 1024 * 1024;

/** Bit 31 of caller_id says whether the rest is a CPU or a thread (kernel/printk/printk.c, printk_caller_id). */
export function callerName(id: number): string {
  return id >= 0x80000000 ? `C${id - 0x80000000}` : `T${id}`;
}
