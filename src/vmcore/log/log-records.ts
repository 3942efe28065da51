import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { callerName, type KernelLog, type LogRecord, logBufferLimit } from './log.ts';
import { safeLogText } from './log-text.ts';

/** The record buffer of 3.5 to 5.9 (struct log, later printk_log): records of varying length; a length of 0 sends the reader to the start. */
export function readRecordLog(kernel: KernelMemory, info: VmcoreInfo): KernelLog {
  const name = info.size('printk_log') === undefined ? 'log' : 'printk_log';
  const symbol = (key: string) => {
    const address = info.symbol(key);
    if (address === undefined) throw new RangeError(`VMCOREINFO has no symbol ${key}`);
    return address;
  };
  const headSize = info.size(name) ?? 16;
  const offsets = {
    time: info.offset(`${name}.ts_nsec`) ?? 0,
    length: info.offset(`${name}.len`) ?? 8,
    text: info.offset(`${name}.text_len`) ?? 10,
    caller: info.offset(`${name}.caller_id`),
  };
  const size = kernel.u32(symbol('log_buf_len'));
  if (size < headSize || size > logBufferLimit || headSize < 16 || headSize > 256) {
    throw new RangeError(`a log buffer of ${size} bytes is not sensible`);
  }
  if (Math.max(offsets.time + 8, offsets.length + 2, offsets.text + 6) > headSize) {
    throw new RangeError(`the members of ${name} do not fit into it`);
  }
  const buffer = kernel.bytes(kernel.pointer(symbol('log_buf')), size);
  const u16 = (at: number) =>
    kernel.isLittleEndian ? buffer.readUInt16LE(at) : buffer.readUInt16BE(at);
  const u32 = (at: number) =>
    kernel.isLittleEndian ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
  const end = kernel.u32(symbol('log_next_idx'));
  let at = kernel.u32(symbol('log_first_idx'));
  const records: LogRecord[] = [];
  const problems: string[] = [];
  let hasWrapped = false;
  while (at !== end) {
    if (at > size - headSize || records.length > size / headSize) {
      problems.push('The log buffer is damaged: a record points outside of it.');
      break;
    }
    const length = u16(at + offsets.length);
    if (length === 0) {
      if (hasWrapped) {
        problems.push('The log buffer is damaged: it wraps twice.');
        break;
      }
      hasWrapped = true;
      at = 0;
      continue;
    }
    const textAt = at + headSize;
    const textEnd = Math.min(textAt + u16(at + offsets.text), at + length, size);
    const time = kernel.isLittleEndian
      ? buffer.readBigUInt64LE(at + offsets.time)
      : buffer.readBigUInt64BE(at + offsets.time);
    // After text_len come dict_len u16, facility u8, then flags and level in one byte.
    const packed = buffer[at + offsets.text + 5] ?? 0;
    const { caller } = offsets;
    records.push({
      sequence: undefined,
      microseconds: Number(time / 1000n),
      level: kernel.isLittleEndian ? packed >> 5 : packed & 7,
      facility: buffer[at + offsets.text + 4] ?? 0,
      caller:
        caller === undefined || caller + 4 > headSize ? undefined : callerName(u32(at + caller)),
      text: safeLogText(buffer.subarray(textAt, Math.max(textAt, textEnd))),
    });
    at += length;
  }
  return { generation: 'records (3.5 to 5.9)', records, lostBefore: undefined, problems };
}
