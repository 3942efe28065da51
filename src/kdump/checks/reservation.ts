import { formatSize } from '../../std/units.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from '../check.ts';
import { textOf } from '../facts.ts';
import { fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import {
  type CrashkernelRequest,
  evaluateCrashkernel,
  hasAutoCrashkernel,
  imageRamSizes,
} from '../parse-crashkernel.ts';
import { parseNumber, parseShellVariables } from '../parse-text.ts';
import { understandsCma } from './kernel.ts';

const mebibyte = 1024 * 1024;

/** The command line to judge: the running one, or on an image the one of its default boot entry. */
function subject(machine: Machine): { cmdline: string; from: string } | undefined {
  if (machine.kernel.cmdline !== undefined)
    return { cmdline: machine.kernel.cmdline, from: '/proc/cmdline' };
  const entry = machine.kernel.defaultEntry;
  return entry && { cmdline: entry.options, from: entry.from };
}

const noCmdline = 'neither a running command line nor a boot entry was found';

function crashkernelWords(cmdline: string): string {
  return cmdline
    .split(/\s+/)
    .filter((word) => word.includes('crashkernel='))
    .join(' ');
}

function requestFor(
  machine: Machine,
  cmdline: string,
  ramBytes = machine.ramBytes ?? 8 * 1024 ** 3,
): CrashkernelRequest {
  const { arch, release, defaultEntry } = machine.kernel;
  return evaluateCrashkernel(cmdline, {
    ramBytes,
    arch,
    release: release || (defaultEntry?.release ?? ''),
  });
}

// Evaluates when there is a crashkernel= word; its absence is one finding, not twelve.
function withWord(
  machine: Machine,
  judge: (cmdline: string, words: string, from: string) => CheckOutcome,
): CheckOutcome {
  const of = subject(machine);
  if (!of) return unknown(noCmdline);
  const words = crashkernelWords(of.cmdline);
  return words === ''
    ? skip('there is no crashkernel=', seen(of.from, 'no crashkernel='))
    : judge(of.cmdline, words, of.from);
}

function smallestStart(words: string): number {
  const starts = [...words.matchAll(/[=,](\d{1,12})([KMGT]?)-/gi)].map(
    ([, digits, unit = '']) => Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' '),
  );
  return starts.reduce((least, start) => Math.min(least, start), starts[0] ?? 0);
}

