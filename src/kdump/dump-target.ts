import type { Mount } from './parse-proc.ts';
import type { KdumpSettings } from './settings.ts';

/** True when a dump leaves the machine over a network. */
export function isRemote({ target }: Pick<KdumpSettings, 'target'>): boolean {
  return ['ssh', 'nfs', 'cifs', 'ftp'].includes(target.kind);
}

/** The folder of this machine in which a dump shows once it was taken; undefined when the target is not mounted here. */
export function dumpFolder(
  { target, tooling }: KdumpSettings,
  mounts: readonly Mount[],
): string | undefined {
  if (target.kind === 'local') return target.path;
  const mount = mounts.find(({ source }) => source === target.where);
  if (!mount) return undefined;
  // Debian mounts the export at its path; the others go to the path below the export or device.
  if (tooling === 'debian') return mount.point;
  return `${mount.point}/${target.path}`.replace(/\/{2,}/g, '/');
}
