/** A kernel log of a known class of crash, and what must be told from it. */
export interface CrashLog {
  readonly name: string;
  readonly log: string;
  readonly crashClass: string;
  readonly title: string;
  /** What goes into the signature. */
  readonly frames?: readonly string[];
  readonly comm?: string;
  readonly pid?: number;
  readonly cpu?: number;
  readonly details?: Readonly<Record<string, string>>;
  readonly taints?: string;
}

/** Lines of an oops on x86_64 after its title, with this RIP and these callers. */
function x86(rip: string, callers: readonly string[], options: { code?: string } = {}): string {
  return `Oops: ${options.code ?? '0000'} [#1] PREEMPT SMP PTI
CPU: 3 PID: 4242 Comm: kworker/3:1 Kdump: loaded Tainted: G        W  OE      6.1.0-50-amd64 #1  Debian 6.1.176-1
Hardware name: Dell Inc. PowerEdge R640/0H28RR, BIOS 2.10.2 02/24/2021
Workqueue: events flush_to_ldisc
RIP: 0010:${rip}
Code: 48 8b 04 24 <48> 8b 40 08 8b 30
RSP: 0018:ffffcc8f805c3a90 EFLAGS: 00000246
Call Trace:
 <TASK>
${callers.map((frame) => ` ${frame}`).join('\n')}
 ret_from_fork+0x22/0x30
 </TASK>
Modules linked in: foo(OE) bar(P) baz [last unloaded: qux]
---[ end trace 0000000000000000 ]---
RIP: 0010:late_copy+0x1/0x2
Kernel panic - not syncing: Fatal exception
Kernel Offset: 0x18000000 from 0xffffffff81000000`;
}

/** Lines that panic() prints about its own CPU. */
function panicked(message: string, callers: readonly string[], comm = 'sh', pid = 413): string {
  return `Kernel panic - not syncing: ${message}
CPU: 1 PID: ${pid} Comm: ${comm} Not tainted 6.1.0-50-amd64 #1  Debian 6.1.176-1
Hardware name: QEMU Standard PC
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
${callers.map((frame) => ` ${frame}`).join('\n')}
 </TASK>
---[ end Kernel panic - not syncing: ${message} ]---`;
}

