import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { KernelLog, LogRecord } from './log.ts';
import { readLegacyLog } from './log-legacy.ts';
import { readRecordLog } from './log-records.ts';
import { readRingLog } from './log-ring.ts';

/** Reads the kernel log in whichever of its three forms the kernel had. Throws `MemoryFault` when its memory is missing. */
export function readKernelLog(kernel: KernelMemory, info: VmcoreInfo): KernelLog {
  if (info.symbol('prb') !== undefined) return readRingLog(kernel, info);
  if (info.symbol('log_first_idx') !== undefined) return readRecordLog(kernel, info);
  return readLegacyLog(kernel, info);
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
