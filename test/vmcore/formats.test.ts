import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { elfMemory } from '../../src/vmcore/format/elf-memory.ts';
import { identifyDump } from '../../src/vmcore/format/identify.ts';
import { kdumpMemory } from '../../src/vmcore/format/kdump-memory.ts';
import type { PhysicalMemory } from '../../src/vmcore/format/physical-memory.ts';
import { recogniseDump } from '../../src/vmcore/format/recognise.ts';
import { buildElf } from '../builders/build-elf.ts';
import { buildFlattened, flatten } from '../builders/build-flattened.ts';
import { buildKdump } from '../builders/build-kdump.ts';
import { bufferSource, type Layout } from '../builders/byte-writer.ts';

const layouts: readonly [string, Layout][] = [
  ['64 bit little endian', { is64: true, isLittleEndian: true }],
  ['64 bit big endian', { is64: true, isLittleEndian: false }],
  ['32 bit little endian', { is64: false, isLittleEndian: true }],
  ['32 bit big endian', { is64: false, isLittleEndian: false }],
];

function page(text: string): Buffer {
  const bytes = Buffer.alloc(4096, text.charCodeAt(0));
  for (let at = 0; at < 600; at += 1) bytes[at] = (at * 7 + text.length) & 0xff;
  bytes.write(text, 0, 'latin1');
  return bytes;
}

const pages = new Map([
  [1, page('one')],
  [3, page('three')],
  [40, page('forty')],
]);

function open(file: Buffer): PhysicalMemory {
  const { body } = identifyDump(bufferSource(file));
  if (body?.kind === 'elf') return elfMemory(body.source, body.header.loads);
  if (body?.kind === 'kdump') return kdumpMemory([body.part]);
  throw new Error('no body');
}

function textAt(memory: PhysicalMemory, address: number, length: number): string {
  const read = memory.read(address, length);
  return read.kind === 'data' ? read.bytes.toString('latin1') : read.kind;
}

describe.each(layouts)('kdump-compressed, %s', (_, layout) => {
  it.each([1, 2, 3, 4, 5, 6])('reads header version %i', (version) => {
    const file = buildKdump({ layout, version, pages, excluded: [2], dumpLevel: 17 });
    const { identity } = identifyDump(bufferSource(file));
    expect(identity).toMatchObject({
      format: 'kdump-compressed',
      completeness: 'complete',
      dumpLevel: 17,
      hasUserPages: true,
      release: '6.1.0-test',
    });
    const memory = open(file);
    expect(textAt(memory, 3 * 4096, 5)).toBe('three');
    expect(textAt(memory, 2 * 4096, 5)).toBe('excluded');
    expect(textAt(memory, 5 * 4096, 5)).toBe('not-ram');
    expect(textAt(memory, 41 * 4096, 5)).toBe('not-ram');
  });

  it.each(['none', 'zlib', 'lzo', 'snappy', 'zstd'] as const)('reads %s pages', (compression) => {
    const file = buildKdump({ layout, pages, compression });
    expect(identifyDump(bufferSource(file)).identity.pageCompression).toBe(compression);
    const memory = open(file);
    for (const [frame, bytes] of pages) {
      const read = memory.read(frame * 4096, 4096);
      expect(read.kind === 'data' && read.bytes.equals(bytes)).toBe(true);
    }
  });
});

