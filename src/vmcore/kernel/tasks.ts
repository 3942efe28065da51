import { printable } from '../../std/printable.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { SymbolTable } from '../symbols/symbols.ts';

/** A thread of the dumped machine. */
export interface Task {
  /** Address of its task_struct. */
  readonly address: bigint;
  readonly pid: number;
  /** Process that it belongs to. */
  readonly tgid: number;
  readonly parent: number | undefined;
  readonly comm: string;
  /** As ps shows it: R, S, D, T, t, X, Z, I (idle kernel thread), P parked. */
  readonly state: string;
  readonly isKernelThread: boolean;
  readonly cpu: number | undefined;
  /** Whether it was running on a CPU. */
  readonly isOnCpu: boolean;
  /** Since it was started, by the last time in the log; undefined when unknown. */
  readonly ageSeconds: number | undefined;
  /** Saved stack pointer of a task that does not run. */
  readonly savedStack: bigint;
  readonly savedFrame: bigint;
  readonly savedInstruction: bigint;
  /** Lowest address of its kernel stack. */
  readonly stack: bigint;
}

/** The task list, perhaps only its beginning. */
export interface TaskList {
  readonly tasks: readonly Task[];
  readonly problems: readonly string[];
}

const taskLimit = 131_072;

/** Walks the task list from init_task. Throws when the types or symbols for it are missing. */
export function readTasks(
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable,
  uptimeSeconds: number | undefined,
): TaskList {
  const initTask = symbols.address('init_task');
  if (initTask === undefined) throw new RangeError('the symbol init_task is not known');
  const read = taskReader(kernel, types, uptimeSeconds);
  const need = (path: string, struct = 'task_struct') => {
    const offset = types.offset(struct, path);
    if (offset === undefined) throw new RangeError(`the kernel's types have no ${struct}.${path}`);
    return BigInt(offset);
  };
  const tasksAt = need('tasks');
  const signalAt = need('signal');
  const headAt = need('thread_head', 'signal_struct');
  const nodeAt = need('thread_node');
  const tasks: Task[] = [];
  const problems: string[] = [];
  const seen = new Set<bigint>();
  const add = (address: bigint) => {
    if (seen.has(address)) return false;
    seen.add(address);
    tasks.push(read(address));
    return true;
  };
  const addThreads = (leader: bigint) => {
    const head = kernel.pointer(leader + signalAt) + headAt;
    for (let node = kernel.pointer(head); node !== head; node = kernel.pointer(node)) {
      const address = node - nodeAt;
      if (address !== leader && !add(address)) break;
      if (tasks.length >= taskLimit) break;
    }
  };
  try {
    for (let at = initTask; tasks.length < taskLimit; ) {
      if (!add(at)) {
        if (at !== initTask) problems.push('The task list runs in a circle: it is damaged.');
        break;
      }
      if (at !== initTask) addThreads(at);
      at = kernel.pointer(at + tasksAt) - tasksAt;
      if (at === initTask) break;
    }
  } catch (error) {
    if ((error as Error).name !== 'MemoryFault') throw error;
    problems.push(`The task list ends early: ${(error as Error).message}.`);
  }
  if (tasks.length >= taskLimit) problems.push(`Only the first ${taskLimit} tasks are listed.`);
  return { tasks, problems };
}

function taskReader(
  kernel: KernelMemory,
  types: TypeTable,
  uptimeSeconds: number | undefined,
): (address: bigint) => Task {
  const first = (...paths: string[]) =>
    paths.map((path) => types.offset('task_struct', path)).find((offset) => offset !== undefined);
  const at = {
    pid: first('pid'),
    tgid: first('tgid'),
    comm: first('comm'),
    state: first('__state', 'state'),
    exitState: first('exit_state'),
    flags: first('flags'),
    parent: first('real_parent'),
    cpu: first('thread_info.cpu', 'cpu'),
    onCpu: first('on_cpu'),
    started: first('start_time'),
    stack: first('stack'),
    sp: first('thread.sp', 'thread.cpu_context.sp'),
    fp: first('thread.cpu_context.fp'),
    pc: first('thread.cpu_context.pc'),
  };
  if (at.pid === undefined || at.comm === undefined) {
    throw new RangeError("the kernel's types have no task_struct");
  }
  const { pid, comm } = at;
  const u32 = (address: bigint, offset: number | undefined) =>
    offset === undefined ? undefined : kernel.u32(address + BigInt(offset));
  const word = (address: bigint, offset: number | undefined) =>
    offset === undefined ? 0n : kernel.pointer(address + BigInt(offset));
  return (address) => {
    const started = word(address, at.started);
    const seconds = Number(started / 1_000_000n) / 1000;
    const parent = word(address, at.parent);
    return {
      address,
      pid: u32(address, pid) ?? 0,
      tgid: u32(address, at.tgid) ?? 0,
      parent: parent === 0n ? undefined : attemptPid(kernel, parent + BigInt(pid)),
      comm: printable(kernel.text(address + BigInt(comm), 16)),
      state: stateLetter(u32(address, at.state) ?? 0, u32(address, at.exitState) ?? 0),
      isKernelThread: ((u32(address, at.flags) ?? 0) & 0x200000) !== 0,
      cpu: u32(address, at.cpu),
      isOnCpu: (u32(address, at.onCpu) ?? 0) === 1,
      ageSeconds:
        uptimeSeconds === undefined || at.started === undefined
          ? undefined
          : Math.max(0, uptimeSeconds - seconds),
      savedStack: word(address, at.sp),
      savedFrame: word(address, at.fp),
      savedInstruction: word(address, at.pc),
      stack: word(address, at.stack),
    };
  };
}

function attemptPid(kernel: KernelMemory, address: bigint): number | undefined {
  const read = kernel.read(address, 4);
  return read.kind === 'data' ? read.bytes.readUInt32LE(0) : undefined;
}

// include/linux/sched.h: TASK_*; TASK_NOLOAD (0x400) with D is an idle kernel thread, not one that hangs.
function stateLetter(state: number, exitState: number): string {
  if (exitState & 0x20) return 'Z';
  if (exitState & 0x10) return 'X';
  if (state === 0) return 'R';
  if (state & 0x02) return state & 0x400 ? 'I' : 'D';
  if (state & 0x01) return 'S';
  if (state & 0x04) return 'T';
  if (state & 0x08) return 't';
  if (state & 0x40) return 'P';
  return state & 0x80 ? 'X' : 'S';
}
