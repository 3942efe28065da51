import type { Fact } from '../../model/fact.ts';
import { printable } from '../../std/printable.ts';
import { formatDuration, formatSize } from '../../std/units.ts';
import type { Analysis } from '../analysis.ts';
import type { DeepAnalysis } from '../deep-analysis.ts';
import type { MemorySummary } from '../kernel/memory-summary.ts';
import type { Task } from '../kernel/tasks.ts';
import type { StackWalk } from '../stack/stack-walk.ts';
import type { Block, PageOptions, Section } from './page.ts';

/** Sections about tasks, modules and memory: short by themselves, long when asked for. */
export function deepSections({ deep }: Analysis, options: PageOptions): Section[] {
  if (!deep) return [];
  return [
    blockedSection(deep),
    tasksSection(deep, options.tasks),
    modulesSection(deep, options.modules),
    memorySection(deep),
    settingsSection(deep),
    missingSection(deep),
  ].filter((section) => section !== undefined);
}

/** A stack as lines: `labcrash_null+0x17 [labcrash]`; `?` marks what a scan found. */
export function describeWalk(walk: StackWalk): string[] {
  const lines = walk.frames.map(({ name, offset, module, isReliable }) => {
    const place = name.startsWith('0x') ? name : `${name}+0x${offset.toString(16)}`;
    return printable(`${isReliable ? '' : '? '}${place}${module ? ` [${module}]` : ''}`);
  });
  if (walk.end === 'user') lines.push('(user space)');
  if (walk.end === 'lost') lines.push('(the stack could not be followed further)');
  return lines;
}

function blockedSection({ blocked }: DeepAnalysis): Section | undefined {
  if (blocked.state !== 'known' || blocked.value.length === 0) return undefined;
  const total = blocked.value.reduce((sum, { tasks }) => sum + tasks.length, 0);
  const blocks = blocked.value.slice(0, 20).flatMap(({ tasks, walk }): Block[] => [
    { kind: 'text', text: `${tasks.length} × ${tasks.slice(0, 8).map(nameTask).join(', ')}` },
    { kind: 'code', lines: walk ? describeWalk(walk) : ['(its stack is not in the dump)'] },
  ]);
  const rest = blocked.value.length - 20;
  if (rest > 0) blocks.push({ kind: 'text', text: `${rest} more groups are in --json.` });
  return { heading: `Waiting in the kernel (D state): ${total} tasks`, blocks };
}

function nameTask({ comm, pid }: Task): string {
  return `${comm} (${pid})`;
}

function tasksSection({ tasks }: DeepAnalysis, isLong: boolean): Section | undefined {
  if (tasks.state !== 'known') return undefined;
  const states = new Map<string, number>();
  for (const { state } of tasks.value) states.set(state, (states.get(state) ?? 0) + 1);
  const counts = [...states].sort().map(([state, count]) => `${count} ${state}`);
  const heading = `Tasks: ${tasks.value.length} (${counts.join(', ')})`;
  if (!isLong) {
    return {
      heading,
      blocks: [{ kind: 'text', text: 'List them with --tasks.' }],
    };
  }
  const age = ({ ageSeconds }: Task) =>
    ageSeconds === undefined ? '?' : formatDuration(Math.round(ageSeconds) * 1000);
  return {
    heading,
    blocks: [
      {
        kind: 'table',
        columns: ['pid', 'tgid', 'ppid', 'cpu', 'st', 'age', 'comm'],
        rows: tasks.value.map((task) => [
          `${task.pid}${task.isOnCpu ? '*' : ''}`,
          String(task.tgid),
          String(task.parent ?? '?'),
          String(task.cpu ?? '?'),
          task.state,
          age(task),
          task.isKernelThread ? `[${task.comm}]` : task.comm,
        ]),
      },
      { kind: 'text', text: '* was running on a CPU; [name] is a kernel thread.' },
    ],
  };
}

function modulesSection({ modules }: DeepAnalysis, isLong: boolean): Section | undefined {
  if (modules.state !== 'known') return undefined;
  const foreign = modules.value.filter(({ taints }) => taints.length > 0);
  const shown = isLong ? modules.value : foreign;
  const heading = `Modules: ${modules.value.length}, of them ${foreign.length} that taint the kernel`;
  if (shown.length === 0)
    return { heading, blocks: [{ kind: 'text', text: 'List them with --modules.' }] };
  const rest = modules.value.length - shown.length;
  const more: Block[] = rest > 0 ? [{ kind: 'text', text: `${rest} more with --modules.` }] : [];
  return {
    heading,
    blocks: [
      {
        kind: 'table',
        columns: ['module', 'size', 'state', 'taint', 'version', 'srcversion', 'base'],
        rows: shown.map((module) => [
          module.name,
          String(module.size),
          module.state,
          module.taints.map(({ letter }) => letter).join('') || '-',
          module.version ?? '-',
          module.sourceVersion ?? '-',
          `0x${module.base.toString(16)}`,
        ]),
      },
      ...more,
    ],
  };
}

function memorySection({ memory }: DeepAnalysis): Section | undefined {
  if (memory.state !== 'known') return undefined;
  const { value } = memory;
  const rows: [string, string][] = [];
  const add = (label: string, bytes: number | undefined) => {
    if (bytes === undefined) return;
    const percent = value.total > 0 ? ` (${Math.round((100 * bytes) / value.total)} %)` : '';
    rows.push([label, `${formatSize(bytes)}${label === 'total' ? '' : percent}`]);
  };
  add('total', value.total);
  add('free', value.free);
  add('anonymous', value.anonymous);
  add('file cache', value.fileCache);
  add('slab reclaimable', value.slabReclaimable);
  add('slab unreclaimable', value.slabUnreclaimable);
  rows.push(['swap', describeSwap(value)]);
  return { heading: 'Memory', blocks: [{ kind: 'facts', rows }] };
}