describe('kdump-compressed', () => {
  it('finds VMCOREINFO in both 32-bit packings', () => {
    for (const packing of ['i386', 'arm'] as const) {
      const layout = { is64: false, isLittleEndian: true };
      const file = buildKdump({ layout, packing, pages, vmcoreInfo: 'OSRELEASE=6.1\n' });
      const { body } = identifyDump(bufferSource(file));
      expect(body?.kind === 'kdump' && body.part.header.sub?.vmcoreInfo?.size).toBe(14);
    }
  });

  it('joins the parts of a split set in any order, and says what a lone part lacks', () => {
    const parts = [
      { start: 0, end: 2 },
      { start: 2, end: 30 },
      { start: 30, end: 41 },
    ].map((part) => buildKdump({ pages, part, excluded: [2] }));
    const opened = parts.map((file) => {
      const { body, identity } = identifyDump(bufferSource(file));
      expect(identity).toMatchObject({
        completeness: 'complete',
        title: expect.stringContaining('one part of a split set'),
      });
      if (body?.kind !== 'kdump') throw new Error('no body');
      return body.part;
    });
    const memory = kdumpMemory(opened.reverse());
    expect(textAt(memory, 40 * 4096, 5)).toBe('forty');
    expect(textAt(memory, 1 * 4096, 3)).toBe('one');
    const lone = kdumpMemory(opened.slice(0, 1));
    expect(textAt(lone, 40 * 4096, 5)).toBe('forty');
    expect(textAt(lone, 1 * 4096, 3)).toBe('beyond-end');
  });

  it('tells an unfinished dump from a cut one', () => {
    const file = buildKdump({ pages, status: 8 });
    expect(identifyDump(bufferSource(file)).identity.problems).toEqual([
      expect.stringContaining('marked the dump as incomplete'),
    ]);
    const cut = identifyDump(bufferSource(buildKdump({ pages }).subarray(0, -4000)));
    expect(cut.identity.problems).toEqual([expect.stringContaining('1 of 3 stored pages (33 %)')]);
    const unwritten = buildKdump({ pages });
    const tableAt = unwritten.length - 3 * 4096 - 72;
    unwritten.writeBigUInt64LE(0n, tableAt + 48);
    expect(identifyDump(bufferSource(unwritten)).identity.problems).toEqual([
      expect.stringContaining('1 of 3 pages (33 %) were never written'),
    ]);
    expect(textAt(open(unwritten), 40 * 4096, 5)).toBe('beyond-end');
  });

  it('calls a damaged page damaged', () => {
    const file = buildKdump({ pages, compression: 'zlib' });
    file.fill(0xff, file.length - 200);
    expect(textAt(open(file), 40 * 4096, 5)).toBe('damaged');
  });
});

describe.each(layouts)('ELF, %s', (_, layout) => {
  it('reads segments, holes and edges', () => {
    const file = buildElf({
      layout,
      segments: [
        { physical: 0x1000, bytes: Buffer.concat([page('one'), Buffer.from('tail')]) },
        { physical: 0x10000, bytes: page('sixteen'), memorySize: 0x3000 },
      ],
    });
    const memory = open(file);
    expect(textAt(memory, 0x1000, 3)).toBe('one');
    expect(textAt(memory, 0x2000, 4)).toBe('tail');
    expect(textAt(memory, 0x10000, 7)).toBe('sixteen');
    expect(textAt(memory, 0x11000, 7)).toBe('excluded');
    expect(textAt(memory, 0x5000, 7)).toBe('not-ram');
  });

  it('takes the number of program headers from section header 0', () => {
    const segments = [{ physical: 0x1000, bytes: page('one') }];
    const file = buildElf({ layout, segments, isExtendedCount: true });
    expect(textAt(open(file), 0x1000, 3)).toBe('one');
  });
});

describe('ELF', () => {
  it('reads more than 65534 segments', () => {
    const segments = Array.from({ length: 70_000 }, (_, index) => ({
      physical: index * 8192,
      bytes: Buffer.from(`segment ${index}`),
    }));
    const memory = open(buildElf({ segments, isExtendedCount: true }));
    expect(textAt(memory, 69_999 * 8192, 13)).toBe('segment 69999');
  });

  it('reports what a cut file lacks, and the flag of makedumpfile', () => {
    const segments = [{ physical: 0, bytes: page('zero') }];
    const cut = buildElf({ segments }).subarray(0, -96);
    expect(identifyDump(bufferSource(cut)).identity).toMatchObject({
      completeness: 'incomplete',
      problems: [expect.stringContaining('96 of ')],
    });
    const flagged = buildElf({ segments, flags: 1 });
    expect(identifyDump(bufferSource(flagged)).identity.completeness).toBe('incomplete');
  });

  it('tells vmlinux and the core of a process apart from a dump', () => {
    expect(identifyDump(bufferSource(buildElf({ type: 2 }))).identity.format).toBe('executable');
    const auxv = { name: 'CORE', type: 6, content: Buffer.alloc(16) };
    const core = buildElf({ notes: [auxv] });
    expect(identifyDump(bufferSource(core)).identity.format).toBe('user-core');
  });
});

