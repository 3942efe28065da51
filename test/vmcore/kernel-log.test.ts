import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pagedMemory } from '../../src/vmcore/format/physical-memory.ts';
import { parseVmcoreInfo } from '../../src/vmcore/format/vmcoreinfo.ts';
import { readKernelLog, renderLogRecord } from '../../src/vmcore/log/kernel-log.ts';
import type { KernelLog } from '../../src/vmcore/log/log.ts';
import { parseLogLines } from '../../src/vmcore/log/log-legacy.ts';
import { safeLogText } from '../../src/vmcore/log/log-text.ts';
import type { KernelMemory } from '../../src/vmcore/memory/kernel-memory.ts';
import { kernelMemory } from '../../src/vmcore/memory/kernel-memory.ts';
import {
  type BuiltLog,
  type BuiltMessage,
  buildLegacyLog,
  buildRecordLog,
  buildRingLog,
} from '../builders/build-kernel-log.ts';
import { type Layout, x64 } from '../builders/byte-writer.ts';

const base = 0x10000n;

/** Memory that is mapped one to one, with the log at `base`. */
function memoryOf(log: BuiltLog, layout: Layout): KernelMemory {
  const bytes = Buffer.concat([Buffer.alloc(Number(base)), log.bytes, Buffer.alloc(4096)]);
  const memory = pagedMemory(
    4096,
    Math.floor(bytes.length / 4096) * 4096,
    (frame) => ({
      kind: 'data',
      bytes: bytes.subarray(frame * 4096, (frame + 1) * 4096),
    }),
    (frame) => frame,
  );
  return kernelMemory(
    memory,
    { translate: (address) => (address < 2n ** 40n ? Number(address) : { kind: 'unmapped' }) },
    { wordSize: layout.is64 ? 8 : 4, isLittleEndian: layout.isLittleEndian },
  );
}

function read(log: BuiltLog, layout: Layout = x64): KernelLog {
  const symbols = Object.entries(log.symbols).map(
    ([name, offset]) => `SYMBOL(${name})=${(base + BigInt(offset)).toString(16)}\n`,
  );
  const info = parseVmcoreInfo(Buffer.from(`${symbols.join('')}${log.keys}`));
  return readKernelLog(memoryOf(log, layout), info);
}

function textOf(log: KernelLog, hasCallers = false): string {
  return log.records.map((record) => renderLogRecord(record, { hasCallers })).join('');
}

const messages: BuiltMessage[] = [
  { text: 'Linux version 6.1.0', microseconds: 0, level: 5 },
  { text: 'two\nlines', microseconds: 1_234_567, level: 3, caller: 94 },
  { text: 'late', microseconds: 123_456_789_012, level: 0, caller: 0x80000002 },
];

const expected = `[    0.000000] Linux version 6.1.0
[    1.234567] two
               lines
[123456.789012] late
`;

describe.each<[string, Layout]>([
  ['64 bit little endian', { is64: true, isLittleEndian: true }],
  ['64 bit big endian', { is64: true, isLittleEndian: false }],
])('ring buffer, %s', (_, layout) => {
  it('is printed as dmesg does', () => {
    const log = read(buildRingLog(messages, base, { layout }), layout);
    expect(textOf(log)).toBe(expected);
    expect(log.records.map(({ level }) => level)).toEqual([5, 3, 0]);
    expect(log).toMatchObject({ generation: 'ring buffer (5.10+)', lostBefore: 0, problems: [] });
  });

  it('shows callers when asked', () => {
    const log = read(buildRingLog(messages, base, { layout }), layout);
    expect(textOf(log, true)).toBe(`[    0.000000] [      T0] Linux version 6.1.0
[    1.234567] [     T94] two
                          lines
[123456.789012] [      C2] late
`);
  });
});

