import { type Check, pass, seen, skip, warn } from './check.ts';
import { settingFix } from './setting-fix.ts';

/** Section 3, further: does early kdump do what it is meant for? */
export const earlyKdumpChecks: readonly Check[] = [
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
    fix: settingFix({ redhat: 'final_action poweroff' }),
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
];
