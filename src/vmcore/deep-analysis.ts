import { absent, type Fact, known, unreadable } from '../model/fact.ts';
import { explain } from './crash/explain.ts';
import { type Taint, taintsOfMask } from './crash/taint.ts';
import { createCodeMap } from './kernel/code-map.ts';
import { type MemorySummary, readMemorySummary } from './kernel/memory-summary.ts';
import { type KernelModule, readModules } from './kernel/modules.ts';
import { readTasks, type Task } from './kernel/tasks.ts';
import type { KernelMemory } from './memory/kernel-memory.ts';
import { btfLimit, parseTypes, type TypeTable } from './memory/type-table.ts';
import type { OpenDump } from './open-dump.ts';
import { type Backtracer, openBacktraces } from './stack/backtraces.ts';
import { groupStacks, type StackGroup } from './stack/stack-groups.ts';
import type { StackWalk } from './stack/stack-walk.ts';
import { loadSymbols, type SymbolTable } from './symbols/symbols.ts';

/** What the kernel's own tables tell. Each part is there or says why not. */
export interface DeepAnalysis {
  readonly symbols: Fact<SymbolTable>;
  readonly types: Fact<TypeTable>;
  readonly modules: Fact<readonly KernelModule[]>;
  readonly tasks: Fact<readonly Task[]>;
  /** One for each CPU that left registers, in their order. */
  readonly cpuStacks: Fact<readonly StackWalk[]>;
  /** Tasks in uninterruptible sleep, those with the same stack together, the biggest group first. */
  readonly blocked: Fact<readonly StackGroup[]>;
  readonly memory: Fact<MemorySummary>;
  readonly taints: Fact<readonly Taint[]>;
  /** The CPU that panicked; undefined when the kernel did not panic. */
  readonly panicCpu: Fact<number | undefined>;
  readonly onlineCpus: Fact<number>;
  /** Panic settings that were in force, by sysctl name. */
  readonly settings: readonly { readonly name: string; readonly value: number }[];
  readonly problems: readonly string[];
}

/** Longest uptime is not known here; tasks get their age from the last message. */
export interface DeepOptions {
  readonly uptimeSeconds: number | undefined;
}

/** Reads everything that symbols and types open up. Never throws on content. */
export function analyseDeeply(dump: OpenDump, options: DeepOptions): DeepAnalysis {
  const { kernel, info } = dump;
  if (typeof kernel === 'string' || !info) {
    return nothing(typeof kernel === 'string' ? kernel : 'there is no VMCOREINFO');
  }
  const problems: string[] = [];
  const symbols = attempt('kallsyms', () => loadSymbols(kernel, info));
  const types = withValue(symbols, 'BTF', (table) => readTypes(kernel, table));
  const both = <Value>(from: string, work: (s: SymbolTable, t: TypeTable) => Value) =>
    withValue(symbols, from, (table) => {
      if (types.state !== 'known') {
        throw new RangeError(types.state === 'unreadable' ? types.why : 'the kernel has no BTF');
      }
      return work(table, types.value);
    });
  const modules = both('modules', (table, known) => {
    const read = readModules(kernel, table, known);
    problems.push(...read.problems);
    return read.modules;
  });
  const tasks = both('task list', (table, known) => {
    const read = readTasks(kernel, table, known, options.uptimeSeconds);
    problems.push(...read.problems);
    return read.tasks;
  });
  const backtracer = withValue(symbols, 'stacks', (table) => {
    const known = types.state === 'known' ? types.value : undefined;
    const loaded = modules.state === 'known' ? modules.value : [];
    return openBacktraces(dump, kernel, table, known, createCodeMap(kernel, table, known, loaded));
  });
  const pageSize = Number(info.get('PAGESIZE') ?? 4096);
  return {
    symbols,
    types,
    modules,
    tasks,
    cpuStacks: withValue(backtracer, 'registers', (tracer) => dump.cpus.map(tracer.ofCpu)),
    blocked: withValue(backtracer, 'stacks', (tracer) => blockedGroups(tasks, tracer)),
    memory: both('vmstat', (table, known) => readMemorySummary(kernel, table, known, pageSize)),
    taints: readSymbol(symbols, 'tainted_mask', (at) => taintsOfMask(kernel.u64(at))),
    panicCpu: readSymbol(symbols, 'panic_cpu', (at) => {
      const cpu = kernel.i32(at);
      return cpu < 0 ? undefined : cpu;
    }),
    onlineCpus: readSymbol(symbols, '__cpu_online_mask', (at) => countOnline(kernel, at)),
    settings: symbols.state === 'known' ? readSettings(kernel, symbols.value) : [],
    problems,
  };
}

