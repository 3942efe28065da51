import { textOf } from '../facts.ts';
import { cmdlineWords } from '../parse/text.ts';
import { type Check, notKnown, pass, seen, unknown, warn } from './check.ts';
import { noCmdline, subject } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';

/** Section 11, further: when no dump comes, is there a log elsewhere? */
export const logFallbackChecks: readonly Check[] = [
  {
    id: 'persistent-log-fallback',
    group: 'shipping',
    weight: 'medium',
    title: 'the last words of the kernel survive without kdump',
    why: 'pstore keeps a few kilobytes of log in firmware: the last resort when kdump fails.',
    reads: 'pstore backend, systemd-pstore',
    fix: ({ facts }) =>
      facts.stats.get('/sys/firmware/efi')?.state === 'known'
        ? [
            'modprobe efi_pstore',
            'echo efi_pstore > /etc/modules-load.d/efi_pstore.conf',
            'systemctl enable systemd-pstore',
          ]
        : [
            'record the serial console: no firmware here keeps a log (but ramoops can, in memory set aside)',
          ],
    evaluate(machine) {
      const backend = textOf(machine.facts, '/sys/module/pstore/parameters/backend');
      return backend && backend !== '(null)'
        ? pass(
            `pstore keeps them (${backend})`,
            seen('/sys/module/pstore/parameters/backend', backend),
          )
        : warn(
            'no pstore backend keeps the last words of the kernel',
            seen('/sys/module/pstore/parameters/backend', backend ?? 'absent'),
          );
    },
  },
  {
    id: 'pstore-residue',
    group: 'shipping',
    weight: 'medium',
    title: 'no unread record of an earlier crash waits',
    why: 'It tells of a panic that nobody looked at; a full store takes no new one.',
    reads: '/sys/fs/pstore, /var/lib/systemd/pstore',
    isStatic: true,
    fix: () => ['sonae collect   # takes the records', 'then remove them from /sys/fs/pstore'],
    evaluate(machine) {
      const found = ['/sys/fs/pstore', '/var/lib/systemd/pstore'].flatMap((path) => {
        const fact = machine.facts.folders.get(path);
        return fact?.state === 'known' && fact.value.length > 0
          ? [seen(path, fact.value.slice(0, 5).join(' '))]
          : [];
      });
      const denied = machine.facts.folders.get('/sys/fs/pstore');
      if (found.length > 0) return warn('records of an earlier crash wait', ...found);
      return denied?.state === 'unreadable'
        ? notKnown(denied, '/sys/fs/pstore')
        : pass('none waits', seen('/sys/fs/pstore', 'empty'));
    },
  },
  {
    id: 'netconsole-fallback',
    group: 'shipping',
    weight: 'low',
    isStatic: true,
    title: 'whether the log goes to another machine as it is written',
    why: 'netconsole brings out the panic when disk and dump fail.',
    reads: 'netconsole module, configfs',
    evaluate(machine) {
      const targets = machine.facts.folders.get('/sys/kernel/config/netconsole');
      const isOn =
        (targets?.state === 'known' && targets.value.length > 0) ||
        machine.kernel.words.some((word) => word.startsWith('netconsole='));
      return pass(
        isOn ? 'netconsole is on' : 'netconsole is not used',
        seen('netconsole', isOn ? 'on' : 'off'),
      );
    },
  },
  {
    id: 'serial-console',
    group: 'shipping',
    weight: 'medium',
    isStatic: true,
    title: 'the kernel speaks on a console that can be recorded',
    why: 'What a failed capture prints is seen only there.',
    reads: '/proc/consoles, console=',
    fix: fixFor('console'),
    evaluate(machine) {
      const now = textOf(machine.facts, '/proc/consoles');
      if (now === undefined && !subject(machine)) return unknown(noCmdline);
      const consoles =
        now ??
        cmdlineWords(subject(machine)?.cmdline ?? '')
          .filter((word) => word.startsWith('console='))
          .join(' ');
      const evidence = seen('/proc/consoles', consoles.split('\n')[0] || 'none');
      return /ttyS|hvc|ttyAMA|sclp/.test(consoles)
        ? pass('it does', evidence)
        : warn('there is no serial console', evidence);
    },
  },
];
