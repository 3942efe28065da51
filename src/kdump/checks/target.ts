import { formatDuration, formatSize } from '../../std/units.ts';
import { hasName, withListing } from '../capture-initrd.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from '../check.ts';
import { textOf } from '../facts.ts';
import { editConfig, fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import { parseFstab } from '../parse-proc.ts';

const noTools = 'no kdump tooling is installed';
const isLocal = (machine: Machine) => machine.settings.target.kind === 'local';
const where = (machine: Machine) => {
  const { kind, where: place, path } = machine.settings.target;
  return seen(machine.settings.configPath, `${kind} ${place ?? ''} ${path}`.replaceAll('  ', ' '));
};

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

/** Section 6: does the dump have a place, and room there? */
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
      if (tooling === 'none') return skip(noTools);
      if (target.kind !== 'local')
        return pass(
          `the dump goes to ${target.kind} ${target.where ?? ''} ${target.path}`,
          where(machine),
        );
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
    id: 'target-space-predicted',
    group: 'target',
    weight: 'critical',
    title: 'the predicted dump fits on the target',
    why: 'A dump that does not fit is cut off, and mostly useless. The kdump tools compare with the size of RAM, or with nothing.',
    reads: 'free space of the target against the predicted size',
    fix: (machine) => [
      `free space on the file system of ${machine.settings.target.path}, or move the target`,
      'lower the size: dump level 31 (-d 31)',
    ],
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip(noTools);
      if (!machine.size)
        return unknown(
          'the size could not be predicted: /proc/meminfo and /proc/kpageflags are not at hand',
        );
      const { likely } = machine.size;
      const need = seen(
        'predicted',
        `${likely.bytes} to ${likely.highBytes} bytes at level ${likely.level}, ${machine.size.basis}`,
      );
      if (!isLocal(machine) && machine.targetSpace.state !== 'known')
        return unknown(
          `${formatSize(likely.bytes)} to ${formatSize(likely.highBytes)} are needed; the free space of the target can only be seen there`,
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
      if (
        !isLocal(machine) ||
        machine.targetSpace.state !== 'known' ||
        machine.ramBytes === undefined
      )
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
      if (!isLocal(machine)) return skip('the target is not local');
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
    fix: () => ['move the old dumps elsewhere'],
    evaluate(machine) {
      if (machine.settings.values.get('KDUMP_KEEP_OLD_DUMPS') === '-1')
        return fail(
          'KDUMP_KEEP_OLD_DUMPS=-1 deletes every old dump before the new one is taken',
          seen('/etc/sysconfig/kdump', 'KDUMP_KEEP_OLD_DUMPS=-1'),
        );
      const { dumps } = machine.facts;
      if (dumps.state === 'absent')
        return pass('there are no old dumps', seen(dumps.from, 'absent'));
      if (dumps.state !== 'known') return notKnown(dumps, 'the old dumps');
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
    fix: () => [
      'set KDUMP_FREE_DISK_SIZE="0" in /etc/sysconfig/kdump',
      'mkdumprd -f && systemctl restart kdump',
    ],
    evaluate(machine) {
      if (machine.settings.tooling !== 'suse') return skip('only SUSE has this rule');
      const keep = Number(machine.settings.values.get('KDUMP_FREE_DISK_SIZE') ?? '64') * 1024 ** 2;
      if (keep === 0)
        return pass('the rule is off', seen('/etc/sysconfig/kdump', 'KDUMP_FREE_DISK_SIZE=0'));
      if (!machine.size || machine.targetSpace.state !== 'known')
        return unknown('size or free space is not known');
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
        return lines.some(({ source }) => source === target.where)
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
    id: 'target-nfs-writable',
    group: 'target',
    weight: 'critical',
    title: 'the NFS target can be written by root',
    why: 'With root_squash or Kerberos the capture kernel is refused.',
    reads: 'target, mount options',
    fix: () => ['export with no_root_squash and sec=sys', 'sonae check-kdump rehearse'],
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'nfs') return skip('the target is not NFS');
      const mount = machine.mounts.find(({ source }) => source === target.where);
      if (mount?.options.some((option) => /^sec=krb5/.test(option)))
        return fail(
          'the export wants Kerberos: there is no key in the capture kernel',
          seen(mount.point, mount.options.join(',')),
        );
      return unknown(
        'whether root may write there shows only when it is tried: rehearse',
        where(machine),
      );
    },
  },
  {
    id: 'target-ssh-works',
    group: 'target',
    weight: 'critical',
    title: 'the key for the ssh target is there',
    why: 'Without its key the capture cannot log in.',
    reads: 'sshkey, SSH_KEY',
    fix: fixFor('propagate'),
    evaluate(machine) {
      if (machine.settings.target.kind !== 'ssh') return skip('the target is not ssh');
      const key =
        machine.settings.conf?.values.get('sshkey') ??
        machine.settings.values.get('SSH_KEY') ??
        '/root/.ssh/kdump_id_rsa';
      const stat = machine.facts.stats.get(key);
      if (stat?.state === 'absent') return fail(`${key} is not there`, seen(key, 'absent'));
      if (stat?.state !== 'known') return unknown(`${key} could not be looked at: run as root`);
      if ((stat.value.mode & 0o077) !== 0)
        return fail(
          `${key} can be read by others: ssh refuses it`,
          seen(key, (stat.value.mode & 0o777).toString(8)),
        );
      return pass(
        'the key is there; whether the target takes it shows a rehearsal',
        seen(key, 'there'),
      );
    },
  },
  {
    id: 'target-ssh-alias',
    group: 'target',
    weight: 'medium',
    title: 'the ssh target is a host, not an alias',
    why: 'kdump rejects names that ssh_config changes.',
    reads: '/root/.ssh/config, target',
    isStatic: true,
    fix: editConfig('write the full host name'),
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'ssh') return skip('the target is not ssh');
      const host = target.where?.replace(/^.*@/, '') ?? '';
      const text = textOf(machine.facts, '/root/.ssh/config') ?? '';
      const isAlias = text
        .split('\n')
        .some(
          (line) => /^\s*Host\s/i.test(line) && line.trim().split(/\s+/).slice(1).includes(host),
        );
      if (!target.where?.includes('@'))
        return warn('the target is not written user@host', where(machine));
      return isAlias
        ? warn(`${host} is an alias of ssh_config`, seen('/root/.ssh/config', `Host ${host}`))
        : pass(`${host} is no alias`, where(machine));
    },
  },
  {
    id: 'target-net-path',
    group: 'target',
    weight: 'medium',
    title: 'the way to a remote target is simple',
    why: 'Bonds, VLANs, bridges and teams must all come up in the capture kernel.',
    reads: '/sys/class/net',
    fix: () => ['sonae check-kdump rehearse'],
    evaluate(machine) {
      if (!['ssh', 'nfs', 'cifs', 'ftp'].includes(machine.settings.target.kind))
        return skip('the target is local');
      const names = machine.facts.folders.get('/sys/class/net');
      if (names?.state !== 'known') return unknown('the network interfaces are not told here');
      const odd = names.value.filter(
        (name) => /^(?:bond|team|br|ovs|vlan)\d*|\.\d+$/.test(name) && name !== 'bonding_masters',
      );
      return odd.length > 0
        ? warn(
            `the way may lead over ${odd.slice(0, 5).join(', ')}: only a rehearsal proves it`,
            seen('/sys/class/net', odd.join(' ')),
          )
        : pass('only plain interfaces', seen('/sys/class/net', names.value.join(' ')));
    },
  },
  {
    id: 'target-ping',
    group: 'target',
    weight: 'low',
    title: 'the capture does not wait for a ping that is filtered',
    why: 'SUSE pings the target first; a firewall that drops it costs the time-out.',
    reads: 'KDUMP_NET_TIMEOUT',
    fix: () => ['set KDUMP_NET_TIMEOUT="0" if the target does not answer ping'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'suse' || machine.settings.target.kind === 'local')
        return skip('no ping is used');
      const value = machine.settings.values.get('KDUMP_NET_TIMEOUT') ?? '30';
      return value === '0'
        ? pass('no ping is waited for', seen('/etc/sysconfig/kdump', 'KDUMP_NET_TIMEOUT=0'))
        : warn(
            `the capture waits up to ${value} s for a ping`,
            seen('/etc/sysconfig/kdump', `KDUMP_NET_TIMEOUT=${value}`),
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
    reads: 'target, mounts, fstab',
    isStatic: true,
    fix: editConfig('choose a partition that holds nothing'),
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'raw') return skip('the target is not a raw device');
      const device = target.where ?? '';
      const used =
        machine.mounts.find(({ source }) => source === device) ??
        parseFstab(textOf(machine.facts, '/etc/fstab') ?? '').find(
          ({ source }) => source === device,
        );
      return used
        ? fail(
            `${device} holds the file system of ${used.point}: a dump destroys it`,
            seen(device, used.point),
          )
        : unknown(
            'whether a file system is on the device shows only blkid, as root',
            seen(device, 'not mounted, not in fstab'),
          );
    },
  },
];