/** Tasks in D state that are unwound; the rest are counted. */
const blockedLimit = 4096;

function blockedGroups(tasks: Fact<readonly Task[]>, tracer: Backtracer): readonly StackGroup[] {
  if (tasks.state !== 'known') {
    throw new RangeError(tasks.state === 'unreadable' ? tasks.why : 'there is no task list');
  }
  const blocked = tasks.value.filter(({ state }) => state === 'D').slice(0, blockedLimit);
  return groupStacks(blocked.map((task) => ({ task, walk: tracer.ofTask(task) })));
}

function readTypes(kernel: KernelMemory, symbols: SymbolTable): TypeTable {
  const start = symbols.address('__start_BTF');
  const stop = symbols.address('__stop_BTF');
  if (start === undefined || stop === undefined || stop <= start) {
    throw new RangeError('the kernel was built without BTF');
  }
  const size = stop - start;
  if (size > BigInt(btfLimit)) throw new RangeError(`BTF of ${size} bytes is not sensible`);
  return parseTypes(kernel.bytes(start, Number(size)));
}

function countOnline(kernel: KernelMemory, mask: bigint): number {
  let count = 0;
  // NR_CPUS is at most 8192: 1 KiB of bits. The mask may be shorter; what follows it is read as far as it is sane.
  const first = kernel.u64(mask);
  for (let rest = first; rest > 0n; rest >>= 1n) count += Number(rest & 1n);
  for (let word = 1; first === 0xffffffffffffffffn && word < 128; word += 1) {
    const next = kernel.u64(mask + BigInt(word * 8));
    for (let rest = next; rest > 0n; rest >>= 1n) count += Number(rest & 1n);
    if (next !== 0xffffffffffffffffn) break;
  }
  return count;
}

const settingSymbols: readonly [string, string][] = [
  ['kernel.panic_on_oops', 'panic_on_oops'],
  ['kernel.panic_on_warn', 'panic_on_warn'],
  ['kernel.panic', 'panic_timeout'],
  ['kernel.hung_task_panic', 'sysctl_hung_task_panic'],
  ['kernel.softlockup_panic', 'softlockup_panic'],
  ['kernel.unknown_nmi_panic', 'unknown_nmi_panic'],
];

function readSettings(kernel: KernelMemory, symbols: SymbolTable): DeepAnalysis['settings'] {
  return settingSymbols.flatMap(([name, symbol]) => {
    const address = symbols.address(symbol);
    const read = address === undefined ? undefined : kernel.read(address, 4);
    return read?.kind === 'data' ? [{ name, value: read.bytes.readInt32LE(0) }] : [];
  });
}

function readSymbol<Value>(
  symbols: Fact<SymbolTable>,
  name: string,
  read: (address: bigint) => Value,
): Fact<Value> {
  if (symbols.state !== 'known') return symbols;
  const address = symbols.value.address(name);
  return address === undefined ? absent(name) : attempt(name, () => read(address));
}

function withValue<From, To>(fact: Fact<From>, from: string, work: (value: From) => To): Fact<To> {
  if (fact.state !== 'known') return fact;
  return attempt(from, () => work(fact.value));
}

function attempt<Value>(from: string, work: () => Value): Fact<Value> {
  try {
    return known(work(), from);
  } catch (error) {
    return unreadable(from, explain(error));
  }
}

function nothing(why: string): DeepAnalysis {
  const none = unreadable('memory', why);
  return {
    symbols: none,
    types: none,
    modules: none,
    tasks: none,
    cpuStacks: none,
    blocked: none,
    memory: none,
    taints: none,
    panicCpu: none,
    onlineCpus: none,
    settings: [],
    problems: [],
  };
}
