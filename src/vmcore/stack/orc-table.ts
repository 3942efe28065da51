import { createLru } from '../../std/lru.ts';
import type { CodeMap } from '../kernel/code-map.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolTable } from '../symbols/symbols.ts';

/** Where a value is found, in the words of arch/x86/include/asm/orc_types.h. */
export type OrcRegister =
  | 'undefined'
  | 'ax'
  | 'dx'
  | 'di'
  | 'bp'
  | 'sp'
  | 'r10'
  | 'r13'
  | 'previous-sp'
  | 'bp-indirect'
  | 'sp-indirect';

/** How to leave the frame of one instruction. */
export interface OrcEntry {
  readonly kind: 'call' | 'registers' | 'partial-registers' | 'end' | 'unusable';
  readonly stackRegister: OrcRegister;
  readonly stackOffset: bigint;
  readonly frameRegister: OrcRegister;
  readonly frameOffset: bigint;
}

/** The unwind tables of kernel and modules, read in place. */
export interface OrcTable {
  lookup(address: bigint): OrcEntry | undefined;
}

// Register numbers: until 7.0, and from 7.1 on.
const oldRegisters: readonly OrcRegister[] = [
  'undefined',
  'previous-sp',
  'dx',
  'di',
  'bp',
  'sp',
  'r10',
  'r13',
  'bp-indirect',
  'sp-indirect',
];
const newRegisters: readonly OrcRegister[] = [
  'undefined',
  'ax',
  'dx',
  'sp',
  'bp',
  'di',
  'r10',
  'r13',
  'previous-sp',
  'sp-indirect',
  'bp-indirect',
];

/** Layouts of the flag word: 1 for 4.14 to 6.2, 2 for 6.3, 3 from 6.4 (and RHEL 9), 4 from 7.1. */
type OrcVersion = 1 | 2 | 3 | 4;

/** Opens the tables; undefined when the kernel has none (another unwinder). */
export function openOrc(
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable | undefined,
  code: CodeMap,
  release: string,
): OrcTable | undefined {
  const [ipStart, ipStop, start] = [
    '__start_orc_unwind_ip',
    '__stop_orc_unwind_ip',
    '__start_orc_unwind',
  ].map((name) => symbols.address(name));
  if (ipStart === undefined || ipStop === undefined || start === undefined) return undefined;
  const count = Number(ipStop - ipStart) / 4;
  if (!Number.isSafeInteger(count) || count <= 0 || count > 16_000_000) return undefined;
  const version = orcVersion(types, release);
  const kept = createLru<bigint, OrcEntry>(8192);
  return {
    lookup(address) {
      const known = kept.get(address);
      if (known) return known;
      const module = code.moduleAt(address)?.orc;
      const found = symbols.isText(address)
        ? search(kernel, { addresses: ipStart, entries: start, count }, address, version)
        : module && search(kernel, module, address, version);
      if (found) kept.set(address, found);
      return found;
    },
  };
}

interface Tables {
  readonly addresses: bigint;
  readonly entries: bigint;
  readonly count: number;
}

// Each address is stored relative to its own place; sorted at boot.
function search(
  kernel: KernelMemory,
  { addresses, entries, count }: Tables,
  wanted: bigint,
  version: OrcVersion,
): OrcEntry | undefined {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = addresses + BigInt(middle * 4);
    if (BigInt.asUintN(64, at + BigInt(kernel.i32(at))) <= wanted) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  return decode(kernel.bytes(entries + BigInt((low - 1) * 6), 6), version);
}

function decode(bytes: Buffer, version: OrcVersion): OrcEntry {
  const bits = bytes.readUInt16LE(4);
  const registers = version === 4 ? newRegisters : oldRegisters;
  const stackRegister = registers[bits & 15] ?? 'undefined';
  return {
    kind: kindOf(bits, version, stackRegister),
    stackRegister,
    stackOffset: BigInt(bytes.readInt16LE(0)),
    frameRegister: registers[(bits >> 4) & 15] ?? 'undefined',
    frameOffset: BigInt(bytes.readInt16LE(2)),
  };
}

function kindOf(bits: number, version: OrcVersion, stack: OrcRegister): OrcEntry['kind'] {
  if (version <= 2) {
    if ((bits >> (version === 1 ? 10 : 11)) & 1) return 'end';
    if (stack === 'undefined') return 'unusable';
    return (['call', 'registers', 'partial-registers'] as const)[(bits >> 8) & 3] ?? 'unusable';
  }
  const kinds = ['unusable', 'end', 'call', 'registers', 'partial-registers'] as const;
  return kinds[(bits >> 8) & 7] ?? 'unusable';
}

// The kernel's own type tells by its members; without it the release has to do.
function orcVersion(types: TypeTable | undefined, release: string): OrcVersion {
  const match = /^(\d{1,3})\.(\d{1,3})\.\d+(?:-(\d{1,5}))?/.exec(release);
  const number = Number(match?.[1] ?? 0) * 1000 + Number(match?.[2] ?? 0);
  if (number >= 7001) return 4;
  if (types?.size('orc_entry') !== undefined) {
    const hasEnd = types.offset('orc_entry', 'end') !== undefined;
    const hasSignal = types.offset('orc_entry', 'signal') !== undefined;
    return hasEnd ? (hasSignal ? 2 : 1) : 3;
  }
  if (number >= 6004) return 3;
  if (number === 6003) return 2;
  return number === 5014 && Number(match?.[3] ?? 0) >= 517 && /\.el9/.test(release) ? 3 : 1;
}
