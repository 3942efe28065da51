import type { Mount } from '../parse/proc.ts';
import type { DumpTarget } from './read-target.ts';
import type { KdumpSettings } from './settings.ts';

/** The target as people write it, such as `nfs nas:/export /crash`. */
export function targetText({
  target: { kind, where, path },
}: Pick<KdumpSettings, 'target'>): string {
  if (where === undefined) return `${kind} ${path}`;
  return path === '/' ? `${kind} ${where}` : `${kind} ${where} ${path}`;
}

/** True when the dump goes to a folder of this machine, on whatever is mounted there. */
export function isLocal({ target }: Pick<KdumpSettings, 'target'>): boolean {
  return target.kind === 'local';
}

/** True when a dump leaves the machine over a network. */
export function isRemote({ target }: Pick<KdumpSettings, 'target'>): boolean {
  return ['ssh', 'nfs', 'cifs', 'ftp'].includes(target.kind);
}

/** Host and port of a remote target; the port only where one is given. */
export function targetPeer({ where = '' }: DumpTarget): {
  readonly host: string;
  readonly port: string | undefined;
} {
  const address = where
    .replace(/^.*@/, '')
    .replace(/^\/\/([^/]*).*$/, '$1')
    .replace(/:\/.*$/, '');
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [];
  return { host: bracketed ?? plain ?? address, port };
}

/** Where a share lies below another, such as `/b` for `host:/a/b` below `host:/a`; undefined when it does not. */
export function pathBelow(share: string, above: string): string | undefined {
  const [wanted, source] = [withoutSlash(share), withoutSlash(above)];
  if (wanted === source) return '';
  // A device is itself or another one.
  if (!isShare(wanted) || !isShare(source)) return undefined;
  return wanted.startsWith(source.endsWith('/') ? source : `${source}/`)
    ? wanted.slice(source.length)
    : undefined;
}

function isShare(source: string): boolean {
  return /^\/\/[^/]|^[^/]+:\//.test(source);
}

// `host:/` is a whole server: the slash is its path.
function withoutSlash(share: string): string {
  return share.replace(/([^:])\/+$/, '$1');
}

/** Where the share or device of a target, or a folder above it, is mounted on this machine. */
export function mountOfTarget(
  { where }: DumpTarget,
  mounts: readonly Mount[],
): { readonly mount: Mount; readonly below: string } | undefined {
  if (where === undefined) return undefined;
  let best: { mount: Mount; below: string } | undefined;
  for (const mount of mounts) {
    const below = pathBelow(where, mount.source);
    // The nearest one; of two at one place the later hides the earlier.
    if (below !== undefined && (!best || below.length <= best.below.length))
      best = { mount, below };
  }
  return best;
}

/** The folder of this machine in which a dump shows once it was taken; undefined when the target is not mounted here. */
export function dumpFolder(
  { target }: KdumpSettings,
  mounts: readonly Mount[],
): string | undefined {
  if (target.kind === 'local') return target.path;
  const found = mountOfTarget(target, mounts);
  if (!found) return undefined;
  const path = `${found.mount.point}/${found.below}/${target.path}`.replace(/\/{2,}/g, '/');
  return path.replace(/(.)\/$/, '$1');
}
