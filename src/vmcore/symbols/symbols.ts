import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { searchKallsyms } from './kallsyms-search.ts';
import { type KallsymsTables, namedTables } from './kallsyms-tables.ts';
import { decodeNames, type SymbolNames } from './symbol-names.ts';

/** A symbol and how far into it an address lies. */
export interface SymbolPlace {
  readonly name: string;
  readonly offset: number;
}

/** The symbols of the dumped kernel, from the kallsyms tables in its memory. */
export interface SymbolTable {
  readonly count: number;
  /** Whether VMCOREINFO named the tables or they were found by their content. */
  readonly from: 'VMCOREINFO' | 'search';
  /** Address of the first symbol of that name. */
  address(name: string): bigint | undefined;
  /** The function that holds an address; undefined outside of kernel text. */
  describe(address: bigint): SymbolPlace | undefined;
  /** The nearest symbol of any kind at or below an address, at most 16 MiB away. */
  nearest(address: bigint): SymbolPlace | undefined;
  isText(address: bigint): boolean;
}

/** Loads kallsyms. Throws `MemoryFault` or `RangeError` with the reason when there is none to be had. */
export function loadSymbols(kernel: KernelMemory, info: VmcoreInfo): SymbolTable {
  const named = namedTables(kernel, info);
  const tables = named ?? searchKallsyms(kernel, info);
  const text = info.symbol('_stext');
  if (!tables || text === undefined) {
    throw new RangeError('the kernel has no kallsyms tables that could be found');
  }
  // 6.1 and later write lengths of 128 and more in two bytes; no key says so: the right one has _stext.
  for (const hasWideLengths of [true, false]) {
    const names = decodeNames(kernel, tables, hasWideLengths);
    const index = names?.find('_stext');
    if (!names || index === undefined) continue;
    const addresses = decodeAddresses(kernel, tables, index, text);
    if (addresses) return makeTable(names, addresses, named ? 'VMCOREINFO' : 'search');
  }
  throw new RangeError('the kallsyms tables do not decode: _stext is not where VMCOREINFO says');
}

// How an entry of kallsyms_offsets becomes an address (scripts/kallsyms.c); the right way puts _stext where it is.
function decodeAddresses(
  kernel: KernelMemory,
  tables: KallsymsTables,
  textIndex: number,
  text: bigint,
): BigUint64Array | undefined {
  const { count } = tables;
  if (tables.addresses !== undefined) {
    const bytes = kernel.bytes(tables.addresses, count * 8);
    const addresses = new BigUint64Array(count);
    for (let at = 0; at < count; at += 1) addresses[at] = bytes.readBigUInt64LE(at * 8);
    return addresses[textIndex] === text ? addresses : undefined;
  }
  const { offsets } = tables;
  if (offsets === undefined) return undefined;
  const bytes = kernel.bytes(offsets, count * 4);
  const base = tables.relativeBase === undefined ? undefined : kernel.u64(tables.relativeBase);
  const ways: ((offset: number, index: number) => bigint)[] = [];
  if (base !== undefined) {
    // absolute-percpu (x86_64 until 6.14), then plainly relative.
    ways.push((offset) => (offset >= 0 ? BigInt(offset) : base - 1n - BigInt(offset)));
    ways.push((offset) => base + BigInt(offset >>> 0));
  }
  ways.push((offset, index) => offsets + BigInt(index * 4) + BigInt(offset));
  const read = (index: number) =>
    kernel.isLittleEndian ? bytes.readInt32LE(index * 4) : bytes.readInt32BE(index * 4);
  const way = ways.find((decode) => decode(read(textIndex), textIndex) === text);
  if (!way) return undefined;
  const addresses = new BigUint64Array(count);
  for (let index = 0; index < count; index += 1) addresses[index] = way(read(index), index);
  return addresses;
}

function makeTable(
  names: SymbolNames,
  addresses: BigUint64Array,
  from: SymbolTable['from'],
): SymbolTable {
  const text = sortedIndex(addresses, (index) => 'tTwW'.includes(names.type(index)));
  let all: SortedIndex | undefined;
  const address = (name: string) => {
    const index = names.find(name);
    return index === undefined ? undefined : addresses[index];
  };
  const ranges = [
    ['_stext', '_etext'],
    ['_sinittext', '_einittext'],
  ].map(([start = '', end = '']) => ({ start: address(start), end: address(end) }));
  const isText = (at: bigint) =>
    ranges.some(
      ({ start, end }) => start !== undefined && end !== undefined && at >= start && at < end,
    );
  const place = (table: SortedIndex, at: bigint): SymbolPlace | undefined => {
    const found = table.lastAtOrBelow(at);
    if (found === undefined) return undefined;
    return { name: names.name(found), offset: Number(at - (addresses[found] ?? 0n)) };
  };
  return {
    count: addresses.length,
    from,
    address,
    isText,
    describe: (at) => (isText(at) ? place(text, at) : undefined),
    nearest(at) {
      all ??= sortedIndex(addresses, () => true);
      const found = place(all, at);
      return found && found.offset < 16 * 1024 * 1024 ? found : undefined;
    },
  };
}

interface SortedIndex {
  /** Index of the first symbol with the highest address at or below. */
  lastAtOrBelow(address: bigint): number | undefined;
}

function sortedIndex(addresses: BigUint64Array, wanted: (index: number) => boolean): SortedIndex {
  const picked: number[] = [];
  let isSorted = true;
  for (let index = 0; index < addresses.length; index += 1) {
    if (!wanted(index)) continue;
    const previous = picked.at(-1);
    if (previous !== undefined && (addresses[previous] ?? 0n) > (addresses[index] ?? 0n)) {
      isSorted = false;
    }
    picked.push(index);
  }
  if (!isSorted) {
    picked.sort((a, b) => {
      const left = addresses[a] ?? 0n;
      const right = addresses[b] ?? 0n;
      return left < right ? -1 : left > right ? 1 : a - b;
    });
  }
  const order = Uint32Array.from(picked);
  const at = (position: number) => addresses[order[position] ?? 0] ?? 0n;
  return {
    lastAtOrBelow(address) {
      let low = 0;
      let high = order.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (at(middle) <= address) low = middle + 1;
        else high = middle;
      }
      if (low === 0) return undefined;
      let position = low - 1;
      // Of several names for one address the kernel prints the first.
      while (position > 0 && at(position - 1) === at(position)) position -= 1;
      return order[position];
    },
  };
}
