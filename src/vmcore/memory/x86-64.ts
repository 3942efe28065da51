import type { PhysicalMemory } from '../format/physical-memory.ts';
import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { AddressSpace } from './kernel-memory.ts';

/** Where the kernel image is mapped: `__START_KERNEL_map` (arch/x86/include/asm/page_64_types.h). */
const imageStart = 0xffffffff80000000n;

/** What the headers of a dump say about where the kernel lies, apart from VMCOREINFO. */
export interface PhysicalHints {
  /** From the kdump sub-header. */
  readonly physBase: bigint | undefined;
  /** A PT_LOAD of the kernel text: its virtual and physical start. */
  readonly textLoad: { readonly virtual: bigint; readonly physical: number } | undefined;
}

/** Address translation of an x86_64 kernel with 4 or 5 levels; a string says what is missing for it. */
export function x86AddressSpace(
  memory: PhysicalMemory,
  info: VmcoreInfo,
  hints: PhysicalHints,
): AddressSpace | string {
  const physBase = findPhysBase(memory, info, hints);
  if (physBase === undefined) return 'the kernel was not found in physical memory (no phys_base)';
  const imageEnd = imageStart + (info.number('KERNEL_IMAGE_SIZE') ?? 0x40000000n);
  const root =
    info.symbol('init_top_pgt') ?? info.symbol('init_level4_pgt') ?? info.symbol('swapper_pg_dir');
  const physical = (address: bigint) => Number(BigInt.asUintN(64, address - imageStart + physBase));
  const mask = 0x000ffffffffff000n & ~(info.number('sme_mask') ?? 0n);
  const shifts = info.number('pgtable_l5_enabled') ? [48, 39, 30, 21, 12] : [39, 30, 21, 12];
  return {
    translate(address) {
      if (address >= imageStart && address < imageEnd) return physical(address);
      if (root === undefined) return { kind: 'unmapped' };
      let table = physical(root);
      for (const shift of shifts) {
        const index = Number((address >> BigInt(shift)) & 511n);
        const read = memory.read(table + index * 8, 8);
        if (read.kind !== 'data') return read;
        const entry = read.bytes.readBigUInt64LE(0);
        if ((entry & 1n) === 0n) return { kind: 'unmapped' };
        const isLeaf = shift === 12 || ((shift === 30 || shift === 21) && (entry & 0x80n) !== 0n);
        if (isLeaf) {
          const within = (1n << BigInt(shift)) - 1n;
          return Number((entry & mask & ~within) | (address & within));
        }
        table = Number(entry & mask);
      }
      return { kind: 'unmapped' };
    },
  };
}

function findPhysBase(
  memory: PhysicalMemory,
  info: VmcoreInfo,
  hints: PhysicalHints,
): bigint | undefined {
  const named = info.number('phys_base');
  if (named !== undefined) return named;
  const { textLoad } = hints;
  const fromLoad =
    textLoad && textLoad.virtual >= imageStart
      ? BigInt(textLoad.physical) - (textLoad.virtual - imageStart)
      : undefined;
  const candidates = [hints.physBase, fromLoad, 0n].filter((base) => base !== undefined);
  return candidates.find((base) => isKernelAt(memory, info, base)) ?? searchPhysBase(memory, info);
}

// The utsname of the running kernel must be where the base puts it; older kernels have a kref of 4 bytes before it.
function isKernelAt(memory: PhysicalMemory, info: VmcoreInfo, base: bigint): boolean {
  const uts = info.symbol('init_uts_ns');
  const release = info.get('OSRELEASE');
  if (uts === undefined || !release) return false;
  const at = Number(BigInt.asUintN(64, uts - imageStart + base));
  const read = memory.read(at, 256);
  return read.kind === 'data' && read.bytes.includes('Linux\0') && read.bytes.includes(release);
}

// KASLR moves the kernel in steps of 2 MiB (CONFIG_PHYSICAL_ALIGN).
function searchPhysBase(memory: PhysicalMemory, info: VmcoreInfo): bigint | undefined {
  const step = 2 * 1024 * 1024;
  for (let at = 0, tries = 0; at < memory.end && tries < 65_536; at += step, tries += 1) {
    const base = BigInt(at) - ((info.symbol('_stext') ?? imageStart) - imageStart);
    const aligned = base - (base & BigInt(step - 1));
    if (isKernelAt(memory, info, aligned)) return aligned;
  }
  return undefined;
}
