import { readFileSync } from 'node:fs';

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string;
  readonly fsType: string;
  readonly source: string;
  readonly options: string;
}

// File systems that answer without a server, a daemon or a far device behind them.
const localTypes = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'tmpfs',
  'ramfs',
  'devtmpfs',
  'proc',
  'sysfs',
  'overlay',
  'squashfs',
  'vfat',
  'f2fs',
  'zfs',
  'bcachefs',
  'iso9660',
  'erofs',
  'cgroup',
  'cgroup2',
  'configfs',
  'securityfs',
  'debugfs',
  'tracefs',
  'pstore',
  'efivarfs',
  'rootfs',
  'hugetlbfs',
  'mqueue',
  'devpts',
  'bpf',
]);

/** The mounts of this process, in order; empty when /proc is not there. Reading it asks no file system. */
export function readMounts(): Mount[] {
  try {
    return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
}

/** Takes mountinfo apart; lines that are none are passed over. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const point = fields[4];
    if (dash < 0 || point === undefined) return [];
    return [
      {
        point: decodeOctal(point),
        options: fields[5] ?? '',
        fsType: fields[dash + 1] ?? '',
        source: decodeOctal(fields[dash + 2] ?? ''),
      },
    ];
  });
}

/** The mount that holds a path: the last of the longest, since a later mount hides an earlier one. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const isAbove =
      mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (isAbove && mount.point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** True when the mount's file system is local, so that a read ends. */
export function isLocal(mount: Mount): boolean {
  return localTypes.has(mount.fsType);
}

// Space, tab, newline and backslash are written as octal.
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
