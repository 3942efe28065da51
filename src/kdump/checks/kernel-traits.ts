import { isSet, kernelConfig } from '../configuration/kernel-view.ts';
import { textOf } from '../facts.ts';
import { loadsByFile } from '../machine/kexec.ts';
import { sysctlValue } from '../machine/sysctl.ts';
import { type Check, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor, sysctlFix } from './fixes.ts';

/** Section 1, further: does anything about kernel or processor upset the capture? */
export const kernelTraitChecks: readonly Check[] = [
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
      return value.value >= 2 && !loadsByFile(machine)
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
      const config = kernelConfig(machine.facts, machine.kernel);
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
        isSet(config, name),
      );
      return heavy.length > 0
        ? warn(`the kernel is built with ${heavy.join(', ')}`, seen(config.path, heavy.join(', ')))
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
      const config = kernelConfig(machine.facts, machine.kernel);
      if (!config) return unknown('the kernel configuration was not found');
      const isWide = isSet(config, 'ARM64_VA_BITS', '52') && isSet(config, 'ARM64_4K_PAGES');
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
