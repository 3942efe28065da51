import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolPlace } from '../symbols/symbols.ts';
import type { KernelModule } from './modules.ts';

/** The symbols that a module brought along. */
export interface ModuleSymbols {
  describe(address: bigint): SymbolPlace | undefined;
}

/** Symbols of one module at most; the biggest drivers have some ten thousand. */
const moduleSymbolLimit = 200_000;

/** Reads `module.kallsyms` (Elf64_Sym entries and their strings); undefined when it is not there. */
export function readModuleSymbols(
  kernel: KernelMemory,
  types: TypeTable,
  module: KernelModule,
): ModuleSymbols | undefined {
  const at = types.offset('module', 'kallsyms');
  const members = ['symtab', 'num_symtab', 'strtab'].map((name) =>
    types.offset('mod_kallsyms', name),
  );
  const [symtabAt, countAt, strtabAt] = members;
  if (
    at === undefined ||
    symtabAt === undefined ||
    countAt === undefined ||
    strtabAt === undefined
  ) {
    return undefined;
  }
  try {
    const tables = kernel.pointer(module.address + BigInt(at));
    const count = kernel.u32(tables + BigInt(countAt));
    if (count === 0 || count > moduleSymbolLimit) return undefined;
    const entries = kernel.bytes(kernel.pointer(tables + BigInt(symtabAt)), count * 24);
    const strings = kernel.pointer(tables + BigInt(strtabAt));
    return {
      describe(address) {
        let best = -1;
        let bestValue = 0n;
        for (let index = 0; index < count; index += 1) {
          const value = entries.readBigUInt64LE(index * 24 + 8);
          const section = entries.readUInt16LE(index * 24 + 6);
          // Section 0 is undefined; an unnamed or mapping symbol names nothing.
          if (section === 0 || entries.readUInt32LE(index * 24) === 0) continue;
          if (value <= address && value > bestValue) {
            best = index;
            bestValue = value;
          }
        }
        if (best < 0 || address - bestValue > 0x100000n) return undefined;
        const name = kernel.read(strings + BigInt(entries.readUInt32LE(best * 24)), 64);
        if (name.kind !== 'data') return undefined;
        const text = name.bytes.toString('latin1').split('\0', 1)[0] ?? '';
        return /^[\w.$]+$/.test(text)
          ? { name: text, offset: Number(address - bestValue) }
          : undefined;
      },
    };
  } catch (error) {
    if ((error as Error).name === 'MemoryFault') return undefined;
    throw error;
  }
}