function describeSwap({ swapTotal, swapFree }: MemorySummary): string {
  if (swapTotal === undefined) return 'not known';
  if (swapTotal === 0) return 'none';
  const free = swapFree === undefined ? 'free part not known' : `${formatSize(swapFree)} free`;
  return `${formatSize(swapTotal)}, ${free}`;
}

function settingsSection({ settings }: DeepAnalysis): Section | undefined {
  const set = settings.filter(({ value }) => value !== 0);
  if (set.length === 0) return undefined;
  const items = set.map(({ name, value }) => `${name} = ${value}`);
  return { heading: 'Panic settings that were on', blocks: [{ kind: 'list', items }] };
}

function missingSection(deep: DeepAnalysis): Section | undefined {
  const parts: readonly (readonly [string, Fact<unknown>])[] = [
    ['symbols', deep.symbols],
    ['types (BTF)', deep.types],
    ['stacks of CPUs', deep.cpuStacks],
    ['tasks', deep.tasks],
    ['modules', deep.modules],
    ['memory summary', deep.memory],
  ];
  // One reason often stops several parts: said once.
  const reasons = new Map<string, string[]>();
  for (const [name, fact] of parts) {
    if (fact.state !== 'unreadable') continue;
    reasons.set(fact.why, [...(reasons.get(fact.why) ?? []), name]);
  }
  const items = [...reasons].map(([why, names]) => `${names.join(', ')}: ${why}`);
  const all = [...items, ...deep.problems].map(printable);
  return all.length === 0
    ? undefined
    : { heading: 'What could not be read', blocks: [{ kind: 'list', items: all }] };
}

/** Where each CPU was; the stacks in full when asked for or when there are few CPUs. */
export function cpuSection(analysis: Analysis, isLong: boolean): Section | undefined {
  const { cpus, deep, textStart } = analysis;
  if (cpus.length === 0) return undefined;
  const walks = deep?.cpuStacks.state === 'known' ? deep.cpuStacks.value : [];
  const shown = isLong ? cpus.length : 4;
  const blocks = cpus.slice(0, shown).flatMap((registers, index): Block[] => {
    const walk = walks[index];
    const place = `0x${registers.instruction.toString(16)}${fromText(registers.instruction, textStart)}`;
    const text = `${nameCpu(analysis, index)}${whatRan(analysis, index)}, instruction ${place}`;
    const lines = walk ? describeWalk(walk) : [];
    return lines.length > 0
      ? [
          { kind: 'text', text },
          { kind: 'code', lines },
        ]
      : [{ kind: 'text', text }];
  });
  if (cpus.length > shown) {
    blocks.push({ kind: 'text', text: `${cpus.length - shown} more with --backtraces.` });
  }
  blocks.push(...silentCpus(analysis));
  const panicCpu = deep?.panicCpu.state === 'known' ? deep.panicCpu.value : undefined;
  const suffix = panicCpu === undefined ? '' : `, CPU ${panicCpu} panicked`;
  return { heading: `CPUs: ${cpus.length} with registers${suffix}`, blocks };
}

// Notes come in the order of the CPUs; where some CPU left none, the order does not tell which is which.
function nameCpu({ cpus, deep, isQemu }: Analysis, index: number): string {
  const online = deep?.onlineCpus.state === 'known' ? deep.onlineCpus.value : undefined;
  return isQemu || online === cpus.length ? `CPU ${index}` : `CPU note ${index}`;
}

function whatRan({ cpus, deep, isQemu }: Analysis, index: number): string {
  const pid = cpus[index]?.pid;
  const tasks = deep?.tasks.state === 'known' ? deep.tasks.value : [];
  if (pid === 0) return ', idle';
  const task = isQemu
    ? tasks.find(({ cpu, isOnCpu }) => isOnCpu && cpu === index)
    : tasks.find((candidate) => candidate.pid === pid);
  if (task) return task.pid === 0 ? ', idle' : `, ${nameTask(task)}`;
  return pid === undefined ? '' : `, PID ${pid}`;
}

// Against System.map of the release this resolves by hand when the symbols are lost.
function fromText(address: bigint, start: bigint | undefined): string {
  if (start === undefined || address < start || address - start > 0x4000000n) return '';
  return ` (_stext + 0x${(address - start).toString(16)})`;
}

function silentCpus(analysis: Analysis): Block[] {
  const { cpus, deep, isQemu } = analysis;
  const online = deep?.onlineCpus.state === 'known' ? deep.onlineCpus.value : undefined;
  // A panic without kexec takes the other CPUs offline first, so fewer online than notes says nothing.
  if (isQemu || online === undefined || online <= cpus.length) return [];
  return [
    {
      kind: 'text',
      text: `${online - cpus.length} of ${online} online CPUs left no registers: they did not answer the NMI, which means stuck hard or broken.${nameSilent(analysis)}`,
    },
  ];
}

// Notes carry no CPU number, but the process: a running task that no note names ran on a CPU that left none.
function nameSilent({ cpus, deep }: Analysis): string {
  const answered = new Set(cpus.map(({ pid }) => pid));
  const tasks = deep?.tasks.state === 'known' ? deep.tasks.value : [];
  const silent = tasks.filter(({ isOnCpu, pid }) => isOnCpu && pid !== 0 && !answered.has(pid));
  if (silent.length === 0) return '';
  const names = silent.slice(0, 16).map((task) => `CPU ${task.cpu ?? '?'} with ${nameTask(task)}`);
  const rest = silent.length > names.length ? `, ${silent.length - names.length} more` : '';
  return ` By the tasks that were running: ${printable(names.join(', '))}${rest}.`;
}
