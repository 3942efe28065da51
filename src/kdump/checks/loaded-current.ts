import { textOf } from '../facts.ts';
import { isCrashKernelLoaded } from '../machine/kexec.ts';
import type { Machine } from '../machine/machine.ts';
import { unitStart } from '../machine/service-unit.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor } from './fixes.ts';

// Debian's kdump-config writes down each load.
function loadMs(machine: Machine): number | undefined {
  const command = machine.facts.files.get('/var/crash/kexec_cmd');
  return (
    unitStart(machine)?.atMs ??
    (command?.state === 'known' ? command.value.stat.mtimeMs : undefined)
  );
}

/** Section 3, further: does what is in memory keep up with the disk and the hardware? */
export const loadedCurrentChecks: readonly Check[] = [
  {
    id: 'loaded-image-stale',
    group: 'loaded',
    weight: 'high',
    title: 'what is loaded is what lies on the disk',
    why: 'Memory holds the kernel, initrd and command line of the last load; edits count only after a reload.',
    reads: "time of the service's start against configuration and initrd",
    fix: fixFor('reload'),
    evaluate(machine) {
      if (!isCrashKernelLoaded(machine)) return skip('nothing is loaded');
      const at = loadMs(machine);
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
];
