import { formatDuration, formatSize } from '../../std/units.ts';
import { isLocal } from '../configuration/dump-target.ts';
import type { Machine } from '../machine/machine.ts';
import {
  type Check,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  untold,
  warn,
} from './check.ts';
import { editConfig } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

function howToSee({ settings, facts }: Machine): string {
  switch (settings.target.kind) {
    case 'ssh':
      return facts.targetAnswer === undefined
        ? ': check-kdump --ask-target asks it'
        : ', and it did not tell';
    case 'nfs':
    case 'cifs':
      return ': mount it and check again';
    default:
      return '';
  }
}

/** Section 6, further: is there room in that place, and time? */
export const targetSpaceChecks: readonly Check[] = [
  {
    id: 'target-space-predicted',
    group: 'target',
    weight: 'critical',
    title: 'the predicted dump fits on the target',
    why: 'A dump that does not fit is cut off, and mostly useless. The kdump tools compare with the size of RAM, or with nothing.',
    reads: 'free space of the target against the predicted size',
    fix: (machine) => [
      `free space on the file system of ${machine.settings.target.path}, or move the target`,
      ...((machine.settings.collector.level ?? 0) < 31 ? ['or lower the size: dump level 31'] : []),
    ],
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      if (!machine.size)
        return unknown(
          'the size could not be predicted: /proc/meminfo and /proc/kpageflags are not at hand',
        );
      const { likely } = machine.size;
      const need = seen(
        'predicted',
        `${likely.bytes} to ${likely.highBytes} bytes at level ${likely.level}, ${machine.size.basis}`,
      );
      if (!isLocal(machine.settings) && machine.targetSpace.state !== 'known')
        return unknown(
          `${formatSize(likely.bytes)} to ${formatSize(likely.highBytes)} are needed; the free space of the target can only be seen there${howToSee(machine)}`,
          need,
        );
      if (machine.targetSpace.state !== 'known')
        return notKnown(machine.targetSpace, 'the free space of the target');
      const { freeBytes } = machine.targetSpace.value;
      const evidence = [seen(machine.targetSpace.from, `${freeBytes} bytes free`), need];
      if (freeBytes < likely.bytes)
        return fail(
          `${formatSize(freeBytes)} are free, about ${formatSize(likely.bytes)} are needed`,
          ...evidence,
        );
      if (freeBytes < likely.highBytes)
        return warn(
          `${formatSize(freeBytes)} are free, up to ${formatSize(likely.highBytes)} can be needed`,
          ...evidence,
        );
      return pass(
        `${formatSize(freeBytes)} are free, ${formatSize(likely.bytes)} to ${formatSize(likely.highBytes)} are needed`,
        ...evidence,
      );
    },
  },
  {
    id: 'target-space-worst-case',
    group: 'target',
    weight: 'low',
    title: 'what a dump without any filter would need',
    why: 'When makedumpfile fails, Debian copies all of the memory.',
    reads: 'free space against RAM',
    evaluate(machine) {
      if (machine.targetSpace.state !== 'known' || machine.ramBytes === undefined)
        return unknown('free space or RAM is not known');
      const { freeBytes } = machine.targetSpace.value;
      const evidence = [
        seen(machine.targetSpace.from, `${freeBytes} bytes free`),
        seen('RAM', machine.ramBytes),
      ];
      return freeBytes >= machine.ramBytes
        ? pass('even an unfiltered dump fits', ...evidence)
        : warn('an unfiltered dump would not fit', ...evidence);
    },
  },
  {
    id: 'target-quota-inodes',
    group: 'target',
    weight: 'high',
    title: 'the target has inodes left',
    why: 'Without an inode no file can be made, however much space is free.',
    reads: 'statfs of the target',
    fix: (machine) => [`remove files on the file system of ${machine.settings.target.path}`],
    evaluate(machine) {
      if (!isLocal(machine.settings)) return skip('the target is not local');
      if (machine.targetSpace.state !== 'known')
        return notKnown(machine.targetSpace, 'the inodes of the target');
      const { freeInodes, totalInodes } = machine.targetSpace.value;
      const evidence = seen(
        machine.targetSpace.from,
        `${freeInodes} of ${totalInodes} inodes free`,
      );
      if (totalInodes === 0)
        return pass('this file system makes inodes as it needs them', evidence);
      if (freeInodes < 16) return fail('no inodes are left', evidence);
      return freeInodes < 1000
        ? warn(`${freeInodes} inodes are left`, evidence)
        : pass(`${freeInodes} inodes are free`, evidence);
    },
  },
  {
    id: 'target-old-dumps',
    group: 'target',
    weight: 'medium',
    title: 'old dumps leave room for the next one',
    why: 'A second panic in a row has no room, or the rotation deletes the evidence of the first.',
    reads: 'files below the dump folder, KDUMP_KEEP_OLD_DUMPS',
    isStatic: true,
    fix: () => ['move the old dumps elsewhere'],
    evaluate(machine) {
      if (machine.settings.values.get('KDUMP_KEEP_OLD_DUMPS') === '-1')
        return {
          ...fail(
            'KDUMP_KEEP_OLD_DUMPS=-1 deletes every old dump before the new one is taken',
            seen('/etc/sysconfig/kdump', 'KDUMP_KEEP_OLD_DUMPS=-1'),
          ),
          fix: settingFix({ suse: 'KDUMP_KEEP_OLD_DUMPS="5"' })(machine),
        };
      const { dumps } = machine.facts;
      if (dumps.state === 'absent')
        return pass('there are no old dumps', seen(dumps.from, 'absent'));
      if (dumps.state !== 'known')
        return isLocal(machine.settings)
          ? notKnown(dumps, 'the old dumps')
          : skip(`the old dumps lie on ${dumps.from}: look there`);
      const bytes = dumps.value
        .filter(({ path }) => /(?:vmcore|dump)[^/]*$/.test(path))
        .reduce((sum, file) => sum + file.bytes, 0);
      const total =
        machine.targetSpace.state === 'known' ? machine.targetSpace.value.totalBytes : undefined;
      const evidence = seen(dumps.from, `${bytes} bytes of dumps`);
      return total !== undefined && bytes > total / 2
        ? warn(`old dumps fill ${Math.round((100 * bytes) / total)} % of the file system`, evidence)
        : pass(`old dumps take ${formatSize(bytes)}`, evidence);
    },
  },
  {
    id: 'target-free-after',
    group: 'target',
    weight: 'high',
    title: 'a saved dump is not deleted again',
    why: 'SUSE deletes the dump when less than KDUMP_FREE_DISK_SIZE is left after saving it.',
    reads: 'KDUMP_FREE_DISK_SIZE, free space, predicted size',
    isStatic: true,
    fix: settingFix({ suse: 'KDUMP_FREE_DISK_SIZE="0"' }),
    evaluate(machine) {
      if (machine.settings.tooling !== 'suse' || !isLocal(machine.settings))
        return skip('only SUSE has this rule, for local targets');
      const keep = Number(machine.settings.values.get('KDUMP_FREE_DISK_SIZE') ?? '64') * 1024 ** 2;
      if (keep === 0)
        return pass('the rule is off', seen('/etc/sysconfig/kdump', 'KDUMP_FREE_DISK_SIZE=0'));
      if (!machine.size || machine.targetSpace.state !== 'known')
        return untold(machine, 'size or free space is not known');
      const left = machine.targetSpace.value.freeBytes - machine.size.likely.highBytes;
      return left < keep
        ? warn(
            `after a dump of ${formatSize(machine.size.likely.highBytes)} less than ${formatSize(keep)} can be left`,
            seen('/etc/sysconfig/kdump', `KDUMP_FREE_DISK_SIZE=${keep / 1024 ** 2}`),
          )
        : pass(
            'enough is left after a dump',
            seen(machine.targetSpace.from, `${machine.targetSpace.value.freeBytes} bytes free`),
          );
    },
  },
  {
    id: 'target-throughput',
    group: 'target',
    weight: 'medium',
    title: 'the dump is written in reasonable time',
    why: 'The machine is down for as long as it takes.',
    reads: 'predicted size and time',
    fix: editConfig('filter more (-d 31) and compress faster (-l)'),
    evaluate(machine) {
      if (!machine.time || !machine.size) return unknown('the time could not be predicted');
      const evidence = machine.time.parts.map(({ what, seconds, highSeconds }) =>
        seen(what, `${seconds} to ${highSeconds} s`),
      );
      const text = `${formatDuration(machine.time.seconds * 1000)} to ${formatDuration(machine.time.highSeconds * 1000)}`;
      return machine.time.seconds > 3600
        ? warn(`the dump takes ${text}`, ...evidence)
        : pass(`the dump takes ${text}`, ...evidence);
    },
  },
];
