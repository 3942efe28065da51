import { byteWriter, type Layout, x64 } from './byte-writer.ts';

/** A message to put into a kernel log. */
export interface BuiltMessage {
  readonly text: string;
  readonly microseconds: number;
  readonly level?: number;
  readonly caller?: number;
  /** Left in the ring as reserved: its writer was interrupted. */
  readonly isReserved?: boolean;
  /** The text is gone, or there never was one. */
  readonly isLost?: boolean;
  readonly isEmpty?: boolean;
}

/** Bytes of a log and the keys of VMCOREINFO that describe them. */
export interface BuiltLog {
  readonly bytes: Buffer;
  /** Keys with addresses relative to where the bytes will lie are given by `symbols`. */
  readonly symbols: Readonly<Record<string, number>>;
  readonly keys: string;
}

const packLevel = (level: number, { isLittleEndian }: Layout) =>
  isLittleEndian ? level << 5 : level & 7;

/** A printk ring buffer as of 5.10, its structures one after the other; `base` is the virtual address of the bytes. */
export function buildRingLog(
  messages: readonly BuiltMessage[],
  base: bigint,
  options: { layout?: Layout; countBits?: number; sizeBits?: number; firstId?: bigint } = {},
): BuiltLog {
  const layout = options.layout ?? x64;
  const word = layout.is64 ? 8 : 4;
  const countBits = options.countBits ?? 5;
  const sizeBits = options.sizeBits ?? 10;
  const count = 2 ** countBits;
  const textSize = 2 ** sizeBits;
  const firstId = options.firstId ?? 0n;
  const at = { prb: 0, ring: 64, descs: 512, infos: 0, text: 0 };
  const descSize = 3 * word;
  at.infos = at.descs + count * descSize;
  at.text = at.infos + count * 88;
  const out = byteWriter(layout);
  out.reach(at.text + textSize);
  out.word(at.prb, base + BigInt(at.ring));
  const idBits = layout.is64 ? 62n : 30n;
  let position = 0;
  const lastId = firstId + BigInt(messages.length - 1);
  for (const [index, message] of messages.entries()) {
    const id = firstId + BigInt(index);
    const slot = Number(id % BigInt(count));
    const text = Buffer.from(message.text);
    const size = Math.ceil((word + text.length) / word) * word;
    let begin = position;
    let next = begin + size;
    if (message.isLost || message.isEmpty) {
      begin = message.isEmpty ? 3 : 1;
      next = begin;
    } else {
      const room = textSize - (begin % textSize);
      const isWrapped = size > room;
      if (isWrapped) next = begin + room + size;
      const block = isWrapped ? 0 : begin % textSize;
      out.word(at.text + block, id);
      out.bytes(at.text + block + word, text);
      position = next;
    }
    const state = message.isReserved ? 0n : 2n;
    out.word(at.descs + slot * descSize, (state << idBits) | id);
    out.word(at.descs + slot * descSize + word, begin);
    out.word(at.descs + slot * descSize + 2 * word, next);
    const info = at.infos + slot * 88;
    out.u64(info, id);
    out.u64(info + 8, BigInt(message.microseconds) * 1000n);
    out.u16(info + 16, text.length);
    out.u8(info + 19, packLevel(message.level ?? 6, layout));
    out.u32(info + 20, message.caller ?? 0);
  }
  const ring = at.ring;
  out.u32(ring, countBits);
  out.word(ring + 8, base + BigInt(at.descs));
  out.word(ring + 16, base + BigInt(at.infos));
  out.word(ring + 24, lastId);
  out.word(ring + 32, firstId);
  out.u32(ring + 48, sizeBits);
  out.word(ring + 56, base + BigInt(at.text));
  return {
    bytes: out.result(),
    symbols: { prb: at.prb },
    keys: `SIZE(printk_ringbuffer)=80
OFFSET(printk_ringbuffer.desc_ring)=0
OFFSET(printk_ringbuffer.text_data_ring)=48
OFFSET(prb_desc_ring.count_bits)=0
OFFSET(prb_desc_ring.descs)=8
OFFSET(prb_desc_ring.infos)=16
OFFSET(prb_desc_ring.head_id)=24
OFFSET(prb_desc_ring.tail_id)=32
SIZE(prb_desc)=${descSize}
OFFSET(prb_desc.state_var)=0
OFFSET(prb_desc.text_blk_lpos)=${word}
OFFSET(prb_data_blk_lpos.begin)=0
OFFSET(prb_data_blk_lpos.next)=${word}
SIZE(printk_info)=88
OFFSET(printk_info.seq)=0
OFFSET(printk_info.ts_nsec)=8
OFFSET(printk_info.text_len)=16
OFFSET(printk_info.caller_id)=20
OFFSET(prb_data_ring.size_bits)=0
OFFSET(prb_data_ring.data)=8
OFFSET(atomic_long_t.counter)=0
`,
  };
}