/** Section 2: is memory set aside, enough of it, and will it be at the next boot? */
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
              `it fails on machines with other RAM: ${wrong.slice(0, 3).join(', ')}`,
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
        return understandsCma(machine)
          ? pass('this kernel knows ",cma"', seen(from, words))
          : fail(
              'this kernel is older than 6.17: ",cma" cancels the whole reservation',
              seen(from, words),
              seen('release', machine.kernel.release),
            );
      }),
  },
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
    fix: () => ['reboot', 'set KDUMP_AUTO_RESIZE="false" in /etc/sysconfig/kdump if it is there'],
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
    reads: 'kernel image and initrd sizes, capture command line, defaults of the distribution',
    fix: fixFor('reserveMore'),
    evaluate(machine) {
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
      if (crashBytes.value < 64 * mebibyte)
        return fail(`${have} are too little for any current kernel`, ...evidence);
      if (reservation?.standardBytes && crashBytes.value < reservation.standardBytes)
        return warn(
          `${have} are less than the ${formatSize(reservation.standardBytes)} this distribution sets aside`,
          ...evidence,
        );
      if (crashBytes.value < 192 * mebibyte && !machine.isFadump)
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
    fix: () => ['add crashkernel=256M,low beside crashkernel=…,high', 'reboot'],
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
      return low < 72 * mebibyte
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
  {
    id: 'crashkernel-next-boot',
    group: 'reservation',
    weight: 'critical',
    title: 'the next boot sets memory aside as well',
    why: 'A kernel update or a rewritten boot menu takes the protection away, and nobody notices until the panic after it.',
    reads: 'default entry of grub.cfg, Boot Loader Specification entries, /proc/cmdline',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate(machine) {
      const next = machine.kernel.defaultEntry;
      if (!next)
        return machine.facts.isLive || machine.hasKernelState
          ? unknown(
              'no boot menu could be read (grub.cfg and loader entries are readable by root only)',
            )
          : unknown('the image has no boot menu that is understood');
      const words = crashkernelWords(next.options);
      const evidence = [seen(next.from, `${next.title}: ${words || 'no crashkernel='}`)];
      if (words === '')
        return fail(`the next boot ("${next.title}") has no crashkernel=`, ...evidence);
      const { error, size } = requestFor(machine, next.options);
      if (error !== undefined || size === 0)
        return fail(`the next boot reserves nothing: ${error ?? 'no message'}`, ...evidence);
      const now =
        machine.kernel.cmdline === undefined ? words : crashkernelWords(machine.kernel.cmdline);
      if (now === words) return pass('the next boot asks for the same', ...evidence);
      const says = `the next boot has ${words}, this one ${now || 'no crashkernel='}`;
      const changed = warn(says, ...evidence, seen('/proc/cmdline', now || 'no crashkernel='));
      // Where this boot reserved nothing the next one is better: nothing has to be written.
      const isBetter = machine.crashBytes.state === 'known' && machine.crashBytes.value === 0;
      return isBetter ? { ...changed, fix: ['reboot'] } : changed;
    },
  },
  {
    id: 'crashkernel-every-entry',
    group: 'reservation',
    weight: 'medium',
    title: 'every entry of the boot menu sets memory aside',
    why: 'After falling back to an older kernel the machine would be unprotected.',
    reads: 'all boot entries but rescue ones',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate({ kernel }) {
      const entries = kernel.entries.filter(({ isRescue }) => !isRescue);
      if (entries.length === 0) return unknown('no boot menu could be read');
      const bare = entries.filter(({ options }) => !options.includes('crashkernel='));
      return bare.length > 0
        ? warn(
            `${bare.length} of ${entries.length} boot entries have no crashkernel=`,
            ...bare.slice(0, 5).map(({ from, title }) => seen(from, title)),
          )
        : pass(
            `all ${entries.length} boot entries have it`,
            seen(entries[0]?.from ?? '', `${entries.length} entries`),
          );
    },
  },
  {
    id: 'grub-source-shadowed',
    group: 'reservation',
    weight: 'high',
    title: "what is set in the boot loader's source takes effect",
    why: 'A later file that assigns instead of appending throws crashkernel= away at the next update-grub.',
    reads: '/etc/default/grub, /etc/default/grub.d/*.cfg in order',
    isStatic: true,
    fix: () => [
      'append in that file: GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT …"',
      'update-grub',
    ],
    evaluate(machine) {
      const paths = [
        '/etc/default/grub',
        ...[...machine.facts.files.keys()]
          .filter((path) => /^\/etc\/default\/grub\.d\/[^/]+\.cfg$/.test(path))
          .sort(),
      ];
      let values: ReadonlyMap<string, string> = new Map();
      let setBy: string | undefined;
      const has = () => [...values.values()].some((value) => value.includes('crashkernel='));
      for (const path of paths) {
        const text = textOf(machine.facts, path);
        if (text === undefined) continue;
        const had = has();
        values = parseShellVariables(text, values).values;
        if (!had && has()) setBy = path;
        if (had && !has())
          return warn(
            `${path} throws away the crashkernel= that ${setBy} sets`,
            seen(path, 'assigns without $GRUB_CMDLINE_LINUX_DEFAULT'),
          );
      }
      if (values.size === 0) return skip('there is no /etc/default/grub');
      return pass(
        has() ? `crashkernel= is set by ${setBy} and kept` : 'no file throws a crashkernel= away',
        seen(setBy ?? '/etc/default/grub', 'read in order'),
      );
    },
  },
  {
    id: 'auto-reset-overwrites',
    group: 'reservation',
    weight: 'high',
    title: 'a crashkernel= chosen by hand survives the next update',
    why: 'With auto_reset_crashkernel the package writes its default over every entry when it or a kernel is installed.',
    reads: 'auto_reset_crashkernel in /etc/kdump.conf, /proc/cmdline',
    isStatic: true,
    fix: () => ['set auto_reset_crashkernel no in /etc/kdump.conf'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'redhat') return skip('only the Red Hat family resets it');
      const setting = machine.settings.conf?.values.get('auto_reset_crashkernel') ?? 'yes';
      return withWord(machine, (_, words, from) => {
        const isDefault = /crashkernel=(?:auto$|1G-|2G-|4G-)/.test(words);
        return setting !== 'no' && !isDefault
          ? warn(
              'the next update of kdump or of a kernel replaces the value chosen by hand',
              seen(from, words),
              seen('/etc/kdump.conf', `auto_reset_crashkernel ${setting}`),
            )
          : pass(
              'nothing replaces it',
              seen(from, words),
              seen('/etc/kdump.conf', `auto_reset_crashkernel ${setting}`),
            );
      });
    },
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
