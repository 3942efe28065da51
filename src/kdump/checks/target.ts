import { shellWord } from '../../std/shell-word.ts';
import { isLocal, pathBelow, targetText } from '../configuration/dump-target.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { parseFstab } from '../parse/proc.ts';
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
import { editConfig, fixFor } from './fixes.ts';

const where = ({ settings }: Machine) => seen(settings.configPath, targetText(settings));

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
    // A link to where nothing is keeps mkdir from making the folder.
    fix: (machine) => [
      `mkdir -p -m 0700 "$(realpath -m ${shellWord(machine.settings.target.path)})"`,
      ...fixFor('reload')(machine),
    ],
    evaluate(machine) {
      const { target, tooling } = machine.settings;
      if (tooling === 'none') return noTooling;
      if (target.kind !== 'local')
        return pass(`the dump goes to ${targetText(machine.settings)}`, where(machine));
      if (!target.path.startsWith('/'))
        return {
          ...fail(`"${target.path}" is no absolute path`, where(machine)),
          fix: editConfig('write the whole path, from / on,')(machine),
        };
      const stat = machine.facts.stats.get(target.path);
      if (stat?.state === 'known' && stat.value.kind === 'folder')
        return pass(`the dump goes to ${target.path}`, where(machine));
      const path = shellWord(target.path);
      if (stat?.state === 'known')
        return {
          ...fail(`${target.path} is not a folder`, where(machine)),
          fix: [`mv ${path} ${path}.aside`, `mkdir -m 0700 ${path}`, ...fixFor('reload')(machine)],
        };
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
    id: 'target-single',
    group: 'target',
    weight: 'medium',
    title: 'the dump goes to one place',
    why: "Debian's kdump saves to each target that is set, one after the other: that takes its time for each, and one of them alone is judged here.",
    reads: 'SSH, NFS, FTP',
    isStatic: true,
    fix: ({ settings }) => [`keep one of SSH, NFS and FTP in ${settings.configPath}`],
    evaluate(machine) {
      const { settings } = machine;
      if (settings.tooling === 'none') return noTooling;
      const others = settings.furtherTargets.map((target) => targetText({ target }));
      return others.length > 0
        ? warn(
            `the dump goes to ${others.join(' and to ')} as well, which is not judged here`,
            where(machine),
            ...others.map((other) => seen(settings.configPath, other)),
          )
        : pass('it goes to one', where(machine));
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
      if (!isLocal(machine.settings))
        return machine.settings.target.kind === 'custom'
          ? warn('a transfer of its own replaces everything and is not supported', where(machine))
          : pass(`${machine.settings.target.kind} is supported`, where(machine));
      const mount = machine.targetMount;
      if (!mount) return untold(machine, 'what is mounted is not told here');
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
      if (!isLocal(machine.settings)) return skip('the target is not local');
      const mount = machine.targetMount;
      if (!mount) return untold(machine, 'what is mounted is not told here');
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
      if (!mount || text === undefined) return untold(machine, 'mounts or fstab are not told here');
      if (mount.point === '/') return pass('it is the root file system', seen('/', mount.type));
      return lines.some(({ point }) => point === mount.point)
        ? pass(`${mount.point} is in fstab`, seen('/etc/fstab', mount.point))
        : warn(
            `${mount.point} is mounted but not in fstab`,
            seen('/etc/fstab', `no ${mount.point}`),
          );
    },
  },
];