/** Every class of section 4.1 of the notes, in the words of the kernels that print them. */
export const crashLogs: readonly CrashLog[] = [
  {
    name: 'sysrq, 5.2 and later',
    log: `sysrq: Trigger a crash\n${panicked('sysrq triggered crash', ['sysrq_handle_crash+0x16/0x20', '__handle_sysrq.cold+0x43/0x11e'])}`,
    crashClass: 'sysrq',
    title: 'crash triggered by hand (SysRq)',
    comm: 'sh',
    pid: 413,
  },
  {
    name: 'sysrq before 5.2: a NULL pointer on purpose',
    log: `sysrq: SysRq : Trigger a crash
BUG: unable to handle kernel NULL pointer dereference at           (null)
IP: sysrq_handle_crash+0x16/0x20
${x86('sysrq_handle_crash+0x16/0x20', ['__handle_sysrq+0x88/0x140'], { code: '0002' })}`,
    crashClass: 'sysrq',
    title: 'crash triggered by hand (SysRq)',
  },
  {
    name: 'NULL pointer, 5.0 and later',
    log: `BUG: kernel NULL pointer dereference, address: 0000000000000008
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
${x86('foo_read.isra.0+0x17/0x23 [foo]', ['? stale+0x1/0x2', 'bar_work.constprop.0+0x38/0x1000 [bar]', 'process_one_work+0x1c7/0x380', 'worker_thread+0x4d/0x380', 'kthread+0xda/0x100'])}`,
    crashClass: 'null-dereference',
    title: 'NULL pointer dereference in foo_read [foo]',
    frames: ['foo_read foo', 'bar_work bar', 'process_one_work', 'worker_thread'],
    comm: 'kworker/3:1',
    pid: 4242,
    cpu: 3,
    details: {
      address: '0000000000000008 (offset 8 from NULL)',
      access: 'supervisor read access in kernel mode',
      'error code': '0000 [#1]',
    },
    taints: 'WOE',
  },
  {
    name: 'NULL pointer, 3.10 (RHEL 7)',
    log: `BUG: unable to handle kernel NULL pointer dereference at 0000000000000020
IP: [<ffffffffc0512345>] foo_ioctl+0x25/0x90 [foo]
PGD 0
Oops: 0000 [#1] SMP
CPU: 2 PID: 999 Comm: app Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
Hardware name: VMware, Inc. VMware Virtual Platform
task: ffff8800b6a3b0c0 ti: ffff8800b6a40000 task.ti: ffff8800b6a40000
RIP: 0010:[<ffffffffc0512345>]  [<ffffffffc0512345>] foo_ioctl+0x25/0x90 [foo]
RSP: 0018:ffff8800b6a43e58  EFLAGS: 00010246
Call Trace:
 [<ffffffff8125a1b0>] do_vfs_ioctl+0x3a0/0x5b0
 [<ffffffff8125a461>] SyS_ioctl+0xa1/0xc0
 [<ffffffff8178def2>] system_call_fastpath+0x25/0x2a
Code: 00 00 00 <8b> 47 20
---[ end trace 1234567890abcdef ]---
Kernel panic - not syncing: Fatal exception`,
    crashClass: 'null-dereference',
    title: 'NULL pointer dereference in foo_ioctl [foo]',
    frames: ['foo_ioctl foo', 'do_vfs_ioctl', 'SyS_ioctl'],
    comm: 'app',
    pid: 999,
    cpu: 2,
    taints: 'OE',
  },
  {
    name: 'NULL pointer on arm64',
    log: `Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010
Mem abort info:
  ESR = 0x0000000096000004
Internal error: Oops: 0000000096000004 [#1] SMP
CPU: 5 PID: 77 Comm: insmod Tainted: G           OE      6.1.0-50-arm64 #1  Debian 6.1.176-1
Hardware name: linux,dummy-virt (DT)
pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)
pc : foo_init+0x24/0x1000 [foo]
lr : do_one_initcall+0x50/0x230
sp : ffff80000b4fb9a0
Call trace:
 foo_init+0x24/0x1000 [foo]
 do_one_initcall+0x50/0x230
 do_init_module+0x54/0x200
 el0_svc+0x34/0xdc
 el0t_64_sync+0x18c/0x190
Code: d503233f (f9400800)
Kernel panic - not syncing: Oops: Fatal exception`,
    crashClass: 'null-dereference',
    title: 'NULL pointer dereference in foo_init [foo]',
    frames: ['foo_init foo', 'do_one_initcall', 'do_init_module'],
    pid: 77,
    cpu: 5,
  },
  {
    name: 'bad page, 5.0 and later',
    log: `BUG: unable to handle page fault for address: ffffdeadbeef0000
#PF: supervisor write access in kernel mode
${x86('kmem_cache_alloc+0x7a/0x320', ['alloc_buffer_head+0x1d/0x60'], { code: '0002' })}`,
    crashClass: 'bad-page-access',
    title: 'access to a bad address in kmem_cache_alloc',
    details: { address: 'ffffdeadbeef0000', access: 'supervisor write access in kernel mode' },
  },
  {
    name: 'bad page, 4.x',
    log: `BUG: unable to handle kernel paging request at ffffc90001234000\n${x86('memcpy_erms+0x6/0x10', ['foo_copy+0x10/0x20 [foo]'])}`,
    crashClass: 'bad-page-access',
    title: 'access to a bad address in memcpy_erms',
  },
  {
    name: 'bad page on arm64',
    log: `Unable to handle kernel paging request at virtual address dead000000000108
Internal error: Oops: 96000044 [#1] SMP
CPU: 0 PID: 1 Comm: init Not tainted 5.14.0-70.el9.aarch64 #1
pc : list_del_entry+0x20/0x60
Call trace:
 list_del_entry+0x20/0x60
 foo_exit+0x10/0x20 [foo]
 el0t_64_sync+0x18c/0x190
Kernel panic - not syncing: Oops: Fatal exception`,
    crashClass: 'bad-page-access',
    title: 'access to a bad address in list_del_entry',
  },
  {
    name: 'powerpc bad access',
    log: `BUG: Unable to handle kernel data access on read at 0x00000010
Faulting instruction address: 0xc0000000008a1234
Oops: Kernel access of bad area, sig: 11 [#1]
CPU: 8 PID: 5000 Comm: test Not tainted 5.14.0-70.el9.ppc64le #1
NIP [c0000000008a1234] foo_open+0x14/0x80
LR [c0000000008a1200] foo_call+0x20/0x80
Call Trace:
[c000000123457b00] [c0000000008a1234] foo_open+0x14/0x80 (unreliable)
Kernel panic - not syncing: Fatal exception`,
    crashClass: 'bad-page-access',
    title: 'access to a bad address in foo_open',
  },
  {
    name: 'general protection, list poison',
    log: `general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] SMP NOPTI\n${x86('__list_del_entry_valid+0x2e/0x90', ['foo_release+0x10/0x20 [foo]'])}`,
    crashClass: 'general-protection',
    title: 'general protection fault in __list_del_entry_valid',
    details: { address: '0xdead000000000122 (list poison: used after removal)' },
  },
  {
    name: 'general protection, slab poison, 6.x',
    log: `Oops: general protection fault, maybe for address 0x6b6b6b6b6b6b6b6b: 0000 [#1] PREEMPT SMP\n${x86('foo_use+0x5/0x10 [foo]', [])}`,
    crashClass: 'general-protection',
    title: 'general protection fault in foo_use [foo]',
    details: { address: '0x6b6b6b6b6b6b6b6b (slab poison: used after free)' },
  },
  {
    name: 'BUG()',
    log: `------------[ cut here ]------------
kernel BUG at mm/slub.c:4023!
invalid opcode: 0000 [#1] SMP PTI
${x86('kfree+0x25c/0x290', ['foo_free+0x10/0x20 [foo]'])}`,
    crashClass: 'bug',
    title: 'kernel BUG at mm/slub.c:4023 in kfree',
    frames: ['mm/slub.c', 'kfree', 'foo_free foo'],
    details: { place: 'mm/slub.c:4023' },
  },
  {
    name: 'BUG() on arm64',
    log: `kernel BUG at fs/inode.c:518!
Internal error: Oops - BUG: 00000000f2000800 [#1] SMP
CPU: 1 PID: 9 Comm: x Not tainted 6.1.0 #1
pc : clear_inode+0x80/0x90
Call trace:
 clear_inode+0x80/0x90
 evict+0x10/0x20
Kernel panic - not syncing: Oops - BUG: Fatal exception`,
    crashClass: 'bug',
    title: 'kernel BUG at fs/inode.c:518 in clear_inode',
  },
  {
    name: 'panic_on_warn',
    log: `------------[ cut here ]------------
WARNING: CPU: 2 PID: 555 at net/core/dev.c:1234 skb_warn_bad_offload+0x80/0xf0
CPU: 2 PID: 555 Comm: nginx Not tainted 6.1.0-50-amd64 #1  Debian
RIP: 0010:skb_warn_bad_offload+0x80/0xf0
Call Trace:
 <TASK>
 skb_checksum_help+0x1a/0x1b0
 validate_xmit_skb+0x2f1/0x350
 entry_SYSCALL_64_after_hwframe+0x6e/0xd8
 </TASK>
${panicked('kernel: panic_on_warn set ...', ['__warn.cold+0x1/0x2'], 'nginx', 555)}`,
    crashClass: 'warning',
    title: 'warning made fatal (panic_on_warn) at net/core/dev.c:1234 in skb_warn_bad_offload',
    frames: ['net/core/dev.c', 'skb_warn_bad_offload', 'skb_checksum_help', 'validate_xmit_skb'],
  },
  {
    name: 'double fault',
    log: `PANIC: double fault, error_code: 0x0\n${x86('page_fault+0x1/0x30', ['recurse+0x10/0x20 [foo]', 'recurse+0x10/0x20 [foo]', 'recurse+0x10/0x20 [foo]'])}`,
    crashClass: 'double-fault',
    title: 'double fault in recurse [foo]',
    frames: ['recurse foo'],
  },
  {
    name: 'stack guard page',
    log: `BUG: TASK stack guard page was hit at 00000000abcdef12 (stack is 1..2)\n${x86('deep+0x1/0x30', ['deep2+0x10/0x20'])}`,
    crashClass: 'stack-corruption',
    title: 'kernel stack corrupted or overflowed in deep',
  },
  {
    name: 'stack protector',
    log: panicked('stack-protector: Kernel stack is corrupted in: foo_parse+0x1a2/0x1b0 [foo]', [
      '__stack_chk_fail+0x10/0x20',
      'foo_parse+0x1a2/0x1b0 [foo]',
    ]),
    crashClass: 'stack-corruption',
    title: 'kernel stack corrupted or overflowed in __stack_chk_fail',
  },
  {
    name: 'soft lockup',
    log: `watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [kworker/3:1:4242]
Modules linked in: foo(OE)
CPU: 3 PID: 4242 Comm: kworker/3:1 Tainted: G           OE      6.1.0-50-amd64 #1  Debian
RIP: 0010:native_queued_spin_lock_slowpath+0x6e/0x1d0
Call Trace:
 <TASK>
 _raw_spin_lock+0x29/0x30
 foo_poll+0x10/0x20 [foo]
 process_one_work+0x1c7/0x380
 ret_from_fork+0x22/0x30
 </TASK>
${panicked('softlockup: hung tasks', ['watchdog_timer_fn.cold+0xc/0x10'], 'kworker/3:1', 4242)}`,
    crashClass: 'soft-lockup',
    title: 'soft lockup in native_queued_spin_lock_slowpath',
    frames: ['_raw_spin_lock', 'foo_poll foo', 'process_one_work'],
    comm: 'kworker/3:1',
    pid: 4242,
    cpu: 3,
    details: { 'stuck for': '26 s' },
  },
  {
    name: 'hard lockup',
    log: `NMI watchdog: Watchdog detected hard LOCKUP on cpu 7
CPU: 7 PID: 88 Comm: irqbalance Not tainted 4.18.0-305.el8.x86_64 #1
RIP: 0010:foo_spin+0x10/0x20 [foo]
Call Trace:
 <NMI>
 watchdog_overflow_callback+0xc/0x10
 </NMI>
 foo_outer+0x10/0x20 [foo]
 do_syscall_64+0x5b/0x1a0
${panicked('Hard LOCKUP', ['nmi_panic.cold+0xc/0xc'], 'irqbalance', 88)}`,
    crashClass: 'hard-lockup',
    title: 'hard lockup in foo_spin [foo]',
    cpu: 7,
  },
  {
    name: 'hung task',
    log: `INFO: task jbd2/dm-0-8:345 blocked for more than 120 seconds.
      Not tainted 6.1.0-50-amd64 #1 Debian 6.1.176-1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:jbd2/dm-0-8     state:D stack:0     pid:345   ppid:2      flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x34d/0x9e0
 schedule+0x5a/0xd0
 io_schedule+0x42/0x70
 bit_wait_io+0xd/0x60
 __wait_on_bit+0x2a/0x90
 out_of_line_wait_on_bit+0x91/0xb0
 jbd2_journal_commit_transaction+0x10/0x20 [jbd2]
 kjournald2+0xa9/0x280 [jbd2]
 kthread+0xda/0x100
 </TASK>
INFO: task other:9 blocked for more than 120 seconds.
${panicked('hung_task: blocked tasks', ['watchdog.cold+0xc/0x10'], 'khungtaskd', 23)}`,
    crashClass: 'hung-task',
    title: 'hung task: jbd2/dm-0-8 in jbd2_journal_commit_transaction [jbd2]',
    frames: ['jbd2_journal_commit_transaction jbd2', 'kjournald2 jbd2'],
    comm: 'jbd2/dm-0-8',
    pid: 345,
    details: { 'stuck for': '120 s' },
  },
  {
    name: 'RCU stall',
    log: `rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: \t2-....: (5249 ticks this GP) idle=0f4c/1/0x4000000000000000
CPU: 2 PID: 66 Comm: loop Not tainted 6.1.0-50-amd64 #1  Debian
RIP: 0010:foo_loop+0x3/0x10 [foo]
Call Trace:
 <IRQ>
 rcu_dump_cpu_stacks+0xa4/0xe0
 </IRQ>
 <TASK>
 asm_sysvec_apic_timer_interrupt+0x16/0x20
RIP: 0010:foo_loop+0x3/0x10 [foo]
 foo_thread+0x10/0x20 [foo]
 kthread+0xda/0x100
 </TASK>
${panicked('RCU Stall', ['panic_on_rcu_stall+0x28/0x28'], 'loop', 66)}`,
    crashClass: 'rcu-stall',
    title: 'RCU stall in foo_loop [foo]',
  },
  {
    name: 'out of memory',
    log: `stress invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0
CPU: 0 PID: 800 Comm: stress Not tainted 6.1.0-50-amd64 #1  Debian
${panicked('Out of memory: system-wide panic_on_oom is enabled', ['out_of_memory.cold+0x2f/0x7e'], 'stress', 800)}`,
    crashClass: 'out-of-memory',
    title: 'out of memory: Out of memory: system-wide panic_on_oom is enabled',
  },
  {
    name: 'deadlocked on memory',
    log: panicked('System is deadlocked on memory', ['out_of_memory.cold+0x2f/0x7e']),
    crashClass: 'out-of-memory',
    title: 'out of memory: System is deadlocked on memory',
  },
  {
    name: 'init killed by a signal',
    log: panicked(
      'Attempted to kill init! exitcode=0x0000000b',
      ['do_exit.cold+0x15/0x15'],
      'systemd',
      1,
    ),
    crashClass: 'init-died',
    title: 'init died: killed by signal 11 (SIGSEGV)',
    frames: ['exitcode=0x0000000b'],
    pid: 1,
  },
  {
    name: 'no init',
    log: panicked(
      'No working init found.  Try passing init= option to kernel.',
      ['kernel_init+0x10f/0x110'],
      'swapper/0',
      1,
    ),
    crashClass: 'init-died',
    title: 'init died: No working init found.  Try passing init= option to kernel.',
  },
  {
    name: 'no root file system',
    log: panicked(
      'VFS: Unable to mount root fs on unknown-block(8,3)',
      ['mount_block_root+0x1d/0x1d'],
      'swapper/0',
      1,
    ),
    crashClass: 'no-root-file-system',
    title: 'root file system not found: unknown-block(8,3)',
    frames: ['unknown-block(8,3)'],
  },
  {
    name: 'machine check',
    log: `mce: [Hardware Error]: CPU 4: Machine Check Exception: 5 Bank 7: be00000000800400
mce: [Hardware Error]: RIP !INEXACT! 10:<ffffffff810d5b47>
${panicked('Fatal machine check', ['mce_panic+0x10/0x20'])}`,
    crashClass: 'hardware',
    title: 'hardware error: Fatal machine check',
  },
  {
    name: 'firmware reports a fatal error',
    log: `{1}[Hardware Error]: event severity: fatal\n${panicked('Fatal hardware error!', ['__ghes_panic.cold+0x32/0x32'])}`,
    crashClass: 'hardware',
    title: 'hardware error: Fatal hardware error!',
  },
  {
    name: 'SError on arm64',
    log: panicked('Asynchronous SError Interrupt', ['nmi_panic+0x8c/0x8c']),
    crashClass: 'hardware',
    title: 'hardware error: Asynchronous SError Interrupt',
  },
  {
    name: 'unknown NMI',
    log: `Uhhuh. NMI received for unknown reason 2d on CPU 0.\n${panicked('NMI: Not continuing', ['nmi_panic+0x3c/0x3d'])}`,
    crashClass: 'hardware',
    title: 'hardware error: NMI: Not continuing',
  },
  {
    name: 'NMI by the service processor',
    log: panicked('An NMI occurred. Depending on your system the reason for the NMI is logged', [
      'nmi_panic+0x3c/0x3d',
      'hpwdt_pretimeout+0x10/0x20 [hpwdt]',
    ]),
    crashClass: 'nmi',
    title:
      'panic by NMI: An NMI occurred. Depending on your system the reason for the NMI is logged',
  },
  {
    name: 'list corruption',
    log: `list_del corruption. prev->next should be ffff888012345678, but was 0000000000000000
------------[ cut here ]------------
kernel BUG at lib/list_debug.c:53!
invalid opcode: 0000 [#1] SMP
${x86('__list_del_entry_valid.cold+0x31/0x47', ['foo_remove+0x10/0x20 [foo]'])}`,
    crashClass: 'memory-corruption',
    title: 'memory corruption detected in __list_del_entry_valid',
  },
  {
    name: 'divide error',
    log: `divide error: 0000 [#1] PREEMPT SMP NOPTI\n${x86('foo_div+0x8/0x10 [foo]', ['foo_call+0x1/0x2 [foo]'])}`,
    crashClass: 'processor-exception',
    title: 'processor exception in foo_div [foo]',
  },
  {
    name: 'file system with errors=panic',
    log: `EXT4-fs error (device dm-0): ext4_lookup:1851: inode #2: comm ls: iget: bad extra_isize\n${panicked('EXT4-fs (device dm-0): panic forced after error', ['ext4_handle_error.cold+0x1/0x2 [ext4]'])}`,
    crashClass: 'file-system',
    title: 'file system stopped the machine: EXT4-fs (device dm-0): panic forced after error',
  },
  {
    name: 'fenced by OCFS2',
    log: panicked('*** ocfs2 is very sorry to be fencing this system by panicing ***', [
      'o2quo_fence_self+0x1/0x2 [ocfs2_nodemanager]',
    ]),
    crashClass: 'cluster-fence',
    title:
      'fenced by the cluster: *** ocfs2 is very sorry to be fencing this system by panicing ***',
  },
  {
    name: 'Hyper-V',
    log: panicked('Hyper-V: the host asked for it', ['hv_die+0x1/0x2']),
    crashClass: 'hypervisor',
    title: 'panic about the hypervisor: Hyper-V: the host asked for it',
  },
  {
    name: 'any other panic',
    log: panicked('foo: device 17 lost its mind at 0x1234', ['foo_die+0x1/0x2 [foo]']),
    crashClass: 'panic',
    title: 'panic: foo: device 17 lost its mind at 0x1234',
    frames: ['foo: device N lost its mind at N', 'foo_die foo'],
  },
];
