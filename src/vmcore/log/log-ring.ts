import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { callerName, type KernelLog, type LogRecord } from './log.ts';
import { safeLogText } from './log-text.ts';

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
  const buffer = kernel.pointer(info.symbol('prb') ?? 0n);
  const descRing = at(buffer, 'printk_ringbuffer.desc_ring');
  const dataRing = at(buffer, 'printk_ringbuffer.text_data_ring');

  const countBits = kernel.u32(at(descRing, 'prb_desc_ring.count_bits'));
  const sizeBits = kernel.u32(at(dataRing, 'prb_data_ring.size_bits'));
  if (countBits > 24 || sizeBits > 31) {
    throw new RangeError(
      `a ring of 2^${countBits} messages and 2^${sizeBits} bytes is not sensible`,
    );
  }
  const word = BigInt(kernel.wordSize);
  const idBits = kernel.wordSize === 8 ? 62n : 30n;
  const idMask = (1n << idBits) - 1n;
  const counter = BigInt(need('offset', 'atomic_long_t.counter'));
  const block = BigInt(need('offset', 'prb_desc.text_blk_lpos'));
  const ring: Ring = {
    kernel,
    count: 2n ** BigInt(countBits),
    descs: kernel.pointer(at(descRing, 'prb_desc_ring.descs')),
    descSize: BigInt(need('size', 'prb_desc')),
    infos: kernel.pointer(at(descRing, 'prb_desc_ring.infos')),
    infoSize: need('size', 'printk_info'),
    text: kernel.pointer(at(dataRing, 'prb_data_ring.data')),
    textBits: BigInt(sizeBits),
    state: BigInt(need('offset', 'prb_desc.state_var')) + counter,
    begin: block + BigInt(need('offset', 'prb_data_blk_lpos.begin')),
    next: block + BigInt(need('offset', 'prb_data_blk_lpos.next')),
    idBits,
    word,
    decode: infoDecoder(info, kernel),
  };
  const head = kernel.pointer(at(descRing, 'prb_desc_ring.head_id') + counter) & idMask;
  const tail = kernel.pointer(at(descRing, 'prb_desc_ring.tail_id') + counter) & idMask;
  const held = ((head - tail) & idMask) + 1n;
  const steps = held < ring.count ? held : ring.count;
  const skipped = steps > BigInt(messageLimit) ? steps - BigInt(messageLimit) : 0n;
  if (skipped > 0n) problems.push(`The first ${skipped} messages are left out: the log is huge.`);
  const records: LogRecord[] = [];
  let gone = 0;
  let missing = 0;
  for (let step = skipped; step < steps; step += 1n) {
    try {
      const record = readMessage(ring, (tail + step) & idMask);
      if (record === 'gone') gone += 1;
      else if (record) records.push(record);
    } catch (error) {
      if ((error as Error).name !== 'MemoryFault') throw error;
      // One page of a cut dump: the other messages are still there.
      missing += 1;
      if (missing === Number(steps)) throw error;
    }
  }
  if (gone > 0) problems.push(`The text of ${gone} messages is gone from the ring buffer.`);
  if (missing > 0) problems.push(`${missing} messages lie in a part of memory that is missing.`);
  const first = records[0]?.sequence;
  return { generation: 'ring buffer (5.10+)', records, lostBefore: first, problems };
}

/** Messages kept at most, the newest: about 100 MB of ours. A log buffer of 64 MiB holds some 600,000. */
const messageLimit = 300_000;

interface Ring {
  readonly kernel: KernelMemory;
  readonly count: bigint;
  readonly descs: bigint;
  readonly descSize: bigint;
  readonly infos: bigint;
  readonly infoSize: number;
  readonly text: bigint;
  readonly textBits: bigint;
  /** Offsets in a descriptor. */
  readonly state: bigint;
  readonly begin: bigint;
  readonly next: bigint;
  readonly idBits: bigint;
  readonly word: bigint;
  readonly decode: ReturnType<typeof infoDecoder>;
}

// One message; undefined for what was not committed, `gone` when its text was overwritten.
function readMessage(ring: Ring, id: bigint): LogRecord | 'gone' | undefined {
  const { kernel, idBits } = ring;
  const slot = id % ring.count;
  const desc = ring.descs + slot * ring.descSize;
  const state = kernel.pointer(desc + ring.state);
  const kind = state >> idBits;
  if ((state & ((1n << idBits) - 1n)) !== id || (kind !== 1n && kind !== 2n)) return undefined;
  const entry = kernel.bytes(ring.infos + slot * BigInt(ring.infoSize), ring.infoSize);
  const { length, ...fields } = ring.decode(entry);
  const begin = kernel.pointer(desc + ring.begin);
  const next = kernel.pointer(desc + ring.next);
  const bytes = blockText(ring, { begin, next, id, length });
  return bytes ? { ...fields, text: safeLogText(bytes) } : 'gone';
}

function blockText(
  { kernel, text, textBits, word }: Ring,
  { begin, next, id, length }: { begin: bigint; next: bigint; id: bigint; length: number },
): Buffer | undefined {
  // Data-less blocks have odd positions: 3 is an empty line, 1 a text that was lost.
  if ((begin & 1n) === 1n && (next & 1n) === 1n) {
    return begin === 3n ? Buffer.alloc(0) : undefined;
  }
  const size = 1n << textBits;
  const last = BigInt.asUintN(word === 8n ? 64 : 32, next - 1n);
  // The block that would cross the end of the ring starts over at its beginning.
  const isWrapped = begin >> textBits !== last >> textBits;
  const start = isWrapped ? 0n : begin & (size - 1n);
  const end = next & (size - 1n) || size;
  if (kernel.pointer(text + start) !== id) return undefined;
  const room = end - start - word;
  const wanted = BigInt(length) < room ? length : Number(room);
  return wanted > 0 ? kernel.bytes(text + start + word, wanted) : Buffer.alloc(0);
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
