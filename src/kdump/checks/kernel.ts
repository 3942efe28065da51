import {
  type Check,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from '../check.ts';
import { textOf } from '../facts.ts';
import { fixFor, sameKernelFix, sysctlFix } from '../fixes.ts';
import { kernelConfig as configOf } from '../kernel-view.ts';
import type { Machine } from '../machine.ts';
import { isKernelAtLeast } from '../parse-crashkernel.ts';
import { sysctlSetters, sysctlValue } from '../sysctl.ts';

const kernelConfig = (machine: Machine) => configOf(machine.facts, machine.kernel);

function lockdown(machine: Machine): string | undefined {
  return /\[(\w+)\]/.exec(textOf(machine.facts, '/sys/kernel/security/lockdown') ?? '')?.[1];
}

function isSecureBoot(machine: Machine): boolean | undefined {
  const found = [...machine.facts.files].find(([path]) => path.includes('/efivars/SecureBoot-'));
  if (!found)
    return machine.facts.stats.get('/sys/firmware/efi')?.state === 'absent' ? false : undefined;
  return found[1].state === 'known' ? found[1].value.text.endsWith('\u0001') : undefined;
}

/** Section 1: can this kernel dump at all? */
export const kernelChecks: readonly Check[] = [
  {
    id: 'kernel-kexec-crash-config',
    group: 'kernel',
    weight: 'critical',
    title: 'the kernel is built with kexec, crash dump and /proc/vmcore',
    why: 'Without them there is no way to start a crash kernel or to read the memory of the dead one.',
    reads: '/boot/config-RELEASE: KEXEC, KEXEC_FILE, CRASH_DUMP, PROC_VMCORE, SYSFS',
    isStatic: true,
    fix: (machine) =>
      machine.impossible ? [machine.impossible.instead] : fixFor('installKernel')(machine),
    evaluate(machine) {
      const config = kernelConfig(machine);
      if (!config) {
        return machine.isLoaded.state === 'known' && machine.isLoaded.value
          ? pass(
              'a crash kernel is loaded, so the kernel supports it',
              seen(machine.isLoaded.from, 1),
            )
          : unknown(
              'no configuration of this kernel was found in /boot; install it or look at /proc/config.gz',
            );
      }
      const has = (name: string) => new RegExp(`^CONFIG_${name}=y$`, 'm').test(config.text);
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
      machine.impossible ? [machine.impossible.instead] : fixFor('installKernel')(machine),
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
    fix: () => [
      'grep -r kexec_load_disabled /etc/sysctl.d /etc/sysctl.conf /usr/lib/sysctl.d   # remove the line',
      'reboot',
    ],
    evaluate(machine) {
      const value = sysctlValue(machine, 'kernel.kexec_load_disabled');
      const setters = sysctlSetters(machine, 'kernel.kexec_load_disabled').filter(
        ({ value: set }) => set === 1,
      );
      const places = setters.map(({ from }) => seen(from, 'kernel.kexec_load_disabled = 1'));
      const isLoaded = machine.isLoaded.state === 'known' && machine.isLoaded.value;
      if (value.state === 'known' && value.value === 1 && value.from.startsWith('/proc')) {
        return isLoaded
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
        ? notKnown(value, 'kernel.kexec_load_disabled')
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
    fix: () => ['remove what sets kernel.kexec_load_limit_panic', 'reboot'],
    evaluate(machine) {
      const value = sysctlValue(machine, 'kernel.kexec_load_limit_panic');
      if (value.state === 'absent') return skip('this kernel has no such limit');
      if (value.state !== 'known') return notKnown(value, 'the limit');
      const evidence = seen(value.from, value.value);
      const isLoaded = machine.isLoaded.state === 'known' && machine.isLoaded.value;
      if (value.value < 0) return pass('there is no limit', evidence);
      if (value.value === 0 && !isLoaded)
        return fail('no load is left and nothing is loaded', evidence);
      return value.value <= 1
        ? warn(`${value.value} loads are left: a reload can fail`, evidence)
        : pass(`${value.value} loads are left`, evidence);
    },
  },
  {
    id: 'secure-boot-load-path',
    group: 'kernel',
    weight: 'critical',
    title: 'the crash kernel is loaded in a way that lockdown allows',
    why: 'A locked-down kernel refuses the old kexec_load call; only a signed kernel through kexec_file_load gets in.',
    reads: '/sys/kernel/security/lockdown, SecureBoot variable, KEXEC_ARGS',
    fix: () => ['set KEXEC_ARGS="-s" in /etc/sysconfig/kdump', 'kdumpctl restart'],
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
      if (machine.isLoaded.state === 'known' && machine.isLoaded.value)
        return pass('locked down, and the crash kernel is loaded all the same', ...evidence);
      if (machine.settings.tooling === 'redhat' && !/(?:^|\s)-[sa]/.test(args))
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
  {
    id: 'capture-kernel-exists',
    group: 'kernel',
    weight: 'critical',
    title: 'the kernel to be loaded as crash kernel is there',
    why: 'At the next start of the service there would be nothing to load.',
    reads: 'KDUMP_KERNEL, KDUMP_KERNELVER, /boot/vmlinuz-RELEASE, /var/lib/kdump',
    isStatic: true,
    fix: fixFor('installKernel'),
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
    fix: () => ['set KDUMP_KERNELVER="" in /etc/sysconfig/kdump', 'systemctl restart kdump'],
    evaluate(machine) {
      const { release } = machine.kernel;
      const link = machine.facts.links.get('/var/lib/kdump/vmlinuz');
      const linked = link?.state === 'known' ? /vmlinu[xz]-(.+)$/.exec(link.value)?.[1] : undefined;
      const capture =
        machine.settings.tooling === 'debian'
          ? (linked ?? machine.captureRelease)
          : machine.captureRelease;
      if (release === '' || capture === '') return unknown('the releases are not told here');
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
  {
    id: 'kptr-restrict-kaslr',
    group: 'kernel',
    weight: 'medium',
    title: 'kexec can find the kernel symbols it needs',
    why: 'With kernel.kptr_restrict=2 the old kexec call cannot read addresses of a randomised kernel; the dump loses its map.',
    reads: 'kernel.kptr_restrict, KEXEC_ARGS',
    fix: sysctlFix('kernel.kptr_restrict', '1'),
    evaluate(machine) {
      const value = sysctlValue(machine, 'kernel.kptr_restrict');
      if (value.state !== 'known') return notKnown(value, 'kernel.kptr_restrict');
      const usesFileLoad = /(?:^|\s)-[sa]/.test(machine.settings.kexecArgs);
      return value.value >= 2 && !usesFileLoad
        ? warn(
            'addresses are hidden even from root, and kexec_load needs them',
            seen(value.from, value.value),
          )
        : pass('kexec can read the symbols it needs', seen(value.from, value.value));
    },
  },
  {
    id: 'five-level-paging',
    group: 'kernel',
    weight: 'low',
    title: 'the crash kernel can be entered from five-level paging',
    why: 'The step from five to four levels fails when the reservation lies above 64 TiB.',
    reads: 'la57 in /proc/cpuinfo, Crash kernel in /proc/iomem',
    evaluate(machine) {
      const flags = textOf(machine.facts, '/proc/cpuinfo');
      if (flags === undefined) return unknown('/proc/cpuinfo is not there');
      if (!/^flags.*\bla57\b/m.test(flags))
        return pass('four levels', seen('/proc/cpuinfo', 'no la57'));
      if (machine.memory.state !== 'known')
        return notKnown(machine.memory, 'where the reservation lies');
      const isHigh = machine.memory.value.crashKernel.some(({ end }) => end > 64 * 1024 ** 4);
      return isHigh
        ? warn(
            'the reservation lies above 64 TiB',
            seen('/proc/iomem', 'Crash kernel above 64 TiB'),
          )
        : pass('the reservation lies below 64 TiB', seen('/proc/iomem', 'Crash kernel'));
    },
  },
  {
    id: 'memory-encryption',
    group: 'kernel',
    weight: 'high',
    title: 'memory encryption leaves the capture kernel enough room',
    why: 'With SME or SEV the capture kernel needs 64 MiB more for bounce buffers.',
    reads: 'flags in /proc/cpuinfo, reservation',
    fix: fixFor('reserveMore'),
    evaluate(machine) {
      const flags = textOf(machine.facts, '/proc/cpuinfo');
      if (flags === undefined) return unknown('/proc/cpuinfo is not there');
      const isActive =
        /^flags.*\b(?:sev|sev_es|sev_snp|tdx_guest)\b/m.test(flags) ||
        machine.kernel.words.includes('mem_encrypt=on');
      if (!isActive)
        return pass(
          'memory encryption is not active',
          seen('/proc/cpuinfo', 'no sev, no tdx_guest'),
        );
      if (machine.crashBytes.state !== 'known')
        return notKnown(machine.crashBytes, 'the reservation');
      return machine.crashBytes.value < 320 * 1024 ** 2
        ? warn(
            'memory is encrypted and the reservation is small',
            seen(machine.crashBytes.from, machine.crashBytes.value),
          )
        : pass(
            'memory is encrypted, the reservation has room for bounce buffers',
            seen(machine.crashBytes.from, machine.crashBytes.value),
          );
    },
  },
  {
    id: 'debug-kernel',
    group: 'kernel',
    weight: 'medium',
    title: 'the crash kernel is no debug kernel',
    why: 'A kernel with KASAN or lock debugging needs two to four times the memory.',
    reads: 'release, /boot/config-RELEASE',
    isStatic: true,
    fix: () => ['boot the kernel without "+debug", or double crashkernel='],
    evaluate(machine) {
      const config = kernelConfig(machine);
      if (/\+debug|-debug/.test(machine.captureRelease))
        return warn(
          `${machine.captureRelease} is a debug kernel`,
          seen('release', machine.captureRelease),
        );
      if (!config)
        return machine.captureRelease
          ? pass('the release names no debug kernel', seen('release', machine.captureRelease))
          : unknown('no kernel configuration was found');
      const heavy = ['KASAN', 'PROVE_LOCKING', 'DEBUG_PAGEALLOC_ENABLE_DEFAULT'].filter((name) =>
        new RegExp(`^CONFIG_${name}=y$`, 'm').test(config.text),
      );
      return heavy.length > 0
        ? warn(`built with ${heavy.join(', ')}`, seen(config.path, heavy.join(', ')))
        : pass('no heavy debugging is built in', seen(config.path, 'KASAN, PROVE_LOCKING not set'));
    },
  },
  {
    id: 'arm64-va52',
    group: 'kernel',
    weight: 'critical',
    title: 'makedumpfile understands the address size of this arm64 kernel',
    why: 'makedumpfile up to 1.7.9 refuses 4 KiB pages with 52-bit addresses: nothing is saved.',
    reads: 'architecture, CONFIG_ARM64_VA_BITS, makedumpfile -v',
    isStatic: true,
    fix: () => ['install a makedumpfile newer than 1.7.9, or use core_collector cp'],
    evaluate(machine) {
      if (machine.kernel.arch !== 'aarch64') return skip('not an arm64 machine');
      const config = kernelConfig(machine);
      if (!config) return unknown('the kernel configuration was not found');
      const isWide =
        /^CONFIG_ARM64_VA_BITS=52$/m.test(config.text) &&
        /^CONFIG_ARM64_4K_PAGES=y$/m.test(config.text);
      return isWide
        ? warn(
            'this kernel uses 52-bit addresses with 4 KiB pages: makedumpfile must be newer than 1.7.9',
            seen(config.path, 'CONFIG_ARM64_VA_BITS=52'),
          )
        : pass(
            'makedumpfile understands this layout',
            seen(config.path, 'not 52 bits with 4 KiB pages'),
          );
    },
  },
];

/** True when `crashkernel=` with `,cma` is understood. */
export function understandsCma(machine: Machine): boolean {
  return isKernelAtLeast(machine.kernel.release, 6, 17);
}
