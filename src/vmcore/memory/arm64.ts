import type { PhysicalMemory } from '../format/physical-memory.ts';
import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { AddressSpace } from './kernel-memory.ts';

/** Address translation of an arm64 kernel: pages of 4, 16 or 64 KiB, 36 to 52 bits; a string says what is missing for it. */
export function arm64AddressSpace(memory: PhysicalMemory, info: VmcoreInfo): AddressSpace | string {
  const imageOffset = info.number('kimage_voffset');
  const root = info.symbol('swapper_pg_dir');
  if (imageOffset === undefined || root === undefined) {
    return 'VMCOREINFO has no kimage_voffset or swapper_pg_dir';
  }
  const pageSize = BigInt(info.get('PAGESIZE')?.match(/^\d{4,6}$/)?.[0] ?? '4096');
  const pageShift = { 4096: 12, 16384: 14, 65536: 16 }[Number(pageSize)];
  if (pageShift === undefined) return `a page size of ${pageSize} bytes is unknown on arm64`;
  // A kernel built for 52 bits runs with 48 on older processors: T1SZ says what is.
  const configured = Number(info.number('VA_BITS') ?? 48n);
  const t1sz = info.number('TCR_EL1_T1SZ');
  const bits = t1sz === undefined ? configured : 64 - Number(t1sz);
  if (bits < 36 || bits > 52) return `${bits} bits of virtual address are unknown on arm64`;
  const levels = tableLevels(bits, pageShift);
  const start = Number(BigInt.asUintN(64, root - imageOffset));
  return {
    translate(address) {
      let table = start;
      for (const { shift, width, isLast } of levels) {
        const index = Number((address >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
        const read = memory.read(table + index * 8, 8);
        if (read.kind !== 'data') return read;
        const entry = read.bytes.readBigUInt64LE(0);
        const kind = entry & 3n;
        const isLeaf = isLast ? kind === 3n : kind === 1n;
        if (!isLeaf && kind !== 3n) return { kind: 'unmapped' };
        if (isLast && kind !== 3n) return { kind: 'unmapped' };
        const output = outputAddress(entry, pageShift, bits);
        if (isLeaf) {
          const within = (1n << BigInt(shift)) - 1n;
          return Number((output & ~within) | (address & within));
        }
        table = Number(output);
      }
      return { kind: 'unmapped' };
    },
  };
}

interface TableLevel {
  readonly shift: number;
  readonly width: number;
  readonly isLast: boolean;
}

function tableLevels(bits: number, pageShift: number): TableLevel[] {
  const perLevel = pageShift - 3;
  const count = Math.ceil((bits - pageShift) / perLevel);
  return Array.from({ length: count }, (_, index) => {
    const shift = pageShift + (count - 1 - index) * perLevel;
    return { shift, width: index === 0 ? bits - shift : perLevel, isLast: index === count - 1 };
  });
}

// Arm ARM, VMSAv8-64 descriptors: with 52-bit addresses the top bits stand low in the entry.
function outputAddress(entry: bigint, pageShift: number, bits: number): bigint {
  const page = (1n << BigInt(pageShift)) - 1n;
  const low = entry & 0x0000fffffffff000n & ~page;
  if (pageShift === 16) return low | ((entry & 0xf000n) << 36n);
  if (bits <= 48) return low;
  return (entry & 0x0003fffffffff000n & ~page) | ((entry & 0x300n) << 42n);
}
