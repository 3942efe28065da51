import type { Machine } from './machine.ts';
import { sysctlSetters } from './sysctl.ts';

/** True when a crash kernel is certainly in memory now. */
export function isCrashKernelLoaded({ isLoaded }: Machine): boolean {
  return isLoaded.state === 'known' && isLoaded.value;
}

/** True when kexec is told to use kexec_file_load (-s), or to try it first (-a). */
export function loadsByFile({ settings }: Machine): boolean {
  return /(?:^|\s)-[sa]/.test(settings.kexecArgs);
}

/** The sysctl setting that forbids every load until the next boot. */
export const loadSwitch = 'kernel.kexec_load_disabled';

/** The sysctl files that forbid loading from the next boot on. */
export function filesThatForbidLoading(machine: Machine): readonly string[] {
  return sysctlSetters(machine, loadSwitch)
    .filter(({ value }) => value === 1)
    .map(({ from }) => from);
}
