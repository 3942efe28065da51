import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolTable } from '../symbols/symbols.ts';

/** Memory of the machine in bytes, as /proc/meminfo would count it (without what sat in per-CPU deltas). */
export interface MemorySummary {
  readonly total: number;
  readonly free: number;
  /** What is undefined the kernel's types did not name. */
  readonly anonymous: number | undefined;
  readonly fileCache: number | undefined;
  readonly shared: number | undefined;
  readonly slabReclaimable: number | undefined;
  readonly slabUnreclaimable: number | undefined;
  readonly kernelStacks: number | undefined;
  readonly pageTables: number | undefined;
  readonly swapTotal: number | undefined;
  readonly swapFree: number | undefined;
}

/** Reads the global counters of mm/vmstat.c by the enums of the kernel's own types. */
export function readMemorySummary(
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable,
  pageSize: number,
): MemorySummary {
  const counter = (symbol: string, index: number | undefined): number | undefined => {
    const base = symbols.address(symbol);
    if (base === undefined || index === undefined) return undefined;
    // A counter may be briefly negative: its per-CPU parts were not yet folded in.
    const value = Number(BigInt.asIntN(64, kernel.u64(base + BigInt(index * 8))));
    return Math.max(0, value) * pageSize;
  };
  const node = (name: string) => counter('vm_node_stat', types.enumValue('node_stat_item', name));
  const zone = (name: string) => counter('vm_zone_stat', types.enumValue('zone_stat_item', name));
  const total = counter('_totalram_pages', 0);
  const free = zone('NR_FREE_PAGES');
  if (total === undefined || free === undefined) {
    throw new RangeError('the counters of memory are not known by name');
  }
  const stacks = node('NR_KERNEL_STACK_KB');
  const swapAt = symbols.address('total_swap_pages');
  return {
    total,
    free,
    anonymous: node('NR_ANON_MAPPED'),
    fileCache: node('NR_FILE_PAGES'),
    shared: node('NR_SHMEM'),
    slabReclaimable: node('NR_SLAB_RECLAIMABLE_B'),
    slabUnreclaimable: node('NR_SLAB_UNRECLAIMABLE_B'),
    kernelStacks: stacks === undefined ? undefined : (stacks / pageSize) * 1024,
    pageTables: node('NR_PAGETABLE'),
    swapTotal: swapAt === undefined ? undefined : Number(kernel.u64(swapAt)) * pageSize,
    swapFree: counter('nr_swap_pages', 0),
  };
}
