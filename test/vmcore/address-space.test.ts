import { describe, expect, it } from 'vitest';
import { type PhysicalMemory, pagedMemory } from '../../src/vmcore/format/physical-memory.ts';
import { parseVmcoreInfo } from '../../src/vmcore/format/vmcoreinfo.ts';
import { openAddressSpace } from '../../src/vmcore/memory/address-space.ts';
import type { AddressSpace } from '../../src/vmcore/memory/kernel-memory.ts';
import { kernelMemory, MemoryFault } from '../../src/vmcore/memory/kernel-memory.ts';
import { type MemoryImage, memoryImage } from '../builders/memory-image.ts';

const none = { physBase: undefined, textLoad: undefined };

function physical(image: MemoryImage): PhysicalMemory {
  const pages = image.pages();
  return pagedMemory(
    image.pageSize,
    2 ** 40,
    (frame) => {
      const bytes = pages.get(frame);
      return bytes ? { kind: 'data', bytes } : { kind: 'not-ram' };
    },
    (frame) => frame,
  );
}

function space(
  machine: string,
  image: MemoryImage,
  info: string,
  hints: Parameters<typeof openAddressSpace>[3] = none,
): AddressSpace {
  const opened = openAddressSpace(
    machine,
    physical(image),
    parseVmcoreInfo(Buffer.from(info)),
    hints,
  );
  if (typeof opened === 'string') throw new Error(opened);
  return opened;
}