/** The record buffer of 3.5 to 5.9, which wraps when `bufferSize` is small. */
export function buildRecordLog(
  messages: readonly BuiltMessage[],
  base: bigint,
  options: { layout?: Layout; bufferSize?: number; name?: 'log' | 'printk_log' } = {},
): BuiltLog {
  const layout = options.layout ?? x64;
  const name = options.name ?? 'printk_log';
  const size = options.bufferSize ?? 1024;
  const out = byteWriter(layout);
  const at = { pointer: 0, length: 8, first: 16, next: 24, buffer: 64 };
  out.reach(at.buffer + size);
  let position = 0;
  const starts: number[] = [];
  for (const message of messages) {
    const text = Buffer.from(message.text);
    const length = Math.ceil((16 + text.length) / 4) * 4;
    // A record never straddles the end: a length of zero sends the reader to the start.
    if (position + length + 16 > size) {
      out.bytes(at.buffer + position, Buffer.alloc(16));
      position = 0;
    }
    starts.push(position);
    const record = at.buffer + position;
    out.u64(record, BigInt(message.microseconds) * 1000n);
    out.u16(record + 8, length);
    out.u16(record + 10, text.length);
    out.u16(record + 12, 0);
    out.u8(record + 14, 0);
    out.u8(record + 15, packLevel(message.level ?? 6, layout));
    out.bytes(record + 16, text);
    position += length;
  }
  // The oldest record that was not overwritten: of the lap before this one, from here on.
  const lap = starts.lastIndexOf(0);
  const lapBefore = lap > 0 ? starts.lastIndexOf(0, lap - 1) : 0;
  const kept = starts.findIndex(
    (start, index) => index >= lapBefore && index < lap && start > position,
  );
  const oldest = lap === 0 ? 0 : kept >= 0 ? kept : lap;
  out.word(at.pointer, base + BigInt(at.buffer));
  out.u32(at.length, size);
  out.u32(at.first, starts[oldest] ?? 0);
  out.u32(at.next, position);
  return {
    bytes: out.result(),
    symbols: {
      log_buf: at.pointer,
      log_buf_len: at.length,
      log_first_idx: at.first,
      log_next_idx: at.next,
    },
    keys: `SIZE(${name})=16
OFFSET(${name}.ts_nsec)=0
OFFSET(${name}.len)=8
OFFSET(${name}.text_len)=10
OFFSET(${name}.dict_len)=12
`,
  };
}

/** The text buffer before 3.5; `written` counts every character ever written. */
export function buildLegacyLog(text: string, base: bigint, size: number): BuiltLog {
  const bytes = Buffer.from(text);
  const out = byteWriter(x64);
  out.reach(64 + size);
  for (let index = 0; index < bytes.length; index += 1) {
    out.u8(64 + (index % size), bytes[index] ?? 0);
  }
  out.word(0, base + 64n);
  out.u32(8, size);
  out.u32(16, bytes.length);
  return {
    bytes: out.result(),
    symbols: { log_buf: 0, log_buf_len: 8, log_end: 16 },
    keys: '',
  };
}
