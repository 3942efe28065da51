import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';

/** More symbols than any kernel has: distributions build with 90,000 to 250,000. */
export const symbolLimit = 1_000_000;

/** Where the tables of kallsyms lie in the kernel's memory. */
export interface KallsymsTables {
  readonly count: number;
  readonly names: bigint;
  readonly tokenTable: bigint;
  readonly tokenIndex: bigint;
  /** Relative addresses and their base, or absolute addresses. */
  readonly offsets: bigint | undefined;
  readonly relativeBase: bigint | undefined;
  readonly addresses: bigint | undefined;
}

/** The tables as VMCOREINFO names them (6.0 and later, and backports); undefined when it does not. */
export function namedTables(kernel: KernelMemory, info: VmcoreInfo): KallsymsTables | undefined {
  const [names, number, tokenTable, tokenIndex] = [
    'kallsyms_names',
    'kallsyms_num_syms',
    'kallsyms_token_table',
    'kallsyms_token_index',
  ].map((name) => info.symbol(name));
  if (
    names === undefined ||
    number === undefined ||
    tokenTable === undefined ||
    tokenIndex === undefined
  ) {
    return undefined;
  }
  const count = kernel.u32(number);
  if (count === 0 || count > symbolLimit) throw new RangeError(`${count} symbols are not sensible`);
  return {
    count,
    names,
    tokenTable,
    tokenIndex,
    offsets: info.symbol('kallsyms_offsets'),
    relativeBase: info.symbol('kallsyms_relative_base'),
    addresses: info.symbol('kallsyms_addresses'),
  };
}
