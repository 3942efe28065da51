import { shellWord } from '../../std/shell-word.ts';
import { formatSize } from '../../std/units.ts';
import { isLocal } from '../configuration/dump-target.ts';
import { rawDevice } from '../configuration/raw-device.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { parseFstab } from '../parse/proc.ts';
import { cmdlineWords, textLines } from '../parse/text.ts';
import { hasName, withListing } from './capture-initrd.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  onlyRunning,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from './check.ts';
import { subject } from './crashkernel-words.ts';
import { editConfig, fixFor } from './fixes.ts';

function deviceMapper(machine: Machine): readonly string[] {
  return [...machine.facts.files].flatMap(([path, fact]) =>
    /\/dm\/uuid$/.test(path) && fact.state === 'known' ? [fact.value.text.trim()] : [],
  );
}

/** The uuid of the device-mapper device below the local target, such as CRYPT-LUKS2-… or LVM-…. */
function targetDevice(machine: Machine): string {
  const source = machine.targetMount?.source ?? '';
  const name = source.replace(/^\/dev\/(?:mapper\/)?/, '');
  return deviceMapper(machine).find((uuid) => uuid.endsWith(`-${name}`)) ?? '';
}

// An image mounts nothing: without an encrypted device it can have no encrypted target.
function judgeCrypttab(machine: Machine): CheckOutcome {
  const lines = textLines(textOf(machine.facts, '/etc/crypttab') ?? '');
  const named = lines.find((line) => /^\s*[^#\s]/.test(line)) ?? '';
  const words = cmdlineWords(subject(machine)?.cmdline ?? '');
  const isCrypt = named !== '' || words.some((word) => /^(?:rd\.luks|cryptdevice)/.test(word));
  return isCrypt
    ? onlyRunning
    : pass('no device is encrypted', seen('/etc/crypttab', 'names none'));
}

/** Section 6, further: can the capture open what lies below the target, and who can read what it writes there? */
export const targetDeviceChecks: readonly Check[] = [
  {
    id: 'target-luks',
    group: 'target',
    weight: 'critical',
    title: 'the capture kernel can open the target',
    why: 'An encrypted target asks for a passphrase nobody types, and deriving its key can need a gigabyte that the reservation does not have.',
    reads: 'device-mapper uuid of the target, crash_dm_crypt_keys',
    isStatic: true,
    fix: () => [
      'choose a target that is not encrypted, or a remote one',
      'where kernel and kdump support it: kdumpctl setup-crypttab',
    ],
    evaluate(machine) {
      if (!isLocal(machine.settings)) return skip('the target is not local');
      if (!machine.hasKernelState) return judgeCrypttab(machine);
      if (!machine.targetMount) return unknown('what is mounted is not told here');
      const uuid = targetDevice(machine);
      const isCrypt =
        uuid.startsWith('CRYPT-') ||
        (deviceMapper(machine).some((each) => each.startsWith('CRYPT-')) &&
          uuid.startsWith('LVM-'));
      if (!isCrypt)
        return pass(
          'the target is not encrypted',
          seen(machine.targetMount.source, uuid || 'no device mapper'),
        );
      const keys = machine.facts.stats.get('/sys/kernel/config/crash_dm_crypt_keys');
      return keys?.state === 'known'
        ? warn(
            'the target is encrypted; this kernel can hand the key over if kdump was set up for it',
            seen(machine.targetMount.source, uuid),
          )
        : warn(
            'the target seems to lie on an encrypted device and this kernel cannot hand the key over',
            seen(machine.targetMount.source, uuid),
          );
    },
  },
  {
    id: 'target-multipath',
    group: 'target',
    weight: 'high',
    title: 'a multipath target is known to the capture initrd',
    why: 'Without its wwids the capture waits for a path that never comes.',
    reads: 'device-mapper uuids, capture initrd',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!deviceMapper(machine).some((uuid) => uuid.startsWith('mpath-')))
        return pass(
          'there is no multipath device',
          seen('/sys/class/block/dm-*/dm/uuid', 'no mpath-'),
        );
      return withListing(machine, (listing, from) =>
        hasName(listing, /multipathd?$|etc\/multipath/)
          ? pass('multipath is in the initrd', seen(from, 'multipath'))
          : warn('multipath is in use and not in the capture initrd', seen(from, 'no multipath')),
      );
    },
  },
  {
    id: 'target-lvm-thin-raid',
    group: 'target',
    weight: 'medium',
    title: 'the devices below the target are whole',
    why: 'A degraded array may not start in the capture kernel.',
    reads: '/proc/mdstat',
    fix: () => ['repair the array: cat /proc/mdstat'],
    evaluate(machine) {
      const text = textOf(machine.facts, '/proc/mdstat');
      if (text === undefined) return skip('there is no software RAID');
      return /\[[U_]*_[U_]*\]/.test(text)
        ? warn(
            'an array is degraded',
            seen('/proc/mdstat', /^(md\d+ .*)$/m.exec(text)?.[1] ?? 'degraded'),
          )
        : pass('no array is degraded', seen('/proc/mdstat', 'no missing member'));
    },
  },
  {
    id: 'target-permissions',
    group: 'target',
    weight: 'medium',
    title: 'dumps cannot be read by every user',
    why: 'A dump holds keys and passwords of everybody on the machine.',
    reads: 'mode of the dump folder and of dumps',
    isStatic: true,
    fix: (machine) => [`chmod 0700 ${shellWord(machine.settings.target.path)}`],
    evaluate(machine) {
      if (!isLocal(machine.settings)) return skip('the target is not local');
      const stat = machine.facts.stats.get(machine.settings.target.path);
      if (stat?.state !== 'known') return unknown('the dump folder could not be looked at');
      const open =
        machine.facts.dumps.state === 'known'
          ? machine.facts.dumps.value.filter(
              ({ path, mode }) => (mode & 0o004) !== 0 && /(?:vmcore|dump\.)[^/]*$/.test(path),
            )
          : [];
      if (open.length > 0 && (stat.value.mode & 0o005) !== 0)
        return warn(
          `${open.length === 1 ? 'a dump' : `${open.length} dumps`} can be read by every user`,
          ...open.slice(0, 3).map(({ path, mode }) => seen(path, (mode & 0o777).toString(8))),
        );
      return (stat.value.mode & 0o002) !== 0 && (stat.value.mode & 0o1000) === 0
        ? warn(
            'every user may write to the dump folder',
            seen(stat.from, (stat.value.mode & 0o7777).toString(8)),
          )
        : pass(
            'the dump folder is closed, or holds no readable dump',
            seen(stat.from, (stat.value.mode & 0o7777).toString(8)),
          );
    },
  },
  {
    id: 'target-raw-signature',
    group: 'target',
    weight: 'critical',
    title: 'a raw target holds no file system',
    why: 'A raw dump overwrites whatever is there.',
    reads: "target, mounts, fstab, udev's record of the device, its size",
    isStatic: true,
    fix: editConfig('choose a partition that holds nothing and is large enough'),
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'raw') return skip('the target is not a raw device');
      const device = target.where ?? '';
      const used =
        machine.mounts.find(({ source }) => source === device) ??
        parseFstab(textOf(machine.facts, '/etc/fstab') ?? '').find(
          ({ source }) => source === device,
        );
      if (used)
        return fail(
          `${device} holds the file system of ${used.point}: a dump destroys it`,
          seen(device, used.point),
        );
      const { record, bytes } = rawDevice(machine.facts, device);
      if (record === undefined)
        return unknown(
          `udev has no record of ${device}: whether a file system is on it shows only blkid ${device}, as root`,
          seen(device, 'not mounted, not in fstab'),
        );
      const type = /^E:ID_FS_TYPE=(.+)$/m.exec(record)?.[1];
      if (type) return fail(`${device} holds ${type}: a dump destroys it`, seen(device, type));
      const evidence = seen(device, `no file system, ${bytes ?? 'an unknown number of'} bytes`);
      const need = machine.size?.likely;
      return need && bytes !== undefined && bytes < need.highBytes
        ? warn(`${formatSize(bytes)} for up to ${formatSize(need.highBytes)} of dump`, evidence)
        : pass('it holds no file system', evidence);
    },
  },
];
