import { isSet, kernelConfig } from '../configuration/kernel-view.ts';
import { textOf } from '../facts.ts';
import {
  filesThatForbidLoading,
  isCrashKernelLoaded,
  loadSwitch,
  loadsByFile,
} from '../machine/kexec.ts';
import type { Machine } from '../machine/machine.ts';
import { sysctlValue } from '../machine/sysctl.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor, unsetFix } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

function lockdown(machine: Machine): string | undefined {
  return /\[(\w+)\]/.exec(textOf(machine.facts, '/sys/kernel/security/lockdown') ?? '')?.[1];
}

function isSecureBoot(machine: Machine): boolean | undefined {
  const found = [...machine.facts.files].find(([path]) => path.includes('/efivars/SecureBoot-'));
  if (!found)
    return machine.facts.stats.get('/sys/firmware/efi')?.state === 'absent' ? false : undefined;
  return found[1].state === 'known' ? found[1].value.text.endsWith('\u0001') : undefined;
}

/** Section 1: can this kernel load a crash kernel, and may it? */
export const kernelChecks: readonly Check[] = [
  {
    id: 'kernel-kexec-crash-config',
    group: 'kernel',
    weight: 'critical',
    title: 'the kernel is built with kexec, crash dump and /proc/vmcore',
    why: 'Without them there is no way to start a crash kernel or to read the memory of the dead one.',
    reads:
      '/boot/config-RELEASE or /proc/config.gz: KEXEC, KEXEC_FILE, CRASH_DUMP, PROC_VMCORE, SYSFS',
    isStatic: true,
    fix: (machine) =>
      machine.impossible ? [machine.impossible.instead] : fixFor('stockKernel')(machine),
    evaluate(machine) {
      const config = kernelConfig(machine.facts, machine.kernel);
      if (!config) {
        return isCrashKernelLoaded(machine)
          ? pass(
              'a crash kernel is loaded, so the kernel supports it',
              seen(machine.isLoaded.from, 1),
            )
          : unknown(
              'no configuration of this kernel is in /boot, beside its modules or in /proc/config.gz',
            );
      }
      const has = (name: string) => isSet(config, name);
      const missing = [
        ...(has('KEXEC') || has('KEXEC_FILE') ? [] : ['KEXEC or KEXEC_FILE']),
        ...['CRASH_DUMP', 'PROC_VMCORE', 'SYSFS'].filter((name) => !has(name)),
      ];
      return missing.length === 0
        ? pass('the kernel has what kdump needs', seen(config.path, 'all set'))
        : fail(
            `the kernel is built without ${missing.join(', ')}`,
            seen(config.path, `not set: ${missing.join(', ')}`),
          );
    },
  },
  {
    id: 'kexec-crash-sysfs',
    group: 'kernel',
    weight: 'critical',
    title: 'the running kernel offers the crash kernel interface',
    why: 'A kernel without it was built without kdump: nothing can be loaded.',
    reads: '/sys/kernel/kexec_crash_loaded, /sys/kernel/kexec/crash_loaded',
    fix: (machine) =>
      machine.impossible ? [machine.impossible.instead] : fixFor('stockKernel')(machine),
    evaluate({ isLoaded }) {
      if (isLoaded.state === 'known')
        return pass('the interface is there', seen(isLoaded.from, isLoaded.value ? 1 : 0));
      return isLoaded.state === 'absent'
        ? fail(
            'this kernel has no kdump: /sys/kernel/kexec_crash_loaded is not there',
            seen(isLoaded.from, 'absent'),
          )
        : notKnown(isLoaded, 'the crash kernel interface');
    },
  },
  {
    id: 'kexec-load-disabled',
    group: 'kernel',
    weight: 'critical',
    title: 'loading a crash kernel is not forbidden',
    why: 'kernel.kexec_load_disabled is a one-way switch that hardening profiles set; kdump then fails with "Operation not permitted".',
    reads: 'kernel.kexec_load_disabled, /etc/sysctl.d',
    isStatic: true,
    fix: (machine) => [...unsetFix(machine, loadSwitch, (value) => value === 1), 'reboot'],
    evaluate(machine) {
      const value = sysctlValue(machine, loadSwitch);
      const places = filesThatForbidLoading(machine).map((from) => seen(from, `${loadSwitch} = 1`));
      if (value.state === 'known' && value.value === 1 && value.from.startsWith('/proc')) {
        return isCrashKernelLoaded(machine)
          ? warn(
              'a crash kernel is loaded but cannot be loaded again after an update or hotplug',
              seen(value.from, 1),
              ...places,
            )
          : fail(
              'loading a crash kernel is forbidden until the next boot',
              seen(value.from, 1),
              ...places,
            );
      }
      if (places.length > 0)
        return warn('a file forbids loading a crash kernel from the next boot on', ...places);
      if (value.state === 'known') return pass('loading is allowed', seen(value.from, value.value));
      return machine.hasKernelState
        ? notKnown(value, loadSwitch)
        : pass('no sysctl file of the image forbids it', seen('/etc/sysctl.d', 'not set'));
    },
  },
  {
    id: 'kexec-load-limit',
    group: 'kernel',
    weight: 'high',
    title: 'the crash kernel can be loaded again',
    why: 'kernel.kexec_load_limit_panic counts down; at zero a reload after hotplug or an update fails.',
    reads: 'kernel.kexec_load_limit_panic',
    fix: (machine) => [
      ...unsetFix(machine, 'kernel.kexec_load_limit_panic', (value) => value >= 0),
      'reboot',
    ],
    evaluate(machine) {
      const value = sysctlValue(machine, 'kernel.kexec_load_limit_panic');
      if (value.state === 'absent') return skip('this kernel has no such limit');
      if (value.state !== 'known') return notKnown(value, 'the limit');
      const evidence = seen(value.from, value.value);
      if (value.value < 0) return pass('there is no limit', evidence);
      if (value.value === 0 && !isCrashKernelLoaded(machine))
        return fail('no load is left and nothing is loaded', evidence);
      return value.value <= 1
        ? warn(`loads that are left: ${value.value}, a reload can fail`, evidence)
        : pass(`loads that are left: ${value.value}`, evidence);
    },
  },
  {
    id: 'secure-boot-load-path',
    group: 'kernel',
    weight: 'critical',
    title: 'the crash kernel is loaded in a way that lockdown allows',
    why: 'A locked-down kernel refuses the old kexec_load call; only a signed kernel through kexec_file_load gets in.',
    reads: '/sys/kernel/security/lockdown, SecureBoot variable, KEXEC_ARGS',
    fix: (machine) =>
      machine.settings.tooling === 'redhat' && !loadsByFile(machine)
        ? settingFix({ redhat: 'KEXEC_ARGS="-s"' })(machine)
        : fixFor('stockKernel')(machine),
    evaluate(machine) {
      const mode = lockdown(machine);
      const secure = isSecureBoot(machine);
      const args = machine.settings.kexecArgs;
      const evidence = [
        seen('/sys/kernel/security/lockdown', mode ?? 'not there'),
        seen('KEXEC_ARGS', args || '(empty)'),
      ];
      const isLocked = mode === 'integrity' || mode === 'confidentiality' || secure === true;
      if (mode === undefined && secure === undefined)
        return unknown(
          'whether secure boot is on is not told here; run as root on the machine',
          ...evidence,
        );
      if (!isLocked) return pass('the kernel is not locked down', ...evidence);
      if (isCrashKernelLoaded(machine))
        return pass('locked down, and the crash kernel is loaded all the same', ...evidence);
      if (machine.settings.tooling === 'redhat' && !loadsByFile(machine))
        return fail(
          'the kernel is locked down and kexec is not told to use kexec_file_load',
          ...evidence,
        );
      return warn('the kernel is locked down: only a signed kernel can be loaded', ...evidence);
    },
  },
  {
    id: 'lockdown-confidentiality',
    group: 'kernel',
    weight: 'medium',
    title: 'the kernel lets its memory be sampled',
    why: 'In lockdown=confidentiality /proc/kcore is closed: sizes are predicted from averages. The dump itself works.',
    reads: '/sys/kernel/security/lockdown',
    evaluate(machine) {
      const mode = lockdown(machine);
      if (mode === undefined) return skip('this kernel has no lockdown');
      return mode === 'confidentiality'
        ? warn('lockdown is "confidentiality"', seen('/sys/kernel/security/lockdown', mode))
        : pass(`lockdown is "${mode}"`, seen('/sys/kernel/security/lockdown', mode));
    },
  },
];
