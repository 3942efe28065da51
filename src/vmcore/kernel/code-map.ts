import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolTable } from '../symbols/symbols.ts';
import { type ModuleSymbols, readModuleSymbols } from './module-symbols.ts';
import type { KernelModule } from './modules.ts';

/** A place in code, named. */
export interface CodePlace {
  /** Function name, or the bare address when nothing names it. */
  readonly name: string;
  readonly offset: number;
  readonly module: string | undefined;
}

/** All code of the dumped kernel: the image and the modules. */
export interface CodeMap {
  isText(address: bigint): boolean;
  /** Names an address; `isReturn` for return addresses, which belong to the call before them. */
  describe(address: bigint, isReturn: boolean): CodePlace;
  /** The module in whose text the address lies. */
  moduleAt(address: bigint): KernelModule | undefined;
}

/** Joins kernel symbols and modules into one map. */
export function createCodeMap(
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable | undefined,
  modules: readonly KernelModule[],
): CodeMap {
  const known = new Map<KernelModule, ModuleSymbols | undefined>();
  const moduleAt = (address: bigint) =>
    modules.find(({ text }) =>
      text.some(({ base, size }) => address >= base && address < base + BigInt(size)),
    );
  const symbolsOf = (module: KernelModule): ModuleSymbols | undefined => {
    if (!known.has(module)) known.set(module, types && readModuleSymbols(kernel, types, module));
    return known.get(module);
  };
  const find = (address: bigint): CodePlace | undefined => {
    const place = symbols.describe(address);
    if (place) return { ...place, module: undefined };
    const module = moduleAt(address);
    if (!module) return undefined;
    const inner = symbolsOf(module)?.describe(address);
    if (inner) return { ...inner, module: module.name };
    return { name: module.name, offset: Number(address - module.base), module: module.name };
  };
  return {
    isText: (address) => symbols.isText(address) || moduleAt(address) !== undefined,
    moduleAt,
    describe(address, isReturn) {
      const found = find(isReturn ? address - 1n : address);
      if (!found) return { name: `0x${address.toString(16)}`, offset: 0, module: undefined };
      return isReturn ? { ...found, offset: found.offset + 1 } : found;
    },
  };
}
