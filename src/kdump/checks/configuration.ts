import { isRemote } from '../configuration/dump-target.ts';
import type { KdumpSettings } from '../configuration/settings.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { withListing } from './capture-initrd.ts';
import { type Check, fail, noTooling, pass, seen, skip, unknown, warn } from './check.ts';
import { editConfig, fixFor } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

const config = (machine: Machine, value: string) => seen(machine.settings.configPath, value);

// The script that runs before the dump; '' where there is none.
function hookOf({ conf, values }: KdumpSettings): string {
  const line = conf?.values.get('kdump_pre') ?? values.get('KDUMP_PRESCRIPT') ?? '';
  return line.split(/\s+/)[0] ?? '';
}

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
      if (settings.tooling === 'none') return noTooling;
      const fact = machine.facts.files.get(settings.configPath);
      if (fact?.state === 'unreadable')
        return unknown(`${settings.configPath} could not be read: ${fact.why}`);
      if (fact?.state !== 'known')
        return {
          ...fail(`${settings.configPath} is not there`, config(machine, 'absent')),
          fix: fixFor('reinstall')(machine),
        };
      if (fact.value.isTruncated)
        return fail(
          `${settings.configPath} is larger than 1 MiB: that is no configuration`,
          config(machine, 'more than 1 MiB'),
        );
      const evidence = settings.problems
        .slice(0, 8)
        .map(({ line, says }) => seen(`${settings.configPath}:${line}`, says));
      if (settings.problems.length === 0)
        return pass('it is understood', config(machine, 'no problem'));
      const [first] = settings.problems;
      const place = first && first.line > 0 ? `line ${first.line}: ` : '';
      const says = `${place}${first?.says}${settings.problems.length > 1 ? ` and ${settings.problems.length - 1} more` : ''}`;
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
        ? warn(
            `a newer default configuration waits: ${found.map(([path]) => path).join(', ')}`,
            ...found.map(([path]) => seen(path, 'there')),
          )
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
    fix: (machine) => [
      ...settingFix({ debian: 'USE_KDUMP=1' })(machine).slice(0, 2),
      'systemctl restart kdump-tools',
    ],
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
    fix: settingFix({
      redhat: 'failure_action reboot',
      suse: 'KDUMP_CONTINUE_ON_ERROR="true"',
      debian: 'KDUMP_FAIL_CMD="reboot -f"',
    }),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
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
    fix: settingFix({ redhat: 'final_action reboot', suse: 'KDUMP_IMMEDIATE_REBOOT="true"' }),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
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
    fix: settingFix({ redhat: 'failure_action dump_to_rootfs' }),
    evaluate(machine) {
      if (machine.settings.tooling !== 'redhat' || !isRemote(machine.settings))
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
    reads: 'kdump_pre, KDUMP_PRESCRIPT, lkce',
    isStatic: true,
    fix: ({ settings }) => [`chmod +x ${hookOf(settings)}   # and let it end with "exit 0"`],
    evaluate(machine) {
      const hook = hookOf(machine.settings);
      const lkce = textOf(machine.facts, '/etc/oled/lkce/lkce.conf') ?? '';
      if (/^\s*enable_kexec\s*=\s*yes/m.test(lkce) && /^\s*vmcore\s*=\s*no/m.test(lkce))
        return {
          ...fail(
            'lkce takes its own report and skips the dump on purpose',
            seen('/etc/oled/lkce/lkce.conf', 'vmcore=no'),
          ),
          fix: [
            "sed -i 's/^[[:blank:]]*vmcore[[:blank:]]*=.*/vmcore=yes/' /etc/oled/lkce/lkce.conf",
            ...fixFor('rebuild')(machine),
          ],
        };
      if (!hook.startsWith('/'))
        return pass('no script runs before the dump', config(machine, 'no kdump_pre'));
      const stat = machine.facts.stats.get(hook);
      if (stat?.state === 'absent')
        return {
          ...fail(`${hook} is not there`, seen(hook, 'absent')),
          fix: [`bring ${hook} back, or take it out of ${machine.settings.configPath}`],
        };
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
    id: 'secrets-in-config',
    group: 'configuration',
    weight: 'medium',
    title: 'no password stands in the configuration',
    why: 'The configuration is world-readable and copied into the initrd.',
    reads: 'URLs, FTP_PASSWORD, KDUMP_SMTP_PASSWORD',
    isStatic: true,
    fix: editConfig('send it by ssh, with a key instead of the password'),
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
];
