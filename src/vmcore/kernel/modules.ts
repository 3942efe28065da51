import { printable } from '../../std/printable.ts';
import { type Taint, taintsOfMask } from '../crash/taint.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolTable } from '../symbols/symbols.ts';

/** A loaded module. */
export interface KernelModule {
  readonly address: bigint;
  readonly name: string;
  readonly state: 'live' | 'loading' | 'unloading' | 'unformed';
  /** Of its core text. */
  readonly base: bigint;
  /** Bytes of all its parts. */
  readonly size: number;
  readonly version: string | undefined;
  readonly sourceVersion: string | undefined;
  readonly taints: readonly Taint[];
  /** Text regions, core and init: where its code may run. */
  readonly text: readonly { readonly base: bigint; readonly size: number }[];
  /** Its ORC tables, on x86_64. */
  readonly orc:
    | { readonly addresses: bigint; readonly entries: bigint; readonly count: number }
    | undefined;
}

const moduleLimit = 16_384;
const listSteps = 2 * moduleLimit;

/** Walks the list of modules; what is damaged ends the list with a problem. */
export function readModules(
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable,
): { readonly modules: readonly KernelModule[]; readonly problems: readonly string[] } {
  const head = symbols.address('modules');
  const listAt = types.offset('module', 'list');
  const nameAt = types.offset('module', 'name');
  if (head === undefined || listAt === undefined || nameAt === undefined) {
    throw new RangeError('the list of modules or the type of a module is not known');
  }
  const modules: KernelModule[] = [];
  const problems: string[] = [];
  const seen = new Set<bigint>();
  try {
    for (let at = kernel.pointer(head); at !== head; at = kernel.pointer(at)) {
      if (seen.has(at) || seen.size > listSteps || modules.length >= moduleLimit) {
        problems.push('The list of modules runs in a circle: it is damaged.');
        break;
      }
      seen.add(at);
      modules.push(readModule(kernel, types, at - BigInt(listAt), nameAt));
    }
  } catch (error) {
    if ((error as Error).name !== 'MemoryFault') throw error;
    problems.push(`The list of modules ends early: ${(error as Error).message}.`);
  }
  return { modules, problems };
}

function readModule(
  kernel: KernelMemory,
  types: TypeTable,
  address: bigint,
  nameAt: number,
): KernelModule {
  const at = (path: string) => {
    const offset = types.offset('module', path);
    return offset === undefined ? undefined : address + BigInt(offset);
  };
  const text = (path: string) => {
    const pointer = at(path);
    const target = pointer === undefined ? 0n : kernel.pointer(pointer);
    return target === 0n ? undefined : printable(kernel.text(target, 64));
  };
  const stateAt = at('state');
  const taintsAt = at('taints');
  const layout = readLayout(kernel, types, at);
  return {
    address,
    name: printable(kernel.text(address + BigInt(nameAt), 56)),
    state:
      (['live', 'loading', 'unloading', 'unformed'] as const)[
        stateAt === undefined ? 0 : kernel.u32(stateAt) & 3
      ] ?? 'live',
    ...layout,
    version: text('version'),
    sourceVersion: text('srcversion'),
    taints: taintsAt === undefined ? [] : taintsOfMask(kernel.u64(taintsAt)),
    orc: readOrc(kernel, at),
  };
}

type At = (path: string) => bigint | undefined;

// 6.4 and later: mem[MOD_TEXT, MOD_DATA, MOD_RODATA, MOD_RO_AFTER_INIT, MOD_INIT_TEXT, ...]; before: two layouts.
function readLayout(
  kernel: KernelMemory,
  types: TypeTable,
  at: At,
): Pick<KernelModule, 'base' | 'size' | 'text'> {
  const memory = at('mem');
  const step = types.size('module_memory');
  if (memory !== undefined && step !== undefined) {
    const baseAt = types.offset('module_memory', 'base') ?? 0;
    const sizeAt = types.offset('module_memory', 'size') ?? 8;
    const count = Math.min(types.arrayLength('module', 'mem') ?? 7, 16);
    const regions = Array.from({ length: count }, (_, index) => {
      const region = memory + BigInt(index * step);
      return {
        base: kernel.pointer(region + BigInt(baseAt)),
        size: kernel.u32(region + BigInt(sizeAt)),
      };
    });
    return {
      base: regions[0]?.base ?? 0n,
      size: regions.reduce((sum, { size }) => sum + size, 0),
      text: regions.filter(({ size }, index) => (index === 0 || index === 4) && size > 0),
    };
  }
  const layouts = ['core_layout', 'init_layout'].flatMap((name) => {
    const base = at(`${name}.base`);
    const size = at(`${name}.size`);
    return base === undefined || size === undefined
      ? []
      : [{ base: kernel.pointer(base), size: kernel.u32(size) }];
  });
  return {
    base: layouts[0]?.base ?? 0n,
    size: layouts.reduce((sum, { size }) => sum + size, 0),
    text: layouts.filter(({ size }) => size > 0),
  };
}

function readOrc(kernel: KernelMemory, at: At): KernelModule['orc'] {
  const [count, addresses, entries] = ['num_orcs', 'orc_unwind_ip', 'orc_unwind'].map((name) =>
    at(`arch.${name}`),
  );
  if (count === undefined || addresses === undefined || entries === undefined) return undefined;
  const number = kernel.u32(count);
  return number === 0 || number > 1_000_000
    ? undefined
    : { addresses: kernel.pointer(addresses), entries: kernel.pointer(entries), count: number };
}
