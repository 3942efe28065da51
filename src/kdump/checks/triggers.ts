import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { sysctlValue } from '../machine/sysctl.ts';
import {
  type Check,
  type CheckOutcome,
  notKnown,
  onlyRunning,
  pass,
  seen,
  skip,
  unknown,
  untold,
  warn,
} from './check.ts';
import { sysctlFix } from './fixes.ts';

// Evaluates a kernel setting; unknown where it is told neither by /proc nor by a sysctl file.
function withSetting(
  machine: Machine,
  name: string,
  judge: (value: number, from: string) => CheckOutcome,
): CheckOutcome {
  const value = sysctlValue(machine, name);
  if (value.state === 'known') return judge(value.value, value.from);
  return machine.hasKernelState ? notKnown(value, name) : onlyRunning;
}

const postNotifiers = '/sys/module/kernel/parameters/crash_kexec_post_notifiers';

const isGuest = (machine: Machine) =>
  !['physical', 'unknown', 'power', 's390x'].includes(machine.environment.platform);

/** Section 7: will trouble become a panic, and can somebody make it one? */
export const triggerChecks: readonly Check[] = [
  {
    id: 'panic-on-oops',
    group: 'triggers',
    weight: 'high',
    isStatic: true,
    title: 'an oops becomes a panic',
    why: 'After an oops the kernel limps on with broken state and no dump is ever taken.',
    reads: 'kernel.panic_on_oops',
    fix: sysctlFix('kernel.panic_on_oops', '1'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.panic_on_oops', (value, from) =>
        value === 0
          ? warn('an oops does not become a panic: no dump', seen(from, value))
          : pass('an oops becomes a panic', seen(from, value)),
      ),
  },
  {
    id: 'panic-timeout',
    group: 'triggers',
    weight: 'high',
    isStatic: true,
    title: 'the machine restarts when kdump itself fails',
    why: 'With kernel.panic=0 a panic that kdump does not catch leaves the machine hanging for ever.',
    reads: 'kernel.panic',
    fix: sysctlFix('kernel.panic', '60'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.panic', (value, from) =>
        value === 0
          ? warn('kernel.panic is 0: if kdump fails the machine hangs', seen(from, value))
          : pass(`it restarts after ${value} s`, seen(from, value)),
      ),
  },
  {
    id: 'nmi-panic',
    group: 'triggers',
    weight: 'high',
    isStatic: true,
    title: 'the NMI button makes the machine panic',
    why: 'A hung machine can only be dumped by an NMI, and without these settings it is ignored.',
    reads: 'kernel.unknown_nmi_panic, panic_on_unrecovered_nmi, panic_on_io_nmi',
    fix: sysctlFix('kernel.unknown_nmi_panic', '1'),
    evaluate(machine) {
      const names = ['unknown_nmi_panic', 'panic_on_unrecovered_nmi', 'panic_on_io_nmi'];
      const values = names.map((name) => sysctlValue(machine, `kernel.${name}`));
      const known = values.flatMap((value, index) =>
        value.state === 'known'
          ? [{ name: names[index] ?? '', value: value.value, from: value.from }]
          : [],
      );
      if (known.length === 0)
        return machine.kernel.arch === 'x86_64'
          ? untold(machine, 'the NMI settings are not told')
          : skip('this architecture has no such settings');
      const evidence = known.map(({ from, value }) => seen(from, value));
      if (
        machine.environment.platform === 'alibaba' &&
        known.some(({ name, value }) => name === 'unknown_nmi_panic' && value === 1)
      )
        return warn(
          'Alibaba sends NMIs of its own: with unknown_nmi_panic=1 the guest can restart at random',
          ...evidence,
        );
      return known.some(({ value }) => value === 1)
        ? pass('an NMI makes it panic', ...evidence)
        : warn(`an NMI is ignored: ${known.map(({ name }) => name).join(', ')} are 0`, ...evidence);
    },
  },
  {
    id: 'lockup-panic',
    group: 'triggers',
    weight: 'medium',
    isStatic: true,
    title: 'a locked-up processor becomes a panic',
    why: 'A lockup that is only logged is rebooted by somebody in the end, without a dump.',
    reads: 'kernel.hardlockup_panic, softlockup_panic, nmi_watchdog',
    fix: sysctlFix('kernel.hardlockup_panic', '1'),
    evaluate(machine) {
      const hard = sysctlValue(machine, 'kernel.hardlockup_panic');
      const watchdog = sysctlValue(machine, 'kernel.nmi_watchdog');
      const soft = sysctlValue(machine, 'kernel.softlockup_panic');
      if (hard.state !== 'known')
        return hard.state === 'absent'
          ? skip('this kernel has no hard lockup detector')
          : notKnown(hard, 'kernel.hardlockup_panic');
      const evidence = [
        seen(hard.from, hard.value),
        ...[watchdog, soft].flatMap((each) =>
          each.state === 'known' ? [seen(each.from, each.value)] : [],
        ),
      ];
      if (hard.value === 0) return warn('a hard lockup does not become a panic', ...evidence);
      return watchdog.state === 'known' && watchdog.value === 0
        ? warn('hard lockups are not looked for (nmi_watchdog is 0)', ...evidence)
        : pass('a hard lockup becomes a panic', ...evidence);
    },
  },
  {
    id: 'hung-task-panic',
    group: 'triggers',
    weight: 'low',
    isStatic: true,
    title: 'what happens with tasks that hang',
    why: 'A panic on hung tasks catches storage hangs, and also machines that are only slow.',
    reads: 'kernel.hung_task_panic, hung_task_timeout_secs',
    fix: sysctlFix('kernel.hung_task_panic', '1'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.hung_task_panic', (value, from) => {
        const patience = sysctlValue(machine, 'kernel.hung_task_timeout_secs');
        const evidence = [
          seen(from, value),
          ...(patience.state === 'known' ? [seen(patience.from, patience.value)] : []),
        ];
        if (value === 0)
          return machine.facts.purpose === 'ha'
            ? warn('a hung task does not become a panic', ...evidence)
            : pass('hung tasks are logged only', ...evidence);
        return patience.state === 'known' && patience.value === 0
          ? {
              ...warn(
                'a hung task would become a panic, but none is looked for (hung_task_timeout_secs is 0)',
                ...evidence,
              ),
              fix: sysctlFix('kernel.hung_task_timeout_secs', '120')(machine),
            }
          : pass('a hung task becomes a panic', ...evidence);
      }),
  },
  {
    id: 'rcu-stall-panic',
    group: 'triggers',
    weight: 'low',
    isStatic: true,
    title: 'what happens at an RCU stall',
    why: 'A stall is often the first sign of a lockup.',
    reads: 'kernel.panic_on_rcu_stall',
    evaluate: (machine) =>
      withSetting(machine, 'kernel.panic_on_rcu_stall', (value, from) =>
        pass(value === 0 ? 'stalls are logged only' : 'a stall becomes a panic', seen(from, value)),
      ),
  },
  {
    id: 'oom-panic',
    group: 'triggers',
    weight: 'medium',
    isStatic: true,
    title: 'running out of memory does not bring the machine down',
    why: 'Outside a cluster the OOM killer ends one process; a panic ends them all.',
    reads: 'vm.panic_on_oom',
    fix: sysctlFix('vm.panic_on_oom', '0'),
    evaluate: (machine) =>
      withSetting(machine, 'vm.panic_on_oom', (value, from) =>
        value > 0 && machine.facts.purpose !== 'ha'
          ? warn('running out of memory is a panic', seen(from, value))
          : pass(
              value > 0 ? 'a panic, as a cluster wants it' : 'the OOM killer decides',
              seen(from, value),
            ),
      ),
  },
  {
    id: 'warn-panic',
    group: 'triggers',
    weight: 'high',
    isStatic: true,
    title: 'a mere warning is no panic',
    why: 'Every WARN of a driver would take the machine down, and the capture kernel may inherit it.',
    reads: 'kernel.panic_on_warn, panic_on_taint=',
    fix: sysctlFix('kernel.panic_on_warn', '0'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.panic_on_warn', (value, from) =>
        value === 1 || machine.kernel.words.some((word) => /^panic_on_(?:warn|taint)/.test(word))
          ? warn('a warning is a panic', seen(from, value))
          : pass('a warning is only logged', seen(from, value)),
      ),
  },
  {
    id: 'sysrq-crash-allowed',
    group: 'triggers',
    weight: 'low',
    isStatic: true,
    title: 'a panic can be triggered from the keyboard or a serial break',
    why: 'On a machine that hangs without NMI it is the last way. Root can always write to /proc/sysrq-trigger.',
    reads: 'kernel.sysrq',
    fix: sysctlFix('kernel.sysrq', '8'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.sysrq', (value, from) =>
        value === 1 || (value & 8) !== 0
          ? pass('SysRq-c is allowed', seen(from, value))
          : warn('SysRq-c from the console is not allowed', seen(from, value)),
      ),
  },
  {
    id: 'post-notifiers',
    group: 'triggers',
    weight: 'medium',
    title: 'nothing runs between the panic and the crash kernel',
    why: 'Notifiers run in the dead kernel: each can hang, and delays the dump.',
    reads: 'crash_kexec_post_notifiers',
    fix: () => [
      'remove crash_kexec_post_notifiers from the kernel command line, unless pstore, Hyper-V or fencing needs it',
      'reboot',
    ],
    evaluate(machine) {
      const value = textOf(machine.facts, postNotifiers);
      if (value === undefined) return unknown('the setting is not told');
      if (value !== 'Y')
        return pass('the crash kernel starts at once', seen('crash_kexec_post_notifiers', value));
      return machine.environment.platform === 'hyperv' || machine.environment.platform === 'azure'
        ? pass(
            'notifiers run first, as Hyper-V wants it',
            seen('crash_kexec_post_notifiers', value),
          )
        : warn('notifiers run before the crash kernel', seen('crash_kexec_post_notifiers', value));
    },
  },
  {
    id: 'panic-print',
    group: 'triggers',
    weight: 'low',
    isStatic: true,
    title: 'nothing long is printed before the crash kernel starts',
    why: 'A long output on a slow serial line delays the dump when notifiers run first.',
    reads: 'kernel.panic_print, crash_kexec_post_notifiers',
    fix: sysctlFix('kernel.panic_print', '0'),
    evaluate: (machine) =>
      withSetting(machine, 'kernel.panic_print', (value, from) => {
        const notifiers = textOf(machine.facts, postNotifiers);
        const evidence = [seen(from, value), seen(postNotifiers, notifiers ?? 'not told')];
        if (value === 0) return pass('nothing more than usual', ...evidence);
        return notifiers === 'Y'
          ? warn(`more is printed (${value}), and before the crash kernel starts`, ...evidence)
          : pass(`more is printed (${value}), but only where there is no dump`, ...evidence);
      }),
  },
  {
    id: 'trigger-path-exists',
    group: 'triggers',
    weight: 'high',
    title: 'somebody can make a hung machine panic',
    why: 'When it answers nobody, only a management controller or a hypervisor can send the NMI.',
    reads: '/dev/ipmi0, platform',
    fix: () => ['set up the management controller (BMC) and note how to send an NMI'],
    evaluate(machine) {
      const ipmi = machine.facts.stats.get('/dev/ipmi0');
      if (ipmi?.state === 'known')
        return pass(
          'there is a management controller: ipmitool chassis power diag',
          seen('/dev/ipmi0', 'there'),
        );
      if (isGuest(machine) && machine.environment.platform !== 'firecracker')
        return pass(
          `the hypervisor (${machine.environment.platform}) can send an NMI`,
          seen('platform', machine.environment.platform),
        );
      return warn(
        'no management controller and no hypervisor that could send an NMI was found',
        seen('/dev/ipmi0', ipmi?.state ?? 'absent'),
        seen('platform', machine.environment.platform),
      );
    },
  },
];
