import {
  type Check,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  unknown,
  untold,
  warn,
} from './check.ts';
import { fixFor, sameKernelFix } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

/** Section 1, further: is the kernel that would be loaded there, and is it the right one? */
export const crashKernelChecks: readonly Check[] = [
  {
    id: 'capture-kernel-exists',
    group: 'kernel',
    weight: 'critical',
    title: 'the kernel to be loaded as crash kernel is there',
    why: 'At the next start of the service there would be nothing to load.',
    reads: 'KDUMP_KERNEL, KDUMP_KERNELVER, /boot/vmlinuz-RELEASE, /var/lib/kdump',
    isStatic: true,
    fix: (machine) =>
      machine.settings.kernelVersion === ''
        ? fixFor('installKernel')(machine)
        : settingFix({ redhat: 'KDUMP_KERNELVER=""', suse: 'KDUMP_KERNELVER=""' })(machine),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      if (machine.captureRelease === '')
        return unknown('which kernel would be loaded is not told here');
      const paths = machine.settings.kernelPaths(machine.captureRelease);
      const facts = paths.map((path) => machine.facts.stats.get(path));
      const found = facts.find((fact) => fact?.state === 'known' && fact.value.size > 0);
      if (found?.state === 'known')
        return pass(
          'the crash kernel image is there',
          seen(found.from, `${found.value.size} bytes`),
        );
      const unread = facts.find((fact) => fact?.state === 'unreadable');
      if (unread) return notKnown(unread, 'the crash kernel image');
      const link = machine.facts.links.get(paths[0] ?? '');
      const target =
        link?.state === 'known' && link.value
          ? `a link to ${link.value}, which is not there`
          : 'absent';
      return fail(`the crash kernel image is missing: ${paths[0]}`, seen(paths.join(', '), target));
    },
  },
  {
    id: 'capture-kernel-release',
    group: 'kernel',
    weight: 'medium',
    title: 'the crash kernel is the running kernel',
    why: 'makedumpfile and modules must match both kernels; another release is a combination nobody tested.',
    reads: 'running release, KDUMP_KERNELVER, /var/lib/kdump links',
    isStatic: true,
    fix(machine) {
      const { tooling, kernelVersion } = machine.settings;
      if (tooling === 'debian') return fixFor('rebuild')(machine);
      return kernelVersion === ''
        ? ['reboot']
        : settingFix({ redhat: 'KDUMP_KERNELVER=""', suse: 'KDUMP_KERNELVER=""' })(machine);
    },
    evaluate(machine) {
      const { release } = machine.kernel;
      const link = machine.facts.links.get('/var/lib/kdump/vmlinuz');
      const linked = link?.state === 'known' ? /vmlinu[xz]-(.+)$/.exec(link.value)?.[1] : undefined;
      const capture =
        machine.settings.tooling === 'debian'
          ? (linked ?? machine.captureRelease)
          : machine.captureRelease;
      if (release === '' || capture === '')
        return untold(machine, 'the releases are not told here');
      const next = machine.kernel.defaultEntry?.release;
      if (machine.isFadump && next !== undefined && next !== release)
        return {
          ...fail(
            `fadump restarts into ${next}, the running kernel is ${release}`,
            seen('uname -r', release),
            seen(machine.kernel.defaultEntry?.from ?? '', next),
          ),
          fix: sameKernelFix(machine),
        };
      return release === capture
        ? pass(`both are ${release}`, seen('uname -r', release))
        : warn(
            `the crash kernel is ${capture}, the running kernel ${release}`,
            seen('uname -r', release),
            seen('capture kernel', capture),
          );
    },
  },
];