describe('flattened', () => {
  const file = buildKdump({ pages, compression: 'zlib' });

  it('is read as the file it would become, later records over earlier ones', () => {
    const wrong = { offset: 100, bytes: Buffer.alloc(5000, 0xee) };
    const stream = buildFlattened([wrong, ...flatten(file, 1000)]);
    const { identity } = identifyDump(bufferSource(stream));
    expect(identity).toMatchObject({
      format: 'flattened',
      completeness: 'complete',
      dumpLevel: 31,
    });
    expect(textAt(open(stream), 3 * 4096, 5)).toBe('three');
  });

  it('without its end mark is incomplete but read', () => {
    const stream = buildFlattened(flatten(file, 1000), { hasEnd: false });
    const { identity } = identifyDump(bufferSource(stream));
    expect(identity.completeness).toBe('incomplete');
    expect(identity.problems[0]).toContain('end mark');
    expect(textAt(open(stream), 3 * 4096, 5)).toBe('three');
  });
});

describe('what is named but not read', () => {
  const head = (text: string, at = 0) => {
    const bytes = Buffer.alloc(8192, 1);
    bytes.write(text, at, 'latin1');
    return bytes;
  };
  it.each([
    ['empty', Buffer.alloc(0)],
    ['zeroes', Buffer.alloc(100_000)],
    ['xen-save', head('LinuxGuestRecord')],
    ['xen-core', head('\xed\xeb\x0f\xf0')],
    ['libvirt-save', head('LibvirtQemudPart')],
    ['qemu-migration', head('QEVM')],
    ['windows', head('PAGEDU64')],
    ['windows', head('MDMP')],
    ['hibernation', head('LINHIB0001', 4086)],
    ['s390-dump', head('\xa8\x19\x01\x73\x61\x8f\x23\xfd')],
    ['lkcd', head('\xed\x23\x8f\x61\x73\x01\x19\xa8')],
    ['sadump', head('sadump\0\0', 4096)],
    ['vmware', head('\xd2\xbe\xd2\xbe')],
    ['kvm-live', head('\xef\xbe\xad\xde\xbe\xba\xed\xfe', 8184)],
    ['gzip-wrapped', gzipSync(buildKdump({ pages }))],
    ['zstd-wrapped', zstdCompressSync(buildKdump({ pages }))],
    ['xz-wrapped', head('\xfd7zXZ\0')],
    ['lz4-wrapped', head('\x04\x22\x4d\x18')],
    ['bzip2-wrapped', head('BZh9')],
    ['zip-wrapped', head('PK\x03\x04')],
  ])('%s', (format, file) => {
    const recognised = recogniseDump(bufferSource(file));
    expect(recognised?.format).toBe(format);
    expect(recognised?.completeness).not.toBe('complete');
    expect(identifyDump(bufferSource(file)).identity.advice).not.toEqual([]);
  });

  it('looks inside gzip and zstd for the first bytes', () => {
    const file = buildKdump({ pages });
    for (const wrapped of [gzipSync(file), zstdCompressSync(file)]) {
      expect(identifyDump(bufferSource(wrapped)).identity.title).toContain('kdump-compressed');
    }
  });

  it('gives nothing for bytes that are no dump', () => {
    expect(recogniseDump(bufferSource(Buffer.from('hello, world, this is a text')))).toBe(
      undefined,
    );
  });
});
