import { createHash } from 'node:crypto';
import type { CallTrace, Frame } from './call-trace.ts';
import type { CrashClass } from './crash-classes.ts';

/** What makes two crashes the same, for counting them across a fleet. */
export interface Signature {
  /** Version of the algorithm in docs/formats/inspect-report.md; part of what is hashed. */
  readonly version: 'v1';
  /** 16 hex digits: class and the first five functions. */
  readonly exact: string;
  /** 12 hex digits: class and the first function. */
  readonly loose: string;
  /** What went into the hash, for people: `name` or `name module`, without offsets. */
  readonly frames: readonly string[];
}

// Functions that every crash passes through: they tell nothing about this one.
const plumbing =
  /^(?:dump_stack\w*|show_stack|show_regs|dump_backtrace|panic\w*|nmi_panic|die\w*|oops_\w+|__die\w*|no_context|\w*bad_area\w*|page_fault\w*|do_(?:user_addr|kern_addr)_fault|do_page_fault|exc_\w+|asm_exc_\w+|do_trap\w*|do_error_trap|do_invalid_op|report_bug|handle_bug|__warn\w*|warn_slowpath\w*|kdump_\w+|\w*crash_kexec\w*|machine_kexec|sysrq_(?!handle_crash)\w+|watchdog\w*|__report_bug|check_hung_uninterruptible_tasks|rcu_\w*stall\w*|print_\w+|el1h?_\w+|el1_\w+|die_kernel_fault|__do_kernel_fault|do_mem_abort|do_translation_fault|do_sea)$/;

// Where a task waits says less than who made it wait; only left out for hung tasks.
const waiting =
  /^(?:__schedule|schedule\w*|io_schedule\w*|preempt_schedule\w*|__switch_to|__cond_resched|bit_wait\w*|__wait_on_bit\w*|out_of_line_wait_on_bit\w*)$/;

// The end of what is worth comparing: entry from user space or the start of a thread.
const bottom =
  /^(?:entry_SYSCALL\w*|entry_SYSENTER\w*|ret_from_fork\w*|el0_svc\w*|el0t_64_sync\w*|system_call\w*|kthread)$/;

const interruptEntry =
  /^(?:asm_sysvec_\w+|apic_timer_interrupt|asm_exc_nmi|nmi|end_repeat_nmi|asm_common_interrupt|el1h?_irq|el1h_64_irq)$/;

/** The name that compilers and system call wrappers hide: `foo.isra.0` is foo, `__x64_sys_read` is sys_read. */
export function normalName(name: string): string {
  const cut = name.replace(/(?:\.(?:isra|constprop|part|llvm|lto_priv|cold)(?:\.\d+)?)+$/, '');
  return cut.replace(/^__(?:se|x64|ia32|arm64|do|s390x|riscv)_sys_/, 'sys_');
}

/** The frames that tell this crash from others, the innermost first. */
export function tellingFrames(crashClass: CrashClass, trace: CallTrace): Frame[] {
  const isStuck =
    crashClass === 'soft-lockup' || crashClass === 'hard-lockup' || crashClass === 'rcu-stall';
  let frames = trace.frames.filter(({ isReliable }) => isReliable);
  if (isStuck) {
    // The trace starts in the timer or NMI that noticed; what got stuck is below.
    const entry = frames.findLastIndex(({ name }) => interruptEntry.test(name));
    frames = entry >= 0 ? frames.slice(entry + 1) : frames.filter(({ stack }) => stack !== 'nmi');
  } else {
    const first = frames.find(({ stack }) => stack !== 'nmi') ?? frames[0];
    const change = frames.findIndex(({ stack }) => first?.stack === 'irq' && stack === 'task');
    if (change > 0) frames = frames.slice(0, change);
  }
  const isWait = crashClass === 'hung-task';
  const instruction = !isWait && trace.instruction ? [trace.instruction] : [];
  const all = [...instruction, ...frames];
  const end = all.findIndex(({ name }) => bottom.test(name));
  const kept = (end >= 0 ? all.slice(0, end) : all).filter(({ name, offset }) => {
    const plain = normalName(name);
    // A return address at +0 belongs to the function before, whose name is not printed.
    const isUnnamed = offset === 0 && !instruction.some((frame) => frame.name === name);
    return !isUnnamed && !plumbing.test(plain) && !(isWait && waiting.test(plain));
  });
  return kept.filter((frame, index) => index === 0 || frame.name !== kept[index - 1]?.name);
}

/** Hashes class and frames; classes that have no telling stack pass `parameter` instead (exit code, device, file). */
export function makeSignature(
  crashClass: CrashClass,
  frames: readonly Frame[],
  parameter: string | undefined,
): Signature {
  const names = frames.slice(0, 5).map((frame) => describeFrame(frame));
  // A stuck CPU wanders: its own place is left out of the exact hash.
  const wanders = crashClass === 'soft-lockup' || crashClass === 'hard-lockup';
  const hashed = wanders && names.length > 1 ? names.slice(1) : names;
  const parts = [...(parameter === undefined ? [] : [parameter]), ...hashed];
  const loose = [...(parameter === undefined ? [] : [parameter]), ...names.slice(0, 1)];
  return {
    version: 'v1',
    exact: digest(crashClass, parts).slice(0, 16),
    loose: digest(crashClass, loose).slice(0, 12),
    frames: parts,
  };
}

/** `name` or `name module`, normalised. */
export function describeFrame({ name, module }: Frame): string {
  return module === undefined ? normalName(name) : `${normalName(name)} ${module}`;
}

function digest(crashClass: CrashClass, parts: readonly string[]): string {
  const text = `v1\n${crashClass}\n${parts.map((part) => `${part}\n`).join('')}`;
  return createHash('sha256').update(text).digest('hex');
}
