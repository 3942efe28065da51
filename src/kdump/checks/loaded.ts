import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from '../check.ts';
import { textOf } from '../facts.ts';
import { fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import { parseNumber } from '../parse-text.ts';
import { sysctlSetters } from '../sysctl.ts';

type UnitState = 'enabled' | 'disabled' | 'masked' | 'absent' | 'unknown';

function unitState(machine: Machine): { state: UnitState; from: string } {
  const { unit } = machine.settings;
  const own = machine.facts.links.get(`/etc/systemd/system/${unit}`);
  if (own?.state === 'known' && own.value === '/dev/null')
    return { state: 'masked', from: own.from };
  const wants = ['multi-user', 'basic', 'sysinit'].map((target) =>
    machine.facts.links.get(`/etc/systemd/system/${target}.target.wants/${unit}`),
  );
  const enabled = wants.find((link) => link?.state === 'known');
  if (enabled) return { state: 'enabled', from: enabled.from };
  if (wants.some((link) => link?.state === 'unreadable'))
    return { state: 'unknown', from: '/etc/systemd/system' };
  const isInstalled = [...machine.facts.stats].some(
    ([path, fact]) => path.endsWith(`/system/${unit}`) && fact.state === 'known',
  );
  return {
    state: isInstalled ? 'disabled' : 'absent',
    from: `/etc/systemd/system/*.wants/${unit}`,
  };
}

function startedMs(machine: Machine): number | undefined {
  const uptime = Number.parseFloat(textOf(machine.facts, '/proc/uptime') ?? '');
  return Number.isFinite(uptime) ? machine.facts.nowMs - uptime * 1000 : undefined;
}

const knownMessages: readonly (readonly [RegExp, string])[] = [
  [
    /locate_hole failed|Could not find a free area of memory/,
    'the reservation is too small to load kernel and initrd',
  ],
  [/no crashkernel= parameter/, 'there is no crashkernel= on the command line'],
  [
    /KDUMP_INITRD does not exist|No kdump initial ramdisk found|Unable to locate kernel hook/,
    'the capture initrd is missing and could not be built',
  ],
  [
    /KDUMP_KERNEL does not exist|Failed to detect kdump kernel location/,
    'the crash kernel image was not found',
  ],
  [
    /Operation not permitted|kexec_load_disabled/,
    'the kernel forbids loading (kexec_load_disabled or lockdown)',
  ],
  [/No memory reserved for crash kernel|No crashkernel memory reserved/, 'no memory is reserved'],
  [/USE_KDUMP is not set or zero/, 'USE_KDUMP is off'],
  [
    /Invalid kdump config option|Duplicated kdump config|Deprecated kdump config|More than one dump targets/,
    'the configuration is refused',
  ],
  [/Failed to mount .* for kdump preflight/, 'the dump target could not be mounted'],
  [/does not have write permission/, 'the folder for the capture initrd cannot be written'],
  [/No space left on device/, 'there is no space for the capture initrd'],
  [
    /Key was rejected|Required key not available|kexec_file_load failed.*No data/,
    'the kernel image is not signed with a trusted key',
  ],
  [/EBUSY|Device or resource busy/, 'two services loaded at the same time'],
  [/failed to load kdump kernel|kexec: failed to load/, 'kexec failed to load the crash kernel'],
];

/** Section 3: is a crash kernel in memory now, and will it be after the next boot? */
export const loadedChecks: readonly Check[] = [
  {
    id: 'crash-kernel-loaded',
    group: 'loaded',
    weight: 'critical',
    title: 'a crash kernel is loaded',
    why: 'This is the one bit that decides whether a panic starts a capture; the tools\' own "ready" and exit status do not.',
    reads: '/sys/kernel/kexec_crash_loaded, /sys/kernel/fadump/registered',
    fix: (machine) => {
      const { crashBytes, request } = machine;
      const isReserved = crashBytes.state !== 'known' || crashBytes.value > 0;
      // Nothing can be loaded into memory that is not there.
      if (isReserved || machine.isFadump) return fixFor('load')(machine);
      return fixFor(request?.word === undefined ? 'reserve' : 'reserveMore')(machine);
    },
    evaluate({ isLoaded, isFadump }) {
      if (isLoaded.state === 'absent')
        return fail(
          'this kernel has no crash kernel support, nothing is loaded',
          seen(isLoaded.from, 'absent'),
        );
      if (isLoaded.state !== 'known') return notKnown(isLoaded, 'whether a crash kernel is loaded');
      return isLoaded.value
        ? pass(
            isFadump ? 'fadump is registered' : 'a crash kernel is loaded',
            seen(isLoaded.from, 1),
          )
        : fail('no crash kernel is loaded: a panic now leaves nothing', seen(isLoaded.from, 0));
    },
  },
  {
    id: 'kdump-unit-state',
    group: 'loaded',
    weight: 'critical',
    title: 'the kdump service starts at boot',
    why: 'A disabled or masked service leaves the machine unprotected after the next reboot; a skipped unit is not "failed" and shows nowhere.',
    reads: 'links in /etc/systemd/system',
    isStatic: true,
    fix: fixFor('enable'),
    evaluate(machine) {
      const { unit } = machine.settings;
      const { state, from } = unitState(machine);
      const isLoaded = machine.isLoaded.state === 'known' && machine.isLoaded.value;
      const evidence = seen(from, state);
      switch (state) {
        case 'enabled':
          return pass(`${unit} is enabled`, evidence);
        case 'masked':
          return fail(`${unit} is masked`, evidence);
        case 'disabled':
          return isLoaded
            ? warn(
                `a crash kernel is loaded, but ${unit} is disabled: gone after the next boot`,
                evidence,
              )
            : fail(`${unit} is disabled`, evidence);
        case 'absent':
          return isLoaded
            ? warn(
                `a crash kernel is loaded, but there is no ${unit} to load it after the next boot`,
                evidence,
              )
            : fail(`there is no ${unit}: the kdump tools are not installed`, evidence);
        case 'unknown':
          return unknown('the links of systemd could not be read', evidence);
        default:
          return state satisfies never;
      }
    },
  },
  {
    id: 'policy-conflict',
    group: 'loaded',
    weight: 'medium',
    title: 'no hardening profile demands kdump off',
    why: 'A profile that masks kdump or forbids kexec should be met with a signed exception, not with a silent gap.',
    reads: 'masked unit, sysctl files that forbid kexec',
    isStatic: true,
    fix: () => [
      'record an exception for kdump in the hardening profile, then remove the setting that is named',
    ],
    evaluate(machine) {
      const { state, from } = unitState(machine);
      const setters = sysctlSetters(machine, 'kernel.kexec_load_disabled').filter(
        ({ value }) => value === 1,
      );
      const found = [
        ...(state === 'masked' ? [seen(from, 'masked')] : []),
        ...setters.map((setter) => seen(setter.from, 'kernel.kexec_load_disabled = 1')),
      ];
      return found.length > 0
        ? warn('the machine is hardened against kdump', ...found)
        : pass(
            'nothing hardens the machine against kdump',
            seen('/etc/sysctl.d', 'kexec_load_disabled not set'),
          );
    },
  },
  {
    id: 'kdump-start-time',
    group: 'loaded',
    weight: 'medium',
    title: 'the crash kernel is loaded soon after boot',
    why: 'A panic while the machine boots is not covered until then.',
    reads: "time of the unit's start against the time of boot",
    fix: () => [
      'use early kdump: dracut -f --add earlykdump; grubby --update-kernel=ALL --args=rd.earlykdump',
    ],
    evaluate(machine) {
      const boot = startedMs(machine);
      const stat = machine.facts.links.get(
        `/run/systemd/units/invocation:${machine.settings.unit}`,
      );
      const started = machine.facts.stats.get(
        `/run/systemd/units/invocation:${machine.settings.unit}`,
      );
      if (boot === undefined || stat?.state !== 'known' || started?.state !== 'known')
        return unknown('when the service started is not told here');
      const seconds = Math.round((started.value.mtimeMs - boot) / 1000);
      return seconds > 120
        ? warn(`the service started ${seconds} s after boot`, seen(stat.from, `${seconds} s`))
        : pass(`the service started ${seconds} s after boot`, seen(stat.from, `${seconds} s`));
    },
  },
  {
    id: 'early-kdump-fresh',
    group: 'loaded',
    weight: 'medium',
    title: 'early kdump, when asked for, is in the initrd',
    why: 'It is dropped silently when a kernel update builds an initrd without the module.',
    reads: 'rd.earlykdump, capture and boot initrd',
    isStatic: true,
    fix: () => ['dracut -f --add earlykdump', 'kdumpctl rebuild'],
    evaluate(machine) {
      if (
        !machine.captureWords.includes('rd.earlykdump') &&
        !machine.kernel.words.includes('rd.earlykdump')
      )
        return skip('early kdump is not asked for');
      const there = machine.facts.stats.get('/usr/lib/dracut/modules.d/99earlykdump');
      return there?.state === 'known'
        ? pass('the early kdump module is installed', seen(there.from, 'there'))
        : warn(
            'rd.earlykdump is set but its dracut module is not installed',
            seen('/usr/lib/dracut/modules.d/99earlykdump', 'absent'),
          );
    },
  },
  {
    id: 'early-kdump-crash-loop',
    group: 'loaded',
    weight: 'medium',
    title: 'early kdump cannot fill the disk in a loop of panics',
    why: 'A panic at every boot, dumped at every boot, fills the target.',
    reads: 'rd.earlykdump, final_action',
    isStatic: true,
    fix: () => ['set final_action poweroff in /etc/kdump.conf'],
    evaluate(machine) {
      if (!machine.kernel.words.includes('rd.earlykdump'))
        return skip('early kdump is not asked for');
      return machine.settings.finalAction === 'reboot'
        ? warn(
            'early kdump reboots after each dump',
            seen(machine.settings.configPath, 'final_action reboot'),
          )
        : pass(
            `the final action is ${machine.settings.finalAction}`,
            seen(machine.settings.configPath, machine.settings.finalAction),
          );
    },
  },
  {
    id: 'loaded-image-stale',
    group: 'loaded',
    weight: 'high',
    title: 'what is loaded is what lies on the disk',
    why: 'Memory holds the kernel, initrd and command line of the last load; edits count only after a reload.',
    reads: "time of the service's start against configuration and initrd",
    fix: fixFor('reload'),
    evaluate(machine) {
      if (machine.isLoaded.state !== 'known' || !machine.isLoaded.value)
        return skip('nothing is loaded');
      const started = machine.facts.stats.get(
        `/run/systemd/units/invocation:${machine.settings.unit}`,
      );
      const cmd = machine.facts.files.get('/var/crash/kexec_cmd');
      const at =
        started?.state === 'known'
          ? started.value.mtimeMs
          : cmd?.state === 'known'
            ? cmd.value.stat.mtimeMs
            : undefined;
      if (at === undefined) return unknown('when the crash kernel was loaded is not told here');
      const paths = [
        machine.settings.configPath,
        '/etc/sysconfig/kdump',
        ...machine.settings.initrdPaths(machine.captureRelease),
      ];
      // A service that builds what it loads writes the initrd while it starts.
      const newer = paths.filter((path) => {
        const fact = machine.facts.stats.get(path);
        return fact?.state === 'known' && fact.value.mtimeMs > at + 300_000;
      });
      return newer.length > 0
        ? warn(
            `changed after the crash kernel was loaded: ${newer.join(', ')}`,
            ...newer.map((path) => seen(path, 'newer than the load')),
          )
        : pass(
            'nothing changed since it was loaded',
            seen('time of load', new Date(at).toISOString()),
          );
    },
  },
  {
    id: 'hotplug-coverage',
    group: 'loaded',
    weight: 'high',
    title: 'memory and processors that come later are covered',
    why: 'Without it, memory added after the load is missing in the dump.',
    reads: '/sys/devices/system/{cpu,memory}/crash_hotplug, udev rules',
    fix: fixFor('reload'),
    evaluate(machine) {
      const kernelDoes = ['cpu', 'memory'].every(
        (name) => textOf(machine.facts, `/sys/devices/system/${name}/crash_hotplug`) === '1',
      );
      if (kernelDoes)
        return pass(
          'the kernel keeps the crash kernel up to date',
          seen('/sys/devices/system/memory/crash_hotplug', 1),
        );
      const rules = [
        '/lib/udev/rules.d/50-kdump-tools.rules',
        '/usr/lib/udev/rules.d/50-kdump-tools.rules',
        '/usr/lib/udev/rules.d/98-kexec.rules',
        '/run/udev/rules.d/70-kdump.rules',
      ].find((path) => machine.facts.stats.get(path)?.state === 'known');
      return rules
        ? pass('udev rules reload it', seen(rules, 'there'))
        : warn(
            'nothing reloads the crash kernel when memory or a processor is added',
            seen('/sys/devices/system/memory/crash_hotplug', 'not 1'),
          );
    },
  },
  {
    id: 'loaded-after-hotplug',
    group: 'loaded',
    weight: 'critical',
    title: 'a reload after hotplug did not leave the machine without a crash kernel',
    why: 'A reload begins with an unload; when the load fails, nothing is loaded.',
    reads: 'journal of the service when nothing is loaded',
    fix: fixFor('load'),
    evaluate(machine) {
      if (machine.isLoaded.state !== 'known')
        return notKnown(machine.isLoaded, 'whether a crash kernel is loaded');
      if (machine.isLoaded.value)
        return pass('a crash kernel is loaded', seen(machine.isLoaded.from, 1));
      const journal = machine.facts.outputs.get('journalctl');
      if (journal?.state !== 'known') return skip('nothing is loaded; the journal is not at hand');
      return /udev.*(?:reload|throttl)/i.test(journal.value)
        ? fail(
            'the crash kernel was unloaded for a hotplug event and not loaded again',
            seen(journal.from, 'udev reload'),
          )
        : skip(
            'nothing is loaded, and not because of hotplug',
            seen(journal.from, 'no reload by udev'),
          );
    },
  },
  {
    id: 'kexec-journal-errors',
    group: 'loaded',
    weight: 'high',
    title: "the service's last start reported no error",
    why: 'Its log tells why nothing is loaded; its exit status does not.',
    reads: 'journalctl -b -u kdump, only when nothing is loaded',
    fix: fixFor('load'),
    evaluate(machine) {
      if (machine.isLoaded.state === 'known' && machine.isLoaded.value)
        return pass('a crash kernel is loaded', seen(machine.isLoaded.from, 1));
      const journal = machine.facts.outputs.get('journalctl');
      if (journal?.state !== 'known') return unknown('the journal of the service was not read');
      const lines = journal.value.split('\n');
      const found = knownMessages.flatMap(([pattern, meaning]) => {
        const line = lines.findLast((text) => pattern.test(text));
        return line === undefined ? [] : [{ meaning, line }];
      });
      return found.length > 0
        ? fail(
            `the service says why: ${found[0]?.meaning}`,
            ...found.slice(0, 4).map(({ line }) => seen(journal.from, line.trim())),
          )
        : pass('its log names no known error', seen(journal.from, `${lines.length} lines`));
    },
  },
];

/** Whether the unit state is one that loads at boot; for the rehearsal's rails. */
export function uptimeSeconds(machine: Machine): number | undefined {
  return parseNumber(textOf(machine.facts, '/proc/uptime') ?? '');
}
