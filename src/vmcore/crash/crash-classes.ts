/** What kind of crash it was. Part of the signature: never renamed. */
export const crashClasses = [
  'sysrq',
  'null-dereference',
  'bad-page-access',
  'general-protection',
  'bug',
  'warning',
  'double-fault',
  'stack-corruption',
  'soft-lockup',
  'hard-lockup',
  'hung-task',
  'rcu-stall',
  'out-of-memory',
  'init-died',
  'no-root-file-system',
  'hardware',
  'nmi',
  'memory-corruption',
  'processor-exception',
  'file-system',
  'cluster-fence',
  'hypervisor',
  'panic',
] as const;
export type CrashClass = (typeof crashClasses)[number];

/** A line that announces a crash or a trouble, and what it names. */
export interface TitlePattern {
  readonly crashClass: CrashClass;
  readonly pattern: RegExp;
  /** Such a line alone ends the machine only with panic_on_oops, a panic line or kexec; `notice` lines do not end it at all. */
  readonly weight: 'oops' | 'stall' | 'notice';
}

// Order matters: the first that matches names the class. Sources: kernel/, arch/*/mm/fault.c, arch/*/kernel/traps.c,
// kernel/watchdog.c, kernel/rcu/tree_stall.h; gathered as in syzkaller pkg/report/linux.go and abrt lib/kernel.c.
const table: readonly [CrashClass, TitlePattern['weight'], RegExp][] = [
  ['sysrq', 'oops', /^(?:sysrq: )?(?:SysRq : )?Trigger a crash/],
  ['null-dereference', 'oops', /^BUG: kernel NULL pointer dereference, address: (?<address>\S+)/],
  [
    'null-dereference',
    'oops',
    /^BUG: unable to handle kernel NULL pointer dereference(?: at (?:virtual address )?(?<address>\S+))?/,
  ],
  [
    'null-dereference',
    'oops',
    /^Unable to handle kernel NULL pointer dereference(?: at virtual address (?<address>\S+))?/,
  ],
  ['bad-page-access', 'oops', /^BUG: unable to handle page fault for address: (?<address>\S+)/],
  [
    'bad-page-access',
    'oops',
    /^BUG: unable to handle kernel paging request(?: at (?<address>\S+))?/,
  ],
  [
    'bad-page-access',
    'oops',
    /^Unable to handle kernel (?:paging request|access to user memory|execute from non-executable memory|read from unreadable memory|write to read-only memory|pointer dereference)(?:.*?(?:virtual address|address:?) (?<address>[0-9a-f]+))?/,
  ],
  [
    'bad-page-access',
    'oops',
    /^BUG: Unable to handle kernel (?:data access|instruction fetch)(?:.* at (?<address>\S+))?/,
  ],
  ['bad-page-access', 'oops', /^Oops: Kernel access of bad area/],
  [
    'general-protection',
    'oops',
    /^(?:Oops: )?general protection fault(?:.*address (?<address>0x[0-9a-f]+))?/,
  ],
  ['memory-corruption', 'oops', /^list_(?:add|del)(?:_valid)? corruption/],
  ['bug', 'oops', /^(?:kernel BUG|Kernel BUG) at (?<place>[^!]{1,200})!?/],
  ['memory-corruption', 'notice', /^BUG: KASAN: (?<detail>\S+) in /],
  ['memory-corruption', 'notice', /^BUG: KFENCE: (?<detail>[\w -]{1,60}) in /],
  ['memory-corruption', 'notice', /^(?:BUG|SLUB|slab error)\b.{0,60}kmalloc-/],
  ['memory-corruption', 'notice', /^BUG: Bad (?:page state|page map|rss-counter)/],
  ['memory-corruption', 'notice', /^refcount_t: (?:underflow|saturated|addition on 0)/],
  ['memory-corruption', 'notice', /^UBSAN: /],
  ['bug', 'notice', /^BUG: (?:scheduling while atomic|sleeping function called|workqueue lockup)/],
  ['double-fault', 'oops', /^(?:PANIC: )?double fault\b/],
  ['stack-corruption', 'oops', /^BUG: (?:IRQ|NMI|TASK|stack|#DF) ?(?:stack )?guard page was hit/],
  ['stack-corruption', 'oops', /^(?:Insufficient stack space|kernel stack overflow)/i],
  ['stack-corruption', 'oops', /^Thread overran stack, or stack corrupted/],
  [
    'soft-lockup',
    'stall',
    /^(?:watchdog: )?BUG: soft lockup - CPU#(?<cpu>\d+) stuck for (?<seconds>\d+)s! \[(?<comm>.{0,32}):(?<pid>\d+)\]/,
  ],
  [
    'hard-lockup',
    'stall',
    /^(?:NMI watchdog: |watchdog: )?Watchdog detected hard LOCKUP on cpu (?<cpu>\d+)/,
  ],
  [
    'hung-task',
    'stall',
    /^INFO: task (?<comm>.{1,32}):(?<pid>\d+) blocked (?:in I\/O wait )?for more than (?<seconds>\d+) seconds/,
  ],
  [
    'rcu-stall',
    'stall',
    /^(?:rcu: )?INFO: \S+ (?:self-detected stalls? on CPU|detected (?:expedited )?stalls? on CPUs\/tasks)/,
  ],
  ['hardware', 'notice', /^(?:mce: )?\[Hardware Error\]: (?:CPU (?<cpu>\d+): )?Machine Check/],
  [
    'hardware',
    'notice',
    /^(?:\{\d+\})?\[Hardware Error\]: .*event severity: (?:fatal|recoverable)/,
  ],
  [
    'hardware',
    'oops',
    /^(?:Fatal hardware error!|NMI: (?:PCI system error|IOCK error)|NMI: Not continuing)/,
  ],
  [
    'hardware',
    'oops',
    /^(?:SError Interrupt|Internal error: synchronous external abort|Bad mode in Error handler)/i,
  ],
  ['hardware', 'notice', /^EDAC .* UE /],
  ['nmi', 'notice', /^(?:Uhhuh\. NMI received for unknown reason|An NMI occurred)/],
  [
    'processor-exception',
    'oops',
    /^(?:Oops: )?(?:divide error|invalid opcode|int3|alignment check|stack segment|invalid TSS|bounds|segment not present|coprocessor fault|simd exception|control protection)\b/,
  ],
  [
    'processor-exception',
    'oops',
    /^(?:traps: |Internal error: (?!Oops - BUG)|Oops(?: - undefined instruction| \[#))/,
  ],
  ['bug', 'oops', /^Internal error: Oops - BUG/],
  ['warning', 'notice', /^WARNING: (?:CPU: (?<cpu>\d+) PID: (?<pid>\d+) )?at (?<place>\S+)/],
  ['out-of-memory', 'notice', /^(?<comm>.{1,32}) invoked oom-killer:/],
];

/** Every line that announces something, in order of trust. */
export const titlePatterns: readonly TitlePattern[] = table.map(
  ([crashClass, weight, pattern]) => ({ crashClass, weight, pattern }),
);

// What the text after "Kernel panic - not syncing: " says. `oops` and `stall` messages are consequences: the cause
// stands earlier in the log.
const panicTable: readonly [RegExp, CrashClass | 'oops'][] = [
  [/^sysrq triggered crash/, 'sysrq'],
  [
    /^(?:Fatal exception|Oops|Aiee|panic_on_oops|Unrecoverable|Attempted to kill the idle task)/,
    'oops',
  ],
  [/panic_on_warn/, 'warning'],
  [/^softlockup/, 'soft-lockup'],
  [/hard lockup/i, 'hard-lockup'],
  [/^hung_task/, 'hung-task'],
  [/^RCU Stall/, 'rcu-stall'],
  [/^(?:Out of memory|System is deadlocked on memory|out of memory)/, 'out-of-memory'],
  [/^Attempted to kill init/, 'init-died'],
  [/^(?:No (?:working )?init found|Requested init )/, 'init-died'],
  [/^VFS: Unable to mount root fs/, 'no-root-file-system'],
  [
    /machine check|Hardware Error|hardware error|Memory error|SError|Synchronous External/i,
    'hardware',
  ],
  [/^NMI: (?:Not continuing|IOCK|PCI|SERR)/, 'hardware'],
  [/NMI/, 'nmi'],
  [/^stack-protector|stack overflow|stack corrupted/, 'stack-corruption'],
  [/double fault/i, 'double-fault'],
  [/^(?:EXT[234]-fs|XFS|BTRFS|GFS2|JBD2)/, 'file-system'],
  [/ocfs2|o2cb|o2net|fenc|\bdlm\b|\bsbd\b|^watchdog/i, 'cluster-fence'],
  [/Hyper-V|\bxen\b|vmbus|VMware/i, 'hypervisor'],
];

/** The class that a panic message tells by itself; `oops` when the cause is the oops before it. */
export function classOfPanic(message: string): CrashClass | 'oops' {
  return panicTable.find(([pattern]) => pattern.test(message))?.[1] ?? 'panic';
}