describe('ring buffer', () => {
  const many = (count: number, length: number): BuiltMessage[] =>
    Array.from({ length: count }, (_, index) => ({
      text: `message ${index} ${'x'.repeat(length)}`,
      microseconds: index,
    }));

  it('goes around its end, and says how much was overwritten', () => {
    // 20 messages of about 80 bytes in 1 KiB: the text ring wraps; only the last ones still have their text.
    const all = many(20, 60);
    const log = read(buildRingLog(all.slice(10), base, { firstId: 4_000n }));
    expect(textOf(log)).toContain('message 19');
    expect(log.lostBefore).toBe(4_000);
    const wrapped = read(buildRingLog(all, base, { countBits: 5, sizeBits: 10 }));
    const seen = wrapped.records.map(({ text }) => Number(/^message (\d+)/.exec(text)?.[1]));
    expect(seen.at(-1)).toBe(19);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(wrapped.records.length + 20 - seen.length).toBe(20);
    expect(wrapped.problems).toEqual([expect.stringContaining('messages is gone')]);
    for (const { text } of wrapped.records) expect(text).toMatch(/^message \d+ x{60}$/);
  });

  it('skips what was being written, and knows empty lines from lost ones', () => {
    const log = read(
      buildRingLog(
        [
          { text: 'a', microseconds: 1 },
          { text: 'half', microseconds: 2, isReserved: true },
          { text: '', microseconds: 3, isEmpty: true },
          { text: '', microseconds: 4, isLost: true },
          { text: 'b', microseconds: 5 },
        ],
        base,
      ),
    );
    expect(log.records.map(({ text }) => text)).toEqual(['a', '', 'b']);
  });

  it('refuses sizes that make no sense', () => {
    const log = buildRingLog(messages, base);
    const huge = Buffer.from(log.bytes);
    huge.writeUInt32LE(40, 64);
    expect(() => read({ ...log, bytes: huge })).toThrow('not sensible');
    expect(() => read({ ...log, keys: '' })).toThrow('no usable');
  });

  it('reads any bytes without a fault of ours', () => {
    const log = buildRingLog(messages, base);
    fc.assert(
      fc.property(fc.nat(log.bytes.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(log.bytes);
        bytes[at] = value;
        try {
          read({ ...log, bytes });
        } catch (error) {
          expect(['RangeError', 'MemoryFault']).toContain((error as Error).name);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('records of 3.5 to 5.9', () => {
  it.each(['log', 'printk_log'] as const)('named %s', (name) => {
    const log = read(buildRecordLog(messages, base, { name }));
    expect(textOf(log)).toBe(expected);
    expect(log.records.map(({ level }) => level)).toEqual([5, 3, 0]);
  });

  it('big endian', () => {
    const layout = { is64: true, isLittleEndian: false };
    const log = read(buildRecordLog(messages, base, { layout }), layout);
    expect(textOf(log)).toBe(expected);
    expect(log.records.map(({ level }) => level)).toEqual([5, 3, 0]);
  });

  it('goes around its end', () => {
    const all = Array.from({ length: 30 }, (_, index) => ({
      text: `message ${index}`,
      microseconds: index,
    }));
    const log = read(buildRecordLog(all, base, { bufferSize: 512 }));
    const seen = log.records.map(({ text }) => Number(text.split(' ')[1]));
    expect(seen.at(-1)).toBe(29);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => 30 - seen.length + at));
  });

  it('ends at damage and says so', () => {
    const log = buildRecordLog(messages, base);
    const bytes = Buffer.from(log.bytes);
    bytes.writeUInt16LE(5000, 64 + 8);
    const read2 = read({ ...log, bytes });
    expect(read2.problems).toEqual([expect.stringContaining('damaged')]);
    const looping = Buffer.from(log.bytes);
    looping.writeUInt16LE(0, 64 + 8);
    expect(read({ ...log, bytes: looping }).problems).toEqual([expect.stringContaining('twice')]);
  });
});

describe('text before 3.5', () => {
  const text = '<6>[    1.000000] one\n<3>[    2.000000] two\n<4>no time\n';

  it('is parsed into level, time and text', () => {
    const log = read(buildLegacyLog(text, base, 1024));
    expect(textOf(log)).toBe('[    1.000000] one\n[    2.000000] two\nno time\n');
    expect(log.records.map(({ level }) => level)).toEqual([6, 3, 4]);
  });

  it('goes around its end', () => {
    const log = read(buildLegacyLog(text, base, 32));
    expect(textOf(log)).toContain('[    2.000000] two\nno time\n');
    expect(log.problems).toEqual([expect.stringContaining('overwritten')]);
  });
});

describe('text of messages', () => {
  it.each([
    [Buffer.from('plain'), 'plain'],
    [Buffer.from('Grüße 備え'), 'Grüße 備え'],
    [Buffer.from([0x61, 0xc3, 0x28, 0xff]), 'a\\xc3(\\xff'],
    [Buffer.from('\x1b[31mred\x07'), '\\x1b[31mred\\x07'],
    [Buffer.from('a\tb\nc'), 'a\tb\nc'],
    [Buffer.from('\u202eevil'), '\\u202eevil'],
  ])('%o', (bytes, text) => expect(safeLogText(bytes)).toBe(text));

  it('of a saved log is parsed back', () => {
    const saved = '[    1.500000] [     T94] hello\n[123456.789012] x\nno stamp';
    expect(parseLogLines(saved)).toMatchObject([
      { microseconds: 1_500_000, caller: 'T94', text: 'hello' },
      { microseconds: 123_456_789_012, text: 'x' },
      { microseconds: undefined, text: 'no stamp' },
    ]);
  });
});