/** Writes one chain of table entries for `address`; the last entry is `leaf`. */
function mapChain(
  image: MemoryImage,
  root: number,
  address: bigint,
  levels: readonly { shift: number; width: number }[],
  leaf: bigint,
  link: bigint,
): void {
  let table = root;
  for (const [index, { shift, width }] of levels.entries()) {
    const slot = Number((address >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
    const isLast = index === levels.length - 1;
    const next = root + (index + 1) * 0x10000;
    const entry = isLast ? leaf : BigInt(next) | link;
    image.write(table + slot * 8, (out) => out.u64(0, entry));
    table = next;
  }
}

describe('x86_64', () => {
  const info = (more: string) => `OSRELEASE=6.1.0-test
SYMBOL(swapper_pg_dir)=ffffffff80100000
SYMBOL(init_uts_ns)=ffffffff80001000
SYMBOL(_stext)=ffffffff80000000
${more}`;
  const vmalloc = 0xffffc90000123456n;
  const four = [39, 30, 21, 12].map((shift) => ({ shift, width: 9 }));
  const five = [48, 39, 30, 21, 12].map((shift) => ({ shift, width: 9 }));
  const nx = 1n << 63n;

  it.each([
    ['4 levels', four, 'NUMBER(pgtable_l5_enabled)=0'],
    ['5 levels', five, 'NUMBER(pgtable_l5_enabled)=1'],
  ] as const)('walks %s', (_, levels, key) => {
    const image = memoryImage();
    mapChain(image, 0x100000, vmalloc, levels, 0x7777000n | nx | 0x63n, 0x67n);
    const walked = space('x86_64', image, info(`NUMBER(phys_base)=0\n${key}`));
    expect(walked.translate(vmalloc)).toBe(0x7777456);
    expect(walked.translate(vmalloc + 0x1000n)).toEqual({ kind: 'unmapped' });
    expect(walked.translate(0xffff800000000000n).valueOf()).toEqual({ kind: 'unmapped' });
  });

  it('knows pages of 2 MiB and 1 GiB', () => {
    const image = memoryImage();
    mapChain(image, 0x100000, vmalloc, four.slice(0, 3), 0x40000000n | 0xe3n, 0x67n);
    const big = space('x86_64', image, info('NUMBER(phys_base)=0'));
    expect(big.translate(vmalloc)).toBe(0x40000000 + (0x123456 & 0x1fffff));
    const huge = memoryImage();
    mapChain(huge, 0x100000, vmalloc, four.slice(0, 2), 0x80000000n | 0xe3n, 0x67n);
    const gib = space('x86_64', huge, info('NUMBER(phys_base)=0'));
    expect(gib.translate(vmalloc)).toBe(0x80000000 + 0x123456);
  });

  it('takes the mask of memory encryption off', () => {
    const image = memoryImage();
    const c = 1n << 47n;
    mapChain(image, 0x100000, vmalloc, four, 0x7777000n | c | 0x63n, 0x67n | c);
    const more = `NUMBER(phys_base)=0\nNUMBER(sme_mask)=${c}`;
    expect(space('x86_64', image, info(more)).translate(vmalloc)).toBe(0x7777456);
  });

  it('adds a negative phys_base', () => {
    const more = `NUMBER(phys_base)=-375390208`;
    const image = memoryImage();
    const moved = space('x86_64', image, info(more));
    expect(moved.translate(0xffffffff99000000n)).toBe(0x19000000 - 375390208);
  });

  it.each([
    ['sub-header', { physBase: 0x3000000n, textLoad: undefined }],
    [
      'text segment',
      { physBase: undefined, textLoad: { virtual: 0xffffffff81000000n, physical: 0x4000000 } },
    ],
    ['search', none],
  ])('finds the kernel by %s when VMCOREINFO has no phys_base', (_, hints) => {
    const image = memoryImage();
    image.write(0x3001000, (out) => {
      out.text(0, 'Linux');
      out.text(130, '6.1.0-test');
    });
    const found = space('x86_64', image, info(''), hints);
    expect(found.translate(0xffffffff80000000n)).toBe(0x3000000);
  });

  it('says what is missing when there is no kernel', () => {
    const nothing = parseVmcoreInfo(Buffer.from(info('')));
    const memory = pagedMemory(
      4096,
      2 ** 24,
      () => ({ kind: 'not-ram' }),
      () => undefined,
    );
    expect(openAddressSpace('x86_64', memory, nothing, none)).toContain('phys_base');
  });
});

describe('arm64', () => {
  it.each([
    [
      '4K pages, 48 bits',
      4096,
      48,
      [
        [39, 9],
        [30, 9],
        [21, 9],
        [12, 9],
      ],
    ],
    [
      '4K pages, 39 bits',
      4096,
      39,
      [
        [30, 9],
        [21, 9],
        [12, 9],
      ],
    ],
    [
      '4K pages, 52 bits',
      4096,
      52,
      [
        [48, 4],
        [39, 9],
        [30, 9],
        [21, 9],
        [12, 9],
      ],
    ],
    [
      '16K pages, 47 bits',
      16384,
      47,
      [
        [36, 11],
        [25, 11],
        [14, 11],
      ],
    ],
    [
      '16K pages, 48 bits',
      16384,
      48,
      [
        [47, 1],
        [36, 11],
        [25, 11],
        [14, 11],
      ],
    ],
    [
      '64K pages, 42 bits',
      65536,
      42,
      [
        [29, 13],
        [16, 13],
      ],
    ],
    [
      '64K pages, 48 bits',
      65536,
      48,
      [
        [42, 6],
        [29, 13],
        [16, 13],
      ],
    ],
    [
      '64K pages, 52 bits',
      65536,
      52,
      [
        [42, 10],
        [29, 13],
        [16, 13],
      ],
    ],
  ] as const)('walks %s', (_, pageSize, bits, pairs) => {
    const image = memoryImage();
    const levels = pairs.map(([shift, width]) => ({ shift, width }));
    const address = BigInt.asUintN(64, -(1n << BigInt(bits - 1))) + 0x8123456n;
    const page = BigInt(pageSize);
    const target = 0x9990000n & ~(page - 1n);
    mapChain(image, 0x400000, address, levels, target | 0x403n, 3n);
    const info = `PAGESIZE=${pageSize}
SYMBOL(swapper_pg_dir)=ffff800008400000
NUMBER(kimage_voffset)=0xffff800008000000
NUMBER(VA_BITS)=${bits}
NUMBER(TCR_EL1_T1SZ)=0x${(64 - bits).toString(16)}
`;
    const walked = space('aarch64', image, info);
    expect(walked.translate(address)).toBe(Number(target | (address & (page - 1n))));
    expect(walked.translate(address + page)).toEqual({ kind: 'unmapped' });
  });

  it('joins the high bits of 52-bit physical addresses', () => {
    const image = memoryImage(65536);
    const levels = [
      { shift: 42, width: 10 },
      { shift: 29, width: 13 },
      { shift: 16, width: 13 },
    ];
    const address = 0xfff0000000123456n;
    mapChain(image, 0x400000, address, levels, 0x12340000n | (5n << 12n) | 3n, 3n);
    const info = `PAGESIZE=65536
SYMBOL(swapper_pg_dir)=ffff800008400000
NUMBER(kimage_voffset)=0xffff800008000000
NUMBER(VA_BITS)=52
`;
    const expected = Number((5n << 48n) | 0x12340000n | 0x3456n);
    expect(space('aarch64', image, info).translate(address)).toBe(expected);
  });

  it('reads a 52-bit kernel on a 48-bit machine by T1SZ', () => {
    const image = memoryImage();
    const levels = [39, 30, 21, 12].map((shift) => ({ shift, width: 9 }));
    const address = 0xffff000000001000n;
    mapChain(image, 0x400000, address, levels, 0x5000n | 3n, 3n);
    const info = `PAGESIZE=4096
SYMBOL(swapper_pg_dir)=ffff800008400000
NUMBER(kimage_voffset)=0xffff800008000000
NUMBER(VA_BITS)=52
NUMBER(TCR_EL1_T1SZ)=0x10
`;
    expect(space('aarch64', image, info).translate(address)).toBe(0x5000);
  });

  it('says what is missing', () => {
    const memory = physical(memoryImage());
    expect(openAddressSpace('aarch64', memory, parseVmcoreInfo(Buffer.alloc(0)), none)).toContain(
      'kimage_voffset',
    );
  });
});

describe('others', () => {
  it.each([
    ['ppc64le', 0xc000000000123456n, 0x123456, ''],
    ['s390x', 0x123456n, 0x123456, ''],
    ['i386', 0xc0123456n, 0x123456, ''],
    [
      'riscv64',
      0xffffffd800123456n,
      0x80123456,
      'NUMBER(phys_ram_base)=0x80000000\nNUMBER(PAGE_OFFSET)=0xffffffd800000000\n',
    ],
  ])('%s reads its linear mapping', (machine, address, expected, info) => {
    expect(space(machine, memoryImage(), info).translate(address)).toBe(expected);
  });

  it('names machines that it cannot translate', () => {
    const info = parseVmcoreInfo(Buffer.alloc(0));
    expect(openAddressSpace('ia64', physical(memoryImage()), info, none)).toContain('ia64');
  });
});

describe('kernel memory', () => {
  const image = memoryImage();
  image.write(0xff8, (out) => {
    out.u64(0, 0x1122334455667788n);
    out.text(8, 'across the page');
  });
  const identity = { translate: (address: bigint) => Number(address) };
  const memory = kernelMemory(physical(image), identity, { wordSize: 8, isLittleEndian: true });

  it('reads numbers and text across pages', () => {
    expect(memory.u64(0xff8n)).toBe(0x1122334455667788n);
    expect(memory.u32(0xff8n)).toBe(0x55667788);
    expect(memory.u16(0xff8n)).toBe(0x7788);
    expect(memory.text(0x1000n, 64)).toBe('across the page');
    expect(memory.bytes(0xffcn, 8).length).toBe(8);
  });

  it('throws a fault that says why', () => {
    expect(() => memory.u32(0x9000n)).toThrow(MemoryFault);
    expect(() => memory.u32(0x9000n)).toThrow('cannot read 0x9000: there is no memory');
    expect(memory.read(0x1000n, 2 ** 40)).toEqual({ kind: 'unmapped' });
  });
});
