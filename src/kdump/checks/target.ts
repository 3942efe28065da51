import { formatSize } from '../../std/units.ts';
import { hasName, withListing } from '../capture-initrd.ts';
import {
  type Check,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from '../check.ts';
import { pathBelow, targetText } from '../dump-target.ts';
import { textOf } from '../facts.ts';
import { editConfig, fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import { parseFstab } from '../parse-proc.ts';
import { rawDevice } from '../raw-device.ts';

const isLocal = (machine: Machine) => machine.settings.target.kind === 'local';
const where = ({ settings }: Machine) => seen(settings.configPath, targetText(settings));

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

/** Section 6: does the dump have a place? */
export const targetChecks: readonly Check[] = [
  {
    id: 'target-resolves',
    group: 'target',
    weight: 'critical',
    title: 'the dump has a place to go to',
    why: 'A folder that is not there is made on whatever is mounted, or the capture stops.',
    reads: 'target of the configuration, the folder itself',
    isStatic: true,
    fix: (machine) => [
      `mkdir -p -m 0700 ${machine.settings.target.path}`,
      ...fixFor('reload')(machine),
    ],
    evaluate(machine) {
      const { target, tooling } = machine.settings;
      if (tooling === 'none') return noTooling;
      if (target.kind !== 'local')
        return pass(`the dump goes to ${targetText(machine.settings)}`, where(machine));
      if (!target.path.startsWith('/'))
        return fail(`"${target.path}" is no absolute path`, where(machine));
      const stat = machine.facts.stats.get(target.path);
      if (stat?.state === 'known' && stat.value.kind === 'folder')
        return pass(`the dump goes to ${target.path}`, where(machine));
      if (stat?.state === 'known') return fail(`${target.path} is not a folder`, where(machine));
      if (stat?.state !== 'absent')
        return stat
          ? notKnown(stat, 'the dump folder')
          : unknown('the dump folder was not looked at');
      // kdump-config and kdump-save make the folder at capture; mkdumprd refuses to build without it.
      return tooling === 'redhat'
        ? fail(`${target.path} is not there`, where(machine), seen(target.path, 'absent'))
        : warn(
            `${target.path} is not there: the capture makes it on whatever is mounted then`,
            where(machine),
            seen(target.path, 'absent'),
          );
    },
  },
  {
    id: 'target-supported',
    group: 'target',
    weight: 'medium',
    title: 'the file system of the target is supported',
    why: 'Some file systems and transports are known not to work from a capture kernel.',
    reads: 'mount of the dump folder',
    isStatic: true,
    fix: editConfig('choose another target'),
    evaluate(machine) {
      if (!isLocal(machine))
        return machine.settings.target.kind === 'custom'
          ? warn('a transfer of its own replaces everything and is not supported', where(machine))
          : pass(`${machine.settings.target.kind} is supported`, where(machine));
      const mount = machine.targetMount;
      if (!mount) return unknown('what is mounted is not told here');
      const isOdd =
        /^(?:glusterfs|fuse\.|overlay|tmpfs|zfs|ocfs2|gfs2|9p)/.test(mount.type) ||
        (mount.type === 'btrfs' && machine.settings.tooling === 'redhat');
      return isOdd
        ? warn(
            `${mount.type} at ${mount.point} is not a supported target`,
            seen(mount.point, mount.type),
          )
        : pass(`${mount.type} at ${mount.point}`, seen(mount.point, mount.type));
    },
  },
  {
    id: 'target-same-as-root',
    group: 'target',
    weight: 'low',
    title: 'the dump goes to a file system of its own',
    why: 'On the root file system the capture writes to what may just have been damaged, and a full disk stops the services.',
    reads: 'mount of the dump folder',
    isStatic: true,
    fix: (machine) => [`mount a file system of its own at ${machine.settings.target.path}`],
    evaluate(machine) {
      if (!isLocal(machine)) return skip('the target is not local');
      const mount = machine.targetMount;
      if (!mount) return unknown('what is mounted is not told here');
      return mount.point === '/'
        ? warn('the dump goes to the root file system', seen('/', mount.type))
        : pass(`it goes to ${mount.point}`, seen(mount.point, mount.type));
    },
  },
  {
    id: 'target-fstab-entry',
    group: 'target',
    weight: 'medium',
    title: 'what is mounted at the dump folder is mounted at every boot',
    why: 'The target follows the current mount: without a line in fstab the dump lands silently on the root file system.',
    reads: '/etc/fstab, mounts',
    isStatic: true,
    fix: (machine) => [
      `add the mount of ${machine.targetMount?.point ?? machine.settings.target.where ?? 'the target'} to /etc/fstab`,
      ...fixFor('rebuild')(machine),
    ],
    evaluate(machine) {
      const text = textOf(machine.facts, '/etc/fstab');
      const lines = parseFstab(text ?? '');
      const { target } = machine.settings;
      if (target.kind === 'nfs')
        return lines.some(({ source }) => pathBelow(target.where ?? '', source) !== undefined)
          ? pass('the NFS target is in fstab', seen('/etc/fstab', target.where ?? ''))
          : warn(
              'the NFS target is not in fstab: nothing shows when it cannot be mounted',
              seen('/etc/fstab', `no ${target.where}`),
            );
      if (target.kind !== 'local') return skip('the target is not mounted');
      const mount = machine.targetMount;
      if (!mount || text === undefined) return unknown('mounts or fstab are not told here');
      if (mount.point === '/') return pass('it is the root file system', seen('/', mount.type));
      return lines.some(({ point }) => point === mount.point)
        ? pass(`${mount.point} is in fstab`, seen('/etc/fstab', mount.point))
        : warn(
            `${mount.point} is mounted but not in fstab`,
            seen('/etc/fstab', `no ${mount.point}`),
          );
    },
  },
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
      if (!isLocal(machine)) return skip('the target is not local');
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
    fix: (machine) => [`chmod 0700 ${machine.settings.target.path}`],
    evaluate(machine) {
      if (!isLocal(machine)) return skip('the target is not local');
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
          `${open.length} dumps can be read by every user`,
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
