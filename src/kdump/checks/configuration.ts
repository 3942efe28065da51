import { withListing } from '../capture-initrd.ts';
import { type Check, fail, pass, seen, skip, unknown, warn } from '../check.ts';
import { textOf } from '../facts.ts';
import { editConfig, fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import { cmdlineValue, parseNumber } from '../parse-text.ts';
import { sysctlSetters } from '../sysctl.ts';

const isRemote = (machine: Machine) =>
  ['ssh', 'nfs', 'cifs', 'ftp'].includes(machine.settings.target.kind);
const noTools = 'no kdump tooling is installed';
const config = (machine: Machine, value: string) => seen(machine.settings.configPath, value);

function captureEvidence(machine: Machine) {
  return seen('capture command line', machine.captureWords.join(' '));
}

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

/** Section 4: is what is configured what will work? */
export const configurationChecks: readonly Check[] = [
  {
    id: 'config-parses',
    group: 'configuration',
    weight: 'critical',
    title: 'the configuration is understood by the kdump tools',
    why: 'kdumpctl refuses to start with an unknown, repeated or removed option; the others fall back to defaults silently.',
    reads: '/etc/kdump.conf, /etc/sysconfig/kdump, /etc/default/kdump-tools',
    isStatic: true,
    fix: editConfig('correct the lines that are named'),
    evaluate(machine) {
      const { settings } = machine;
      if (settings.tooling === 'none') return skip(noTools);
      const fact = machine.facts.files.get(settings.configPath);
      if (fact?.state === 'unreadable')
        return unknown(`${settings.configPath} could not be read: ${fact.why}`);
      if (fact?.state === 'known' && fact.value.isTruncated)
        return fail(
          `${settings.configPath} is larger than 1 MiB: that is no configuration`,
          config(machine, 'more than 1 MiB'),
        );
      const evidence = settings.problems
        .slice(0, 8)
        .map(({ line, says }) => seen(`${settings.configPath}:${line}`, says));
      if (settings.problems.length === 0)
        return pass('it is understood', config(machine, 'no problem'));
      const says = `${settings.problems[0]?.says}${settings.problems.length > 1 ? ` and ${settings.problems.length - 1} more` : ''}`;
      return settings.tooling === 'redhat' ? fail(says, ...evidence) : warn(says, ...evidence);
    },
  },
  {
    id: 'config-package-drift',
    group: 'configuration',
    weight: 'medium',
    title: 'no newer default configuration waits to be merged',
    why: 'New defaults, such as words to be removed for the capture kernel, do not take effect until merged.',
    reads: '*.rpmnew, *.dpkg-dist, *.ucf-dist beside the configuration',
    isStatic: true,
    fix: () => ['compare the files that are named with the configuration and merge'],
    evaluate(machine) {
      const found = [...machine.facts.stats].filter(
        ([path, fact]) =>
          /\.(?:rpmnew|dpkg-dist|ucf-dist|dpkg-new)$/.test(path) && fact.state === 'known',
      );
      return found.length > 0
        ? warn('a newer default configuration waits', ...found.map(([path]) => seen(path, 'there')))
        : pass('no newer default waits', config(machine, 'no .rpmnew, .dpkg-dist'));
    },
  },
  {
    id: 'use-kdump-enabled',
    group: 'configuration',
    weight: 'critical',
    title: 'kdump is switched on in its configuration',
    why: 'With USE_KDUMP off the service starts, succeeds, and loads nothing.',
    reads: 'USE_KDUMP in /etc/default/kdump-tools',
    isStatic: true,
    fix: () => ['set USE_KDUMP=1 in /etc/default/kdump-tools', 'systemctl restart kdump-tools'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'debian')
        return skip('only Debian and Ubuntu have this switch');
      const fact = machine.facts.files.get('/etc/default/kdump-tools');
      if (fact?.state === 'unreadable')
        return unknown(`/etc/default/kdump-tools could not be read: ${fact.why}`);
      const value = machine.settings.values.get('USE_KDUMP') ?? 'not set';
      return machine.settings.isEnabled
        ? pass('USE_KDUMP is on', config(machine, `USE_KDUMP=${value}`))
        : fail('USE_KDUMP is off: nothing is loaded', config(machine, `USE_KDUMP=${value}`));
    },
  },
  {
    id: 'failure-action-hang',
    group: 'configuration',
    weight: 'high',
    title: 'a failed dump does not leave the machine hanging',
    why: 'With a shell or halt as the answer to a failed dump, the server stays down until somebody comes.',
    reads: 'failure_action, KDUMP_CONTINUE_ON_ERROR, KDUMP_FAIL_CMD',
    isStatic: true,
    fix: editConfig('set the failure action to reboot'),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      const action = machine.settings.failureAction;
      return /^(?:shell|halt|poweroff)$|\bsh\b|bash/.test(action)
        ? warn(`a failed dump ends in "${action}"`, config(machine, action))
        : pass(`a failed dump ends in "${action}"`, config(machine, action));
    },
  },
  {
    id: 'final-action',
    group: 'configuration',
    weight: 'medium',
    title: 'the machine comes back after a dump',
    why: 'With halt or poweroff it does not return by itself.',
    reads: 'final_action, KDUMP_IMMEDIATE_REBOOT',
    isStatic: true,
    fix: editConfig('set final_action reboot'),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      const action = machine.settings.finalAction;
      return action === 'reboot'
        ? pass('it reboots', config(machine, action))
        : warn(`after a dump it does "${action}"`, config(machine, action));
    },
  },
  {
    id: 'failure-action-loses-dump',
    group: 'configuration',
    weight: 'medium',
    title: 'a remote dump that fails gets a second chance',
    why: 'When the network is what broke, a local copy is the only one.',
    reads: 'target, failure_action',
    isStatic: true,
    fix: editConfig('set failure_action dump_to_rootfs'),
    evaluate(machine) {
      if (machine.settings.tooling !== 'redhat' || !isRemote(machine))
        return skip('the target is local, or there is no second chance in this family');
      const action = machine.settings.failureAction;
      return action === 'dump_to_rootfs'
        ? pass('a failed remote dump is written locally', config(machine, action))
        : warn(
            'when the network fails the dump is lost',
            config(machine, `failure_action ${action}`),
          );
    },
  },
  {
    id: 'pre-hook-can-abort',
    group: 'configuration',
    weight: 'high',
    title: 'no script before the dump can prevent it',
    why: 'A kdump_pre script that exits with anything but 0 ends the capture without a dump.',
    reads: 'kdump_pre, /etc/kdump/pre.d, lkce',
    isStatic: true,
    fix: () => ['make the script executable, end it with "exit 0"'],
    evaluate(machine) {
      const hook =
        (
          machine.settings.conf?.values.get('kdump_pre') ??
          machine.settings.values.get('KDUMP_PRESCRIPT') ??
          ''
        ).split(/\s+/)[0] ?? '';
      const lkce = textOf(machine.facts, '/etc/oled/lkce/lkce.conf') ?? '';
      if (/^\s*enable_kexec\s*=\s*yes/m.test(lkce) && /^\s*vmcore\s*=\s*no/m.test(lkce))
        return fail(
          'lkce takes its own report and skips the dump on purpose',
          seen('/etc/oled/lkce/lkce.conf', 'vmcore=no'),
        );
      if (!hook.startsWith('/'))
        return pass('no script runs before the dump', config(machine, 'no kdump_pre'));
      const stat = machine.facts.stats.get(hook);
      if (stat?.state === 'absent') return fail(`${hook} is not there`, seen(hook, 'absent'));
      if (stat?.state !== 'known') return unknown(`${hook} could not be looked at`);
      return (stat.value.mode & 0o111) === 0
        ? fail(`${hook} is not executable`, seen(hook, stat.value.mode.toString(8)))
        : warn(
            `${hook} runs before the dump: if it exits with anything but 0 there is none`,
            seen(hook, 'executable'),
          );
    },
  },
  {
    id: 'hooks-in-initrd',
    group: 'configuration',
    weight: 'medium',
    title: 'scripts of the capture are inside the initrd',
    why: 'A script that is not in the initrd does not run.',
    reads: 'hooks of the configuration, capture initrd',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      const conf = machine.settings.conf?.values;
      const hooks = ['kdump_pre', 'kdump_post'].flatMap(
        (name) => conf?.get(name)?.split(/\s+/)[0] ?? [],
      );
      if (hooks.length === 0) return skip('no scripts are configured');
      return withListing(machine, ({ names }, from) => {
        const missing = hooks.filter((hook) => !names.has(hook.replace(/^\//, '')));
        return missing.length > 0
          ? warn(`not in the initrd: ${missing.join(', ')}`, seen(from, 'not found'))
          : pass('they are in the initrd', seen(from, hooks.join(', ')));
      });
    },
  },
  {
    id: 'core-collector-valid',
    group: 'configuration',
    weight: 'critical',
    title: "the core collector's options fit the target",
    why: 'A collector that stops with an error leaves no dump.',
    reads: 'core_collector, MAKEDUMP_ARGS, KDUMP_DUMPLEVEL, target',
    isStatic: true,
    fix: editConfig(
      'set core_collector makedumpfile -l --message-level 7 -d 31 (with -F for ssh and raw)',
    ),
    evaluate(machine) {
      const { collector, target, tooling } = machine.settings;
      if (tooling === 'none') return skip(noTools);
      const evidence = config(machine, collector.text);
      if (collector.isMakedumpfile && collector.level === undefined)
        return fail('its dump level is no number', evidence);
      if (
        tooling === 'redhat' &&
        ['ssh', 'raw'].includes(target.kind) &&
        collector.isMakedumpfile &&
        !collector.isFlattened
      )
        return fail('a dump over ssh or to a raw device needs the option -F', evidence);
      const several = (collector.text.match(/(?:^|\s)-[clpz](?=\s|$)/g) ?? []).length;
      if (several > 1) return warn('more than one compression is asked for', evidence);
      return pass('its options fit the target', evidence);
    },
  },
  {
    id: 'dump-level',
    group: 'configuration',
    weight: 'high',
    title: 'the dump level keeps the dump small',
    why: "Without level 16 every free page is written, without 8 all of the users' memory: ten to a hundred times the size.",
    reads: 'dump level',
    isStatic: true,
    fix: editConfig('set dump level 31 (-d 31)'),
    evaluate(machine) {
      const { collector, tooling } = machine.settings;
      if (tooling === 'none') return skip(noTools);
      if (!collector.isMakedumpfile)
        return warn(
          `"${collector.text}" copies all of the memory`,
          config(machine, collector.text),
        );
      const { level } = collector;
      if (level === undefined || level < 0 || level > 31)
        return fail(
          `the dump level ${level ?? ''} is not one of 0 to 31: everything is written`,
          config(machine, collector.text),
        );
      return level < 16
        ? warn(`level ${level} writes every free page`, config(machine, collector.text))
        : pass(`level ${level}`, config(machine, collector.text));
    },
  },
  {
    id: 'compression-choice',
    group: 'configuration',
    weight: 'medium',
    title: 'the compression asked for is built into makedumpfile and fast enough',
    why: 'A build without it writes uncompressed pages without a word; zlib on one processor takes hours on a terabyte.',
    reads: 'collector, makedumpfile -v, RAM',
    isStatic: true,
    fix: editConfig('use -l (lzo), or -z (zstd) where makedumpfile -v lists it'),
    evaluate(machine) {
      const { compression, text } = machine.settings.collector;
      const version = machine.facts.outputs.get('makedumpfile');
      const build = version?.state === 'known' ? version.value : undefined;
      if (build && new RegExp(`^${compression}\\s+disabled`, 'm').test(build))
        return fail(
          `this makedumpfile is built without ${compression}: it writes uncompressed pages`,
          config(machine, text),
          seen('makedumpfile -v', `${compression} disabled`),
        );
      if (compression === 'none' && machine.settings.collector.isMakedumpfile)
        return warn('nothing is compressed', config(machine, text));
      if (compression === 'zlib' && (machine.ramBytes ?? 0) > 256 * 1024 ** 3)
        return warn('zlib on one processor is slow for this much RAM', config(machine, text));
      return pass(`${compression}`, config(machine, text));
    },
  },
  {
    id: 'flattened-format',
    group: 'configuration',
    weight: 'low',
    title: 'what format the dump has',
    why: 'A flattened dump needs makedumpfile -R, or a crash that reads it; sonae inspect does.',
    reads: 'collector options, tooling',
    isStatic: true,
    evaluate({ settings }) {
      return pass(
        settings.collector.isFlattened
          ? 'the dump is flattened: old tools need makedumpfile -R'
          : 'the dump is a plain file',
        seen(settings.configPath, settings.collector.text),
      );
    },
  },
  {
    id: 'num-threads-race',
    group: 'configuration',
    weight: 'medium',
    title: 'makedumpfile does not run threads that race',
    why: 'makedumpfile before 1.7.8 has a data race with --num-threads.',
    reads: 'makedumpfile -v, --num-threads, nr_cpus',
    isStatic: true,
    fix: () => ['update makedumpfile, or drop --num-threads'],
    evaluate(machine) {
      if (machine.settings.collector.threads <= 1)
        return pass('one thread', config(machine, machine.settings.collector.text));
      const version = makedumpfileVersion(machine);
      if (!version) return unknown('the version of makedumpfile is not known here');
      return compareVersions(version, [1, 7, 8]) < 0
        ? warn(
            `makedumpfile ${version.join('.')} with ${machine.settings.collector.threads} threads`,
            seen('makedumpfile -v', version.join('.')),
          )
        : pass('it is new enough for threads', seen('makedumpfile -v', version.join('.')));
    },
  },
  {
    id: 'split-or-eppic',
    group: 'configuration',
    weight: 'low',
    title: 'the collector needs no debug information in the initrd',
    why: '--split, --config and --eppic need files that the initrd does not have.',
    reads: 'collector options',
    isStatic: true,
    fix: editConfig('drop --split, --config and --eppic'),
    evaluate(machine) {
      const { text } = machine.settings.collector;
      return /--(?:split|config|eppic)\b/.test(text)
        ? warn('the collector needs files beside it', config(machine, text))
        : pass('it needs nothing', config(machine, text));
    },
  },
  {
    id: 'secrets-in-config',
    group: 'configuration',
    weight: 'medium',
    title: 'no password stands in the configuration',
    why: 'The configuration is world-readable and copied into the initrd.',
    reads: 'URLs, FTP_PASSWORD, KDUMP_SMTP_PASSWORD',
    isStatic: true,
    fix: editConfig('use keys instead of the password'),
    evaluate(machine) {
      const found = ['FTP_PASSWORD', 'KDUMP_SMTP_PASSWORD'].filter(
        (name) => (machine.settings.values.get(name) ?? '') !== '',
      );
      const url = [...machine.settings.values].find(([, value]) =>
        /:\/\/[^/\s]*:[^@/\s]+@/.test(value),
      );
      const names = [...found, ...(url ? [url[0]] : [])];
      return names.length > 0
        ? warn(
            `a password stands in ${names.join(', ')}`,
            ...names.map((name) => config(machine, `${name}=(hidden)`)),
          )
        : pass('none', config(machine, 'no password'));
    },
  },
  {
    id: 'capture-cmdline-panic',
    group: 'configuration',
    weight: 'high',
    title: 'a panic of the capture kernel ends in a reboot',
    why: 'Without panic= on its command line a capture kernel that panics hangs for ever; Debian and Ubuntu do not set it.',
    reads: 'command line of the capture kernel as the configuration makes it',
    isStatic: true,
    fix: (machine) =>
      machine.settings.tooling === 'debian'
        ? [
            'in /etc/default/kdump-tools: KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb panic=10"',
            'kdump-config reload',
          ]
        : [
            'add panic=10 to KDUMP_COMMANDLINE_APPEND in /etc/sysconfig/kdump',
            ...fixFor('reload')(machine),
          ],
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      const value = cmdlineValue(machine.captureWords, 'panic');
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
    fix: (machine) =>
      machine.settings.tooling === 'debian'
        ? [
            'set KDUMP_CMDLINE in /etc/default/kdump-tools to /proc/cmdline without the words that are named',
            'kdump-config reload',
          ]
        : [
            'add the words that are named to KDUMP_COMMANDLINE_REMOVE in /etc/sysconfig/kdump',
            ...fixFor('reload')(machine),
          ],
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      const found = machine.captureWords.flatMap((word) => {
        const match = harmful.find(([pattern]) => pattern.test(word));
        // The last one of a repeated parameter counts: hugetlb_cma=0 at the end undoes an earlier one.
        const undone = cmdlineValue(machine.captureWords, word.replace(/=.*/, '')) === '0';
        return match && !undone ? [`${word} (${match[1]})`] : [];
      });
      return found.length > 0
        ? warn(`it inherits ${found.join(', ')}`, captureEvidence(machine))
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
    fix: editConfig("restore the default of the capture kernel's command line"),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      if (machine.kernel.arch === 's390x') return skip('not needed on s390x');
      const missing = ['reset_devices', 'irqpoll'].filter(
        (word) => !machine.captureWords.includes(word),
      );
      const cpus = machine.captureWords.some((word) => /^(?:nr_cpus|maxcpus)=/.test(word));
      const all = [...missing, ...(cpus ? [] : ['nr_cpus=1'])];
      return all.length > 0
        ? warn(`it has no ${all.join(', ')}`, captureEvidence(machine))
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
    fix: editConfig('lower nr_cpus (KDUMP_CPUS)'),
    evaluate(machine) {
      const cpus = parseNumber(cmdlineValue(machine.captureWords, 'nr_cpus') ?? '') ?? 1;
      if (cpus <= 4) return pass(`${cpus} processors`, captureEvidence(machine));
      if (machine.crashBytes.state !== 'known')
        return unknown('the size of the reservation is not known');
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
    fix: () => [
      'add console=ttyS0,115200 to the kernel command line, and record it (serial over LAN, virsh console)',
    ],
    evaluate(machine) {
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
        ? warn('these settings reach the capture kernel', ...found)
        : pass('none reaches it', seen('/etc/kdump/sysctl.conf', own ? 'there' : 'empty'));
    },
  },
];

/** makedumpfile's version; undefined when it did not tell. */
export function makedumpfileVersion(machine: Machine): readonly number[] | undefined {
  const output = machine.facts.outputs.get('makedumpfile');
  const match = output?.state === 'known' ? /version (\d+)\.(\d+)\.(\d+)/.exec(output.value) : null;
  return match ? match.slice(1).map(Number) : undefined;
}

/** Orders versions number by number. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
