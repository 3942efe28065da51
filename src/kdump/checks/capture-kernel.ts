import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { sysctlSetters } from '../machine/sysctl.ts';
import { cmdlineValue, parseNumber } from '../parse/text.ts';
import { type Check, noTooling, pass, seen, skip, unknown, untold, warn } from './check.ts';
import { noCmdline, subject } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';
import { appendWordsFix, nameOf, removeWordsFix, settingFix } from './setting-fix.ts';

// Words that harm in the capture kernel, and why.
const harmful: readonly (readonly [RegExp, string])[] = [
  [/^(?:default_)?hugepagesz=|^hugepages=/, 'huge pages eat the reservation'],
  [/^hugetlb_cma=(?!0)/, 'takes memory out of the reservation for huge pages'],
  [/^cma=(?!0)/, 'takes memory out of the reservation'],
  [/^isolcpus=/, 'can isolate the only processor'],
  [/^slub_debug/, 'costs memory'],
  [/^log_buf_len=/, 'a large log buffer comes out of the reservation'],
  [/^mem=/, 'limits memory the reservation does not have'],
  [/^kasan/, 'costs memory'],
  [/^panic_on_warn(?:=1)?$/, 'a warning ends the capture'],
  [/^systemd\.unit=(?!kdump)/, 'starts something else than the capture'],
  [/^intel_iommu=on$/, 'devices that still run are reset by the IOMMU'],
  [/^crashkernel=/, 'reserves memory again inside the reservation'],
];

// The last one of a repeated parameter counts: hugetlb_cma=0 at the end undoes an earlier one.
function harmfulWords({ captureWords }: Machine): readonly (readonly [string, string])[] {
  const last = new Map(captureWords.map((word) => [nameOf(word), word]));
  return captureWords.flatMap((word) => {
    const match = harmful.find(([pattern]) => pattern.test(word));
    const isUndone = last.get(nameOf(word))?.endsWith('=0') === true;
    return match && !isUndone ? [[word, match[1]] as const] : [];
  });
}

function missingWords({ captureWords }: Machine): readonly string[] {
  const hasCpus = captureWords.some((word) => /^(?:nr_cpus|maxcpus)=/.test(word));
  const words = ['reset_devices', 'irqpoll'].filter((word) => !captureWords.includes(word));
  return [...words, ...(hasCpus ? [] : ['nr_cpus=1'])];
}

function captureEvidence(machine: Machine) {
  return seen('capture command line', machine.captureWords.join(' '));
}

