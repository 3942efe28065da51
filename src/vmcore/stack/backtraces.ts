import type { CpuRegisters } from '../format/registers.ts';
import type { CodeMap } from '../kernel/code-map.ts';
import type { Task } from '../kernel/tasks.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { TypeTable } from '../memory/type-table.ts';
import type { OpenDump } from '../open-dump.ts';
import type { SymbolTable } from '../symbols/symbols.ts';
import { openOrc } from './orc-table.ts';
import { type StackWalk, scanStack, type WalkStart } from './stack-walk.ts';
import { walkFramePointers } from './walk-frame-pointers.ts';
import { walkOrc } from './walk-orc.ts';

/** Unwinds stacks of this dump; undefined where the architecture has no way. */
export interface Backtracer {
  /** The stack of a CPU at the moment of the dump; `user` when it ran a program. */
  ofCpu(registers: CpuRegisters): StackWalk;
  /** The stack of a task that was not running. */
  ofTask(task: Task): StackWalk | undefined;
}

/** Chooses the way of unwinding: ORC, frame pointers, or a scan when there is no ORC. */
export function openBacktraces(
  dump: OpenDump,
  kernel: KernelMemory,
  symbols: SymbolTable,
  types: TypeTable | undefined,
  code: CodeMap,
): Backtracer {
  const isArm = dump.machine === 'aarch64';
  const release = dump.info?.get('OSRELEASE') ?? '';
  const orc = isArm ? undefined : openOrc(kernel, symbols, types, code, release);
  // Without the key, addresses of the kernel have their upper 16 bits set anyway.
  const pacMask = dump.info?.number('KERNELPACMASK') ?? 0xffff000000000000n;
  const walk = (start: WalkStart): StackWalk => {
    if (isArm) return walkFramePointers(kernel, code, start, pacMask);
    return orc ? walkOrc(kernel, code, orc, start) : scanStack(kernel, code, start);
  };
  return {
    ofCpu(registers) {
      const isUser =
        !isArm && ((registers.codeSegment & 3n) !== 0n || registers.instruction < 2n ** 63n);
      if (isUser) return { frames: [], method: 'orc', end: 'user' };
      return walk(registers);
    },
    ofTask(task) {
      if (task.savedStack === 0n) return undefined;
      if (isArm) {
        const { savedInstruction: instruction, savedStack: stack, savedFrame: frame } = task;
        return walk({ instruction, stack, frame });
      }
      // struct inactive_task_frame: r15 r14 r13 r12 bx bp ret (arch/x86/include/asm/switch_to.h).
      const saved = kernel.read(task.savedStack, 56);
      if (saved.kind !== 'data') return undefined;
      const instruction = saved.bytes.readBigUInt64LE(48);
      const frame = saved.bytes.readBigUInt64LE(40);
      return walk({ instruction, stack: task.savedStack + 56n, frame });
    },
  };
}
