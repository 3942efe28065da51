import { formatSize } from '../../std/units.ts';
import { textOf } from '../facts.ts';
import { hasAutoCrashkernel, imageRamSizes, isKernelAtLeast } from '../parse/crashkernel.ts';
import { parseNumber } from '../parse/text.ts';
import { type Check, fail, pass, seen, skip, unknown, warn } from './check.ts';
import { crashkernelWords, noCmdline, requestFor, subject, withWord } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';

function smallestStart(words: string): number {
  const starts = [...words.matchAll(/[=,](\d{1,12})([KMGT]?)-/gi)].map(
    ([, digits, unit = '']) => Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' '),
  );
  return starts.reduce((least, start) => Math.min(least, start), starts[0] ?? 0);
}

/** Section 2: is memory asked for, in words that the kernel understands? */
export const reservationChecks: readonly Check[] = [
  {
    id: 'crashkernel-present',
    group: 'reservation',
    weight: 'critical',
    title: 'the kernel is told to set memory aside',
    why: 'Without crashkernel= nothing is reserved and no crash kernel can be loaded.',
    reads: '/proc/cmdline; on an image the default boot entry',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate(machine) {
      const of = subject(machine);
      if (!of) return unknown(noCmdline);
      const words = crashkernelWords(of.cmdline);
      return words === ''
        ? fail('there is no crashkernel= on the kernel command line', seen(of.from, of.cmdline))
        : pass(`the kernel is given ${words}`, seen(of.from, words));
    },
  },
  {
    id: 'crashkernel-syntax',
    group: 'reservation',
    weight: 'critical',
    title: 'the kernel understands crashkernel= as it is meant',
    why: 'The kernel prints one line at boot, or nothing at all, and reserves nothing.',
    reads: '/proc/cmdline, evaluated as kernel/crash_reserve.c does',
    isStatic: true,
    fix: fixFor('reserveMore'),
    evaluate: (machine) =>
      withWord(machine, (cmdline, words, from) => {
        const request = requestFor(machine, cmdline);
        const evidence = seen(from, words);
        const traps = request.lint.map(({ says }) => says);
        if (request.error !== undefined)
          return fail(
            `the kernel refuses ${words}: ${[request.error, ...traps].join('; ')}`,
            evidence,
          );
        if (request.size === 0)
          return fail(`${words} reserves nothing: ${traps.join('; ')}`, evidence);
        if (request.lint.some(({ kind }) => kind === 'tiny'))
          return fail(`${words}: ${traps.join('; ')}`, evidence);
        return traps.length > 0
          ? warn(
              `${words} is read as ${formatSize(request.size)}, but ${traps.join('; ')}`,
              evidence,
            )
          : pass(
              `it is read as ${formatSize(request.size)}${request.low ? ` and ${formatSize(request.low)} below 4 GiB` : ''}`,
              evidence,
            );
      }),
  },
  {
    id: 'crashkernel-all-ranges',
    group: 'reservation',
    weight: 'medium',
    title: 'crashkernel= is right for every size of RAM an image may meet',
    why: 'A mistake in a later range shows only on a bigger host: 64G:576M without its "-" works on 8 GiB and reserves nothing on 64 GiB.',
    reads: '/proc/cmdline, evaluated for 512 MiB to 8 TiB',
    isStatic: true,
    fix: fixFor('reserveMore'),
    evaluate: (machine) =>
      withWord(machine, (cmdline, words, from) => {
        if (!words.includes(':')) return pass('one size for all', seen(from, words));
        const own = requestFor(machine, cmdline).error;
        if (own !== undefined) return skip(`it is wrong on this machine already: ${own}`);
        // Below the first range nothing is meant to be reserved, whatever the kernel calls it.
        const sizes = imageRamSizes().filter((ram) => ram >= smallestStart(words));
        const wrong = sizes.flatMap((ram) => {
          const { error } = requestFor(machine, cmdline, ram);
          return error !== undefined && !error.includes('zero bytes')
            ? [`${formatSize(ram)}: ${error}`]
            : [];
        });
        return wrong.length > 0
          ? warn(
              `crashkernel= fails on machines with other RAM: ${wrong.slice(0, 3).join(', ')}`,
              seen(from, words),
            )
          : pass('every range is understood', seen(from, words));
      }),
  },
  {
    id: 'crashkernel-auto-unsupported',
    group: 'reservation',
    weight: 'critical',
    title: 'crashkernel=auto is used only where the kernel knows it',
    why: 'auto is a patch of Red Hat kernels up to 8; every other kernel reserves nothing.',
    reads: '/proc/cmdline, kernel release',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate: (machine) =>
      withWord(machine, (_, words, from) => {
        if (!/crashkernel=auto(?:\s|$)/.test(words)) return pass('no "auto"', seen(from, words));
        const release = machine.kernel.release || (machine.kernel.defaultEntry?.release ?? '');
        return hasAutoCrashkernel(release)
          ? pass('this kernel knows "auto"', seen(from, words), seen('release', release))
          : fail(
              'this kernel does not know crashkernel=auto and reserves nothing',
              seen(from, words),
              seen('release', release),
            );
      }),
  },
  {
    id: 'crashkernel-cma-unsupported',
    group: 'reservation',
    weight: 'critical',
    title: 'crashkernel=…,cma is used only where the kernel knows it',
    why: 'Kernels before 6.17 take it for the setting that counts, cannot read it, and reserve nothing at all.',
    reads: '/proc/cmdline, kernel release',
    isStatic: true,
    fix: fixFor('reserveMore'),
    evaluate: (machine) =>
      withWord(machine, (_, words, from) => {
        if (!/,cma(?:\s|$)/.test(words)) return pass('no ",cma"', seen(from, words));
        return isKernelAtLeast(machine.kernel.release, 6, 17)
          ? pass('this kernel knows ",cma"', seen(from, words))
          : fail(
              'this kernel is older than 6.17: ",cma" cancels the whole reservation',
              seen(from, words),
              seen('release', machine.kernel.release),
            );
      }),
  },
  {
    id: 'fadump-mode-consistent',
    group: 'reservation',
    weight: 'critical',
    title: 'firmware-assisted dump is both enabled and registered',
    why: 'Enabled without being registered, firmware keeps nothing at a crash.',
    reads: 'fadump= on the command line, /sys/kernel/fadump, dump level',
    fix: () => ['kdumpctl restart', 'kdumpctl reset-crashkernel --fadump=on'],
    evaluate(machine) {
      if (!machine.isFadump) return skip('fadump is not asked for');
      const read = (name: string) =>
        parseNumber(
          textOf(machine.facts, `/sys/kernel/fadump/${name}`) ??
            textOf(machine.facts, `/sys/kernel/fadump_${name}`) ??
            '',
        );
      const [enabled, registered] = [read('enabled'), read('registered')];
      const evidence = [
        seen('/sys/kernel/fadump/enabled', enabled ?? 'not there'),
        seen('/sys/kernel/fadump/registered', registered ?? 'not there'),
      ];
      if (enabled === undefined || registered === undefined)
        return unknown('the state of fadump is not told', ...evidence);
      if (enabled !== 1 || registered !== 1)
        return fail('fadump is asked for but not ready', ...evidence);
      const level = machine.settings.collector.level ?? 0;
      return machine.kernel.words.includes('fadump=on') && (level & 8) === 0
        ? warn(
            `fadump=on with dump level ${level} keeps user pages in memory that the running kernel uses: use fadump=nocma`,
            ...evidence,
          )
        : pass('fadump is enabled and registered', ...evidence);
    },
  },
];
