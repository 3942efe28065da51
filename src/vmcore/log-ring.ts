import { callerName, type KernelLog, type LogRecord, logBufferLimit } from './kernel-log.ts';
import type { KernelMemory } from './kernel-memory.ts';
import { safeLogText } from './log-text.ts';
import type { VmcoreInfo } from './vmcoreinfo.ts';

/**
 * The lockless ring buffer of 5.10 and later (kernel/printk/printk_ringbuffer.c): descriptors that point into a ring of
 * text blocks, each block starting with the id of its descriptor.
 */
export function readRingLog(kernel: KernelMemory, info: VmcoreInfo): KernelLog {
  const problems: string[] = [];
  const need = (kind: 'offset' | 'size', name: string): number => {
    const value = info[kind](name);
    if (value === undefined || value < 0 || value > 4096) {
      throw new RangeError(`VMCOREINFO has no usable ${kind} of ${name}`);
    }
    return value;
  };
  const at = (base: bigint, name: string) => base + BigInt(need('offset', name));
  const ring = kernel.pointer(info.symbol('prb') ?? 0n);
  const descRing = at(ring, 'printk_ringbuffer.desc_ring');
  const dataRing = at(ring, 'printk_ringbuffer.text_data_ring');

  const countBits = kernel.u32(at(descRing, 'prb_desc_ring.count_bits'));
  const sizeBits = kernel.u32(at(dataRing, 'prb_data_ring.size_bits'));
  const descSize = need('size', 'prb_desc');
  const infoSize = need('size', 'printk_info');
  const limit = logBufferLimit;
  if (
    countBits > 24 ||
    sizeBits > 31 ||
    2 ** sizeBits > limit ||
    2 ** countBits * infoSize > limit
  ) {
    throw new RangeError(
      `a ring of 2^${countBits} messages and 2^${sizeBits} bytes is not sensible`,
    );
  }
  const count = 2 ** countBits;
  const textSize = 2 ** sizeBits;
  const descs = kernel.bytes(kernel.pointer(at(descRing, 'prb_desc_ring.descs')), count * descSize);
  const infos = kernel.bytes(kernel.pointer(at(descRing, 'prb_desc_ring.infos')), count * infoSize);
  const text = kernel.bytes(kernel.pointer(at(dataRing, 'prb_data_ring.data')), textSize);

  const wide = kernel.wordSize === 8;
  const idBits = wide ? 62n : 30n;
  const idMask = (1n << idBits) - 1n;
  const word = (bytes: Buffer, offset: number): bigint => {
    if (offset + kernel.wordSize > bytes.length) return 0n;
    if (!wide) {
      return BigInt(
        kernel.isLittleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset),
      );
    }
    return kernel.isLittleEndian ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset);
  };
  const counter = BigInt(need('offset', 'atomic_long_t.counter'));
  const head = kernel.pointer(at(descRing, 'prb_desc_ring.head_id') + counter);
  const tail = kernel.pointer(at(descRing, 'prb_desc_ring.tail_id') + counter);
  const stateAt = need('offset', 'prb_desc.state_var') + Number(counter);
  const blockAt = need('offset', 'prb_desc.text_blk_lpos');
  const beginAt = blockAt + need('offset', 'prb_data_blk_lpos.begin');
  const nextAt = blockAt + need('offset', 'prb_data_blk_lpos.next');
  const decode = infoDecoder(info, kernel);

  const blockText = (
    begin: bigint,
    next: bigint,
    id: bigint,
    length: number,
  ): Buffer | undefined => {
    const bits = BigInt(sizeBits);
    const mask = BigInt(textSize - 1);
    // Data-less blocks have odd positions: 3 is an empty line, 1 a text that was lost.
    if ((begin & 1n) === 1n && (next & 1n) === 1n) {
      return begin === 3n ? Buffer.alloc(0) : undefined;
    }
    const last = BigInt.asUintN(wide ? 64 : 32, next - 1n);
    const isWrapped = begin >> bits !== last >> bits;
    const start = isWrapped ? 0 : Number(begin & mask);
    const end = Number(next & mask) || textSize;
    if (word(text, start) !== id) return undefined;
    const from = start + kernel.wordSize;
    return text.subarray(from, Math.max(from, Math.min(end, from + length)));
  };

  const records: LogRecord[] = [];
  let misses = 0;
  let id = tail & idMask;
  for (let step = 0; step < count; step += 1) {
    const slot = Number(id % BigInt(count));
    const state = word(descs, slot * descSize + stateAt);
    const kind = state >> idBits;
    if ((state & idMask) === id && (kind === 1n || kind === 2n)) {
      const entry = infos.subarray(slot * infoSize, (slot + 1) * infoSize);
      const { length, ...fields } = decode(entry);
      const begin = word(descs, slot * descSize + beginAt);
      const next = word(descs, slot * descSize + nextAt);
      const bytes = blockText(begin, next, id, length);
      if (bytes) records.push({ ...fields, text: safeLogText(bytes) });
      else misses += 1;
    }
    if (id === (head & idMask)) break;
    id = (id + 1n) & idMask;
  }
  if (misses > 0) problems.push(`The text of ${misses} messages is gone from the ring buffer.`);
  const first = records[0]?.sequence;
  return { generation: 'ring buffer (5.10+)', records, lostBefore: first, problems };
}

// struct printk_info: facility and a byte of flags and level follow text_len without keys of their own.
function infoDecoder(info: VmcoreInfo, kernel: KernelMemory) {
  const seqAt = info.offset('printk_info.seq') ?? 0;
  const timeAt = info.offset('printk_info.ts_nsec') ?? 8;
  const lengthAt = info.offset('printk_info.text_len') ?? 16;
  const callerAt = info.offset('printk_info.caller_id');
  return (entry: Buffer): Omit<LogRecord, 'text'> & { readonly length: number } => {
    const within = Math.max(seqAt + 8, timeAt + 8, lengthAt + 4, (callerAt ?? 0) + 4);
    if (within > entry.length) throw new RangeError('printk_info is smaller than its members');
    const u64 = (at: number) =>
      kernel.isLittleEndian ? entry.readBigUInt64LE(at) : entry.readBigUInt64BE(at);
    const u32 = (at: number) =>
      kernel.isLittleEndian ? entry.readUInt32LE(at) : entry.readUInt32BE(at);
    const length = kernel.isLittleEndian
      ? entry.readUInt16LE(lengthAt)
      : entry.readUInt16BE(lengthAt);
    const packed = entry[lengthAt + 3] ?? 0;
    return {
      sequence: Number(u64(seqAt)),
      microseconds: Number(u64(timeAt) / 1000n),
      level: kernel.isLittleEndian ? packed >> 5 : packed & 7,
      facility: entry[lengthAt + 2] ?? 0,
      caller: callerAt === undefined ? undefined : callerName(u32(callerAt)),
      length,
    };
  };
}
