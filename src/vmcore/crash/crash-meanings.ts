import type { CrashClass } from './crash-classes.ts';

/** What a class of crash usually means and what to look at next, for somebody who sees it at night. */
export interface CrashMeaning {
  /** A few words for titles. */
  readonly words: string;
  readonly meaning: string;
  readonly next: readonly string[];
}

/** One entry for every class. */
export const crashMeanings: Readonly<Record<CrashClass, CrashMeaning>> = {
  sysrq: {
    words: 'crash triggered by hand (SysRq)',
    meaning: 'Somebody or a script asked for the crash. The kernel itself did not fail.',
    next: [
      'Find out who wrote to /proc/sysrq-trigger: a person, a cluster agent, a test.',
      'If it was done because the machine hung: look at the D-state stacks and the log before it.',
    ],
  },
  'null-dereference': {
    words: 'NULL pointer dereference',
    meaning:
      'Kernel code used a pointer that was never set or had been cleared; a small address is the offset of the member it wanted.',
    next: [
      'The function in the title and its module are the first suspects; out-of-tree modules above all.',
      'Search the function and the signature in the vendor knowledge base and the changelog of newer kernels.',
    ],
  },
  'bad-page-access': {
    words: 'access to a bad address',
    meaning:
      'Kernel code used an address that is not mapped: a freed or overwritten pointer, or memory that went bad.',
    next: [
      'Compare the address with the registers: text characters or poison patterns tell who wrote there.',
      'If crashes of this machine have different signatures, test the memory and look for machine checks.',
    ],
  },
  'general-protection': {
    words: 'general protection fault',
    meaning:
      'Kernel code used an impossible address. 0xdead... is an entry used after list removal, 0x6b6b... freed memory.',
    next: [
      'Look at the address in the title: a poison pattern means use after free.',
      'The function may be a victim of somebody else; several different signatures point to hardware or a stray writer.',
    ],
  },
  bug: {
    words: 'kernel BUG',
    meaning: 'The kernel found its own data in a state that must not be, and stopped on purpose.',
    next: [
      'The file and line name the check that failed: read it in the source of exactly this release.',
      'Search that file and line in the vendor knowledge base.',
    ],
  },
  warning: {
    words: 'warning made fatal (panic_on_warn)',
    meaning:
      'A warning, which usually lets the machine go on, ended it because panic_on_warn is set.',
    next: [
      'Look at the file and line of the warning.',
      'Decide whether panic_on_warn is wanted here.',
    ],
  },
  'double-fault': {
    words: 'double fault',
    meaning:
      'An exception happened while another was being delivered, most often because the kernel stack was used up.',
    next: [
      'Look for very deep or recursive call traces.',
      'Stacked storage or network drivers use much stack.',
    ],
  },
  'stack-corruption': {
    words: 'kernel stack corrupted or overflowed',
    meaning: 'A function wrote beyond its stack, or the stack was too small for what was called.',
    next: [
      'The function named did the damage or was hit by it.',
      'Suspect out-of-tree modules first.',
    ],
  },
  'soft-lockup': {
    words: 'soft lockup',
    meaning:
      'A CPU ran kernel code for many seconds without letting others run: an endless loop, a lock held too long, or a host that gave the virtual CPU no time.',
    next: [
      'Look at what the other CPUs did: who holds the lock that this one waits for?',
      'In a virtual machine: check steal time and overcommitment of the host.',
    ],
  },
  'hard-lockup': {
    words: 'hard lockup',
    meaning:
      'A CPU ran with interrupts off for too long: a deadlock on a spinlock, firmware (SMI), or hardware.',
    next: [
      'Look at the stack of the locked CPU, not of the one that reports.',
      'Ask the hardware vendor about firmware (SMM) activity at that time.',
    ],
  },
  'hung-task': {
    words: 'hung task',
    meaning:
      'A process waited in the kernel for longer than the limit. The CPU that panicked runs the watchdog and is not the culprit: look at the process that waits, and at what it waits for.',
    next: [
      'Look at all D-state stacks: the one that differs from the rest often holds what the others want.',
      'Look for I/O errors, path failures and NFS timeouts before it.',
    ],
  },
  'rcu-stall': {
    words: 'RCU stall',
    meaning:
      'A CPU did not pass a quiescent point for many seconds: looping in the kernel, interrupts off, or starved by the host.',
    next: [
      'Look at the stack of the CPU named in the stall message.',
      'In a virtual machine: check steal time of the host.',
    ],
  },
  'out-of-memory': {
    words: 'out of memory',
    meaning:
      'No memory was left and the machine was set to panic, or there was nothing left to kill.',
    next: [
      'The table of processes before it shows who used memory; the Mem-Info block shows whether it was slab or processes.',
      'Check vm.panic_on_oom and the limits of control groups.',
    ],
  },
  'init-died': {
    words: 'init died',
    meaning: 'Process 1 ended, and Linux cannot run without it. The exit code tells how it died.',
    next: [
      'Look at what process 1 was and what changed last: initramfs, systemd, its libraries, the root file system.',
      'A signal such as SIGSEGV or SIGBUS in init also comes from bad memory or a failing disk.',
    ],
  },
  'no-root-file-system': {
    words: 'root file system not found',
    meaning: 'The kernel started but could not mount its root file system.',
    next: [
      'Check root= on the command line, and that the initramfs exists and has the storage driver.',
      'Rebuild the initramfs for this kernel, or boot the previous kernel.',
    ],
  },
  hardware: {
    words: 'hardware error',
    meaning: 'The processor or the platform reported an error that it could not correct.',
    next: [
      'Send the bank, status and address lines to the hardware vendor.',
      'Read the event log of the service processor (ipmitool sel list).',
    ],
  },
  nmi: {
    words: 'panic by NMI',
    meaning:
      'A non-maskable interrupt ended the machine: a dump button, iLO, IPMI or BMC, a watchdog, or hardware.',
    next: [
      'Ask whether somebody pressed the NMI button or used the service processor.',
      'Otherwise read the event log of the service processor.',
    ],
  },
  'memory-corruption': {
    words: 'memory corruption detected',
    meaning:
      'The kernel found one of its structures overwritten or used after free. The function reported is often the victim, not the culprit.',
    next: [
      'Suspect out-of-tree modules first; try to reproduce with slub_debug=FZPU or a KASAN kernel.',
      'If signatures differ from crash to crash, test the memory.',
    ],
  },
  'processor-exception': {
    words: 'processor exception',
    meaning:
      'The processor refused an instruction: a division by zero, an invalid opcode, or damaged code.',
    next: [
      'Look at the Code: line at the faulting instruction.',
      'Damaged code points to memory or to a stray writer.',
    ],
  },
  'file-system': {
    words: 'file system stopped the machine',
    meaning: 'A file system found damage or lost its device, and is set to panic.',
    next: [
      'Look for I/O errors of its device before it.',
      'Check the mount option or superblock setting errors=panic; check the file system offline.',
    ],
  },
  'cluster-fence': {
    words: 'fenced by the cluster',
    meaning:
      'A cluster component or a watchdog ended this node on purpose because it lost contact or storage.',
    next: [
      'Look at network and storage messages in the minute before it.',
      'Read the logs of the other nodes for the same time.',
    ],
  },
  hypervisor: {
    words: 'panic about the hypervisor',
    meaning: 'The guest stopped because of what the hypervisor told it or failed to do.',
    next: ['Look at the log of the host for the same time.'],
  },
  panic: {
    words: 'panic',
    meaning: 'The kernel stopped on purpose; the message says why.',
    next: [
      'Search the message in the vendor knowledge base.',
      'Look at the call trace: who called panic()?',
    ],
  },
};