/** Section 4, further: what is the capture kernel booted with? */
export const captureKernelChecks: readonly Check[] = [
  {
    id: 'capture-cmdline-panic',
    group: 'configuration',
    weight: 'high',
    title: 'a panic of the capture kernel ends in a reboot',
    why: 'Without panic= on its command line a capture kernel that panics hangs for ever; Debian and Ubuntu do not set it.',
    reads: 'command line of the capture kernel as the configuration makes it',
    isStatic: true,
    fix: appendWordsFix(() => ['panic=10']),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      const value = cmdlineValue(machine.captureWords, 'panic');
      if (value === undefined && !subject(machine)) return unknown(noCmdline);
      return value === undefined || value === '0'
        ? warn(
            value === undefined
              ? 'the capture kernel has no panic='
              : 'the capture kernel has panic=0',
            captureEvidence(machine),
          )
        : pass(`panic=${value}`, captureEvidence(machine));
    },
  },
  {
    id: 'capture-cmdline-inherit',
    group: 'configuration',
    weight: 'high',
    title: 'the capture kernel inherits nothing that harms it',
    why: 'What helps the running kernel can eat the little memory of the capture kernel.',
    reads: 'command line of the capture kernel',
    isStatic: true,
    fix: removeWordsFix((machine) => harmfulWords(machine).map(([word]) => word)),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      if (!subject(machine)) return unknown(noCmdline);
      const found = harmfulWords(machine).map(([word, why]) => `${word} (${why})`);
      return found.length > 0
        ? warn(`the capture kernel inherits ${found.join(', ')}`, captureEvidence(machine))
        : pass('it inherits nothing harmful', captureEvidence(machine));
    },
  },
  {
    id: 'capture-cmdline-basics',
    group: 'configuration',
    weight: 'medium',
    title: 'the capture kernel gets the words it needs',
    why: 'It starts on hardware that was never shut down: reset_devices, irqpoll and a single processor make that safe.',
    reads: 'command line of the capture kernel',
    isStatic: true,
    fix: appendWordsFix(missingWords),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      if (machine.kernel.arch === 's390x') return skip('not needed on s390x');
      const all = missingWords(machine);
      return all.length > 0
        ? warn(`the capture kernel has no ${all.join(', ')}`, captureEvidence(machine))
        : pass('it has them', captureEvidence(machine));
    },
  },
  {
    id: 'capture-nr-cpus-memory',
    group: 'configuration',
    weight: 'medium',
    title: "the capture kernel's processors fit into its memory",
    why: 'Each processor costs memory; SUSE raised its default from 1 to 32.',
    reads: 'nr_cpus=, reservation',
    isStatic: true,
    fix: (machine) =>
      machine.settings.tooling === 'suse'
        ? settingFix({ suse: 'KDUMP_CPUS="4"' })(machine)
        : appendWordsFix(() => ['nr_cpus=4'])(machine),
    evaluate(machine) {
      const cpus = parseNumber(cmdlineValue(machine.captureWords, 'nr_cpus') ?? '') ?? 1;
      if (cpus <= 4) return pass(`${cpus} processors`, captureEvidence(machine));
      if (machine.crashBytes.state !== 'known')
        return untold(machine, 'the size of the reservation is not known');
      const share = (cpus * 5 * 1024 ** 2) / Math.max(1, machine.crashBytes.value);
      return share > 0.6
        ? warn(
            `${cpus} processors in ${Math.round(machine.crashBytes.value / 1024 ** 2)} MiB`,
            captureEvidence(machine),
          )
        : pass(`${cpus} processors fit`, captureEvidence(machine));
    },
  },
  {
    id: 'capture-console',
    group: 'configuration',
    weight: 'medium',
    title: 'the capture kernel speaks on a console that is recorded',
    why: 'A capture that fails leaves its only trace on the serial console.',
    reads: 'console= of the capture kernel',
    isStatic: true,
    fix: fixFor('console'),
    evaluate(machine) {
      if (!subject(machine)) return unknown(noCmdline);
      const consoles = machine.captureWords.filter((word) => word.startsWith('console='));
      return consoles.some((word) => /console=(?:ttyS|hvc|ttyAMA|ttysclp|sclp)/.test(word))
        ? pass('it has one', captureEvidence(machine))
        : warn('the capture kernel has no serial console', captureEvidence(machine));
    },
  },
  {
    id: 'capture-sysctl',
    group: 'configuration',
    weight: 'high',
    title: "sysctl files do not take the capture kernel's memory",
    why: 'Where the capture runs in the real root file system, its sysctl files count too: huge pages alone can eat the reservation.',
    reads: '/etc/sysctl.d, /etc/kdump/sysctl.conf',
    isStatic: true,
    fix: () => ["echo 'vm.nr_hugepages=0' >> /etc/kdump/sysctl.conf", 'kdump-config reload'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'debian')
        return skip("the capture does not read the root file system's sysctl files");
      const own = textOf(machine.facts, '/etc/kdump/sysctl.conf') ?? '';
      const found = ['vm.nr_hugepages', 'vm.min_free_kbytes', 'kernel.panic_on_warn'].flatMap(
        (name) => {
          const set = sysctlSetters(machine, name).at(-1);
          const isUndone = new RegExp(`^\\s*${name.replace('.', '\\.')}\\s*=`, 'm').test(own);
          return set && set.value > 0 && !isUndone
            ? [seen(set.from, `${name} = ${set.value}`)]
            : [];
        },
      );
      return found.length > 0
        ? warn(
            `these settings reach the capture kernel: ${found.map(({ value }) => value).join(', ')}`,
            ...found,
          )
        : pass('none reaches it', seen('/etc/kdump/sysctl.conf', own ? 'there' : 'empty'));
    },
  },
];
