import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { type KernelLog, type LogRecord, logBufferLimit } from './log.ts';
import { safeLogText } from './log-text.ts';

/** The plain text buffer before 3.5: `log_end` counts every character ever written; lines start with `<level>`. */
export function readLegacyLog(kernel: KernelMemory, info: VmcoreInfo): KernelLog {
  const [buf, len, end] = ['log_buf', 'log_buf_len', 'log_end'].map((name) => info.symbol(name));
  if (buf === undefined || len === undefined || end === undefined) {
    throw new RangeError('VMCOREINFO names no kernel log');
  }
  const size = kernel.u32(len);
  if (size === 0 || size > logBufferLimit) {
    throw new RangeError(`a log buffer of ${size} bytes is not sensible`);
  }
  const written = kernel.u32(end);
  const bytes = kernel.bytes(kernel.pointer(buf), size);
  const turn = written % size;
  const text =
    written < size
      ? bytes.subarray(0, written)
      : Buffer.concat([bytes.subarray(turn), bytes.subarray(0, turn)]);
  return {
    generation: 'text (before 3.5)',
    records: parseLogLines(safeLogText(text)),
    lostBefore: undefined,
    problems: written > size ? ['The beginning of the log was overwritten.'] : [],
  };
}

/** Parses lines such as `<6>[   12.345678] [ T94] text`, from an old kernel or from a saved vmcore-dmesg.txt. */
export function parseLogLines(text: string): LogRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match =
        /^(?:<(\d{1,3})>)?(?:\[ {0,12}(\d{1,12})\.(\d{6})\] ?)?(?:\[ {0,10}([TC]\d{1,10})\] )?(.*)$/s.exec(
          line,
        );
      const [, level, seconds, fraction, caller, rest] = match ?? [];
      return {
        sequence: undefined,
        microseconds: seconds === undefined ? undefined : Number(seconds) * 1e6 + Number(fraction),
        level: level === undefined ? undefined : Number(level) & 7,
        facility: level === undefined ? undefined : Number(level) >> 3,
        caller,
        text: rest ?? line,
      };
    });
}
