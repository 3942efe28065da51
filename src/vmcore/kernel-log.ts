import type { KernelMemory } from './kernel-memory.ts';
import { readLegacyLog } from './log-legacy.ts';
import { readRecordLog } from './log-records.ts';
import { readRingLog } from './log-ring.ts';
import type { VmcoreInfo } from './vmcoreinfo.ts';

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

/** Reads the kernel log in whichever of its three forms the kernel had. Throws `MemoryFault` when its memory is missing. */
export function readKernelLog(kernel: KernelMemory, info: VmcoreInfo): KernelLog {
  if (info.symbol('prb') !== undefined) return readRingLog(kernel, info);
  if (info.symbol('log_first_idx') !== undefined) return readRecordLog(kernel, info);
  return readLegacyLog(kernel, info);
}

/** Bit 31 of caller_id says whether the rest is a CPU or a thread (kernel/printk/printk.c, printk_caller_id). */
export function callerName(id: number): string {
  return id >= 0x80000000 ? `C${id - 0x80000000}` : `T${id}`;
}

/** How a log is printed. */
export interface LogFormat {
  /** Print `[ T123]` after the time, as kernels with CONFIG_PRINTK_CALLER do. */
  readonly hasCallers: boolean;
}

/** Lines as `dmesg` prints them; further lines of one message are indented to its text. */
export function renderLogRecord(record: LogRecord, format: LogFormat): string {
  const prefix = `${timePrefix(record)}${format.hasCallers ? callerPrefix(record) : ''}`;
  return `${prefix}${record.text.replaceAll('\n', `\n${' '.repeat(prefix.length)}`)}\n`;
}

function timePrefix({ microseconds }: LogRecord): string {
  if (microseconds === undefined) return '';
  const seconds = String(Math.floor(microseconds / 1e6)).padStart(5);
  return `[${seconds}.${String(microseconds % 1e6).padStart(6, '0')}] `;
}

function callerPrefix({ caller }: LogRecord): string {
  return caller === undefined ? '' : `[${caller.padStart(8)}] `;
}
