import { formatSize } from '../../std/units.ts';
import type { Machine } from '../machine/machine.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  notKnown,
  onlyRunning,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from './check.ts';
import { crashkernelWords, leastReserved, subject } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

const mebibyte = 1024 * 1024;

const littleBytes = 192 * mebibyte;

// How much is needed shows on the running machine; that a request is too little shows before.
function judgeRequest(machine: Machine): CheckOutcome {
  const least = leastReserved(machine);
  if (least === undefined || least >= littleBytes) return onlyRunning;
  return warn(
    `as little as ${formatSize(least)} is asked for: little for a current kernel`,
    seen(subject(machine)?.from ?? '', crashkernelWords(subject(machine)?.cmdline ?? '')),
  );
}

/** Section 2, further: is it set aside, and enough? */
export const reservationSizeChecks: readonly Check[] = [
  {
    id: 'crashkernel-actually-reserved',
    group: 'reservation',
    weight: 'critical',
    title: 'the memory is really set aside',
    why: 'A request that is too large, or has no room below 4 GiB, fails at boot although it is written correctly.',
    reads: '/sys/kernel/kexec_crash_size, /proc/iomem',
    fix: fixFor('reserveMore'),
    evaluate(machine) {
      const { crashBytes, request } = machine;
      if (crashBytes.state === 'absent')
        return fail('this kernel tells of no reservation', seen(crashBytes.from, 'absent'));
      if (crashBytes.state !== 'known') return notKnown(crashBytes, 'the size of the reservation');
      const evidence = [
        seen(crashBytes.from, crashBytes.value),
        seen('/proc/cmdline', request?.word ?? 'no crashkernel='),
      ];
      if (crashBytes.value === 0 && request?.word === undefined)
        return skip('nothing is asked for', ...evidence);
      if (crashBytes.value === 0)
        return fail('no memory is set aside for a crash kernel', ...evidence);
      if (crashBytes.value < 64 * mebibyte)
        return fail(`only ${formatSize(crashBytes.value)} are set aside`, ...evidence);
      return pass(`${formatSize(crashBytes.value)} are set aside`, ...evidence);
    },
  },
  {
    id: 'crashkernel-shrunk',
    group: 'reservation',
    weight: 'high',
    title: 'the reservation is as large as asked for',
    why: 'Somebody wrote to kexec_crash_size, or KDUMP_AUTO_RESIZE did; memory given back does not return until a reboot.',
    reads: '/sys/kernel/kexec_crash_size, /proc/cmdline, KDUMP_AUTO_RESIZE',
    fix: (machine) => [
      ...settingFix({ suse: 'KDUMP_AUTO_RESIZE="false"' })(machine).slice(0, 2),
      'reboot',
    ],
    evaluate(machine) {
      const { crashBytes, request } = machine;
      if (crashBytes.state !== 'known') return notKnown(crashBytes, 'the size of the reservation');
      if (crashBytes.value === 0 || !request || request.size === 0)
        return skip('nothing is reserved');
      const evidence = [
        seen(crashBytes.from, crashBytes.value),
        seen('/proc/cmdline', `${request.word} = ${request.size}`),
      ];
      return crashBytes.value < request.size - mebibyte
        ? warn(
            `${formatSize(crashBytes.value)} are left of ${formatSize(request.size)}`,
            ...evidence,
          )
        : pass('it is as large as asked for', ...evidence);
    },
  },
  {
    id: 'crashkernel-size-enough',
    group: 'reservation',
    weight: 'critical',
    title: 'the reservation is large enough for the capture kernel',
    why: 'Out of memory in the capture kernel is the most frequent reason for a lost dump: it hangs or reboots with nothing saved.',
    reads:
      'kernel image and initrd sizes, capture command line, defaults of the distribution; on an image crashkernel= of its default boot entry',
    isStatic: true,
    fix: fixFor('reserveMore'),
    evaluate(machine) {
      if (!machine.hasKernelState) return judgeRequest(machine);
      const { crashBytes, reservation } = machine;
      if (crashBytes.state !== 'known') return notKnown(crashBytes, 'the size of the reservation');
      if (crashBytes.value === 0) return skip('nothing is reserved');
      const evidence = [
        seen(crashBytes.from, crashBytes.value),
        ...(reservation?.parts ?? []).map(({ what, bytes }) => seen(`estimate: ${what}`, bytes)),
      ];
      const have = formatSize(crashBytes.value);
      if (reservation && crashBytes.value * 1.1 < reservation.bytes)
        return fail(
          `${have} are set aside, about ${formatSize(reservation.bytes)} are needed`,
          ...evidence,
        );
      if (reservation && crashBytes.value < reservation.bytes)
        return warn(
          `${have} are set aside, about ${formatSize(reservation.bytes)} are needed`,
          ...evidence,
        );
      if (crashBytes.value < 64 * mebibyte)
        return fail(`${have} are too little for any current kernel`, ...evidence);
      if (reservation?.standardBytes && crashBytes.value < reservation.standardBytes)
        return warn(
          `${have} are less than the ${formatSize(reservation.standardBytes)} this distribution sets aside`,
          ...evidence,
        );
      if (crashBytes.value < littleBytes && !machine.isFadump)
        return warn(`${have} are little for a current kernel`, ...evidence);
      return reservation
        ? pass(
            `${have} are set aside, about ${formatSize(reservation.bytes)} are needed`,
            ...evidence,
          )
        : unknown(
            'the sizes of kernel and capture initrd could not be read (root only): whether the reservation is enough cannot be said',
            ...evidence,
          );
    },
  },
  {
    id: 'crashkernel-low-enough',
    group: 'reservation',
    weight: 'high',
    title: 'part of the reservation lies below 4 GiB',
    why: 'Devices that can address 32 bits only cannot read or write for a capture kernel that lives above 4 GiB.',
    reads: '/proc/iomem',
    fix: fixFor('reserveLow'),
    evaluate(machine) {
      if (machine.crashBytes.state === 'known' && machine.crashBytes.value === 0)
        return skip('nothing is reserved');
      if (!['x86_64', 'aarch64'].includes(machine.kernel.arch))
        return skip('no such limit on this architecture');
      if (machine.memory.state !== 'known')
        return notKnown(machine.memory, 'where the reservation lies');
      const low = machine.memory.value.crashKernel
        .filter(({ end }) => end < 4 * 1024 ** 3)
        .reduce((sum, { start, end }) => sum + end - start + 1, 0);
      const evidence = seen('/proc/iomem', `${low} bytes of Crash kernel below 4 GiB`);
      if (machine.memory.value.crashKernel.length === 0)
        return unknown('no Crash kernel line is in /proc/iomem', evidence);
      const isAbove = machine.memory.value.crashKernel.some(({ end }) => end >= 4 * 1024 ** 3);
      return isAbove && low < 72 * mebibyte
        ? warn(`only ${formatSize(low)} lie below 4 GiB`, evidence)
        : pass(`${formatSize(low)} lie below 4 GiB`, evidence);
    },
  },
  {
    id: 'crashkernel-wasted',
    group: 'reservation',
    weight: 'low',
    title: 'the memory set aside is used',
    why: 'Memory that is reserved without a crash kernel is lost to everybody.',
    reads: 'reservation, loaded state, estimate',
    fix: fixFor('load'),
    evaluate(machine) {
      const { crashBytes, isLoaded, reservation } = machine;
      if (crashBytes.state !== 'known') return notKnown(crashBytes, 'the size of the reservation');
      if (crashBytes.value === 0) return skip('nothing is reserved');
      if (machine.isFadump) return skip('fadump keeps more than a capture kernel needs');
      const evidence = seen(crashBytes.from, crashBytes.value);
      if (isLoaded.state === 'known' && !isLoaded.value)
        return warn(
          `${formatSize(crashBytes.value)} are set aside and nothing is loaded`,
          evidence,
        );
      if (reservation && crashBytes.value > 4 * Math.max(reservation.bytes, 256 * mebibyte))
        return warn(
          `${formatSize(crashBytes.value)} are set aside, ${formatSize(reservation.bytes)} are needed`,
          evidence,
        );
      return pass('what is set aside is used', evidence);
    },
  },
];
