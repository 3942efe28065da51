import { isLocal, mountOf, readMounts } from './mount-table.ts';

/** The mounts that did not answer once, so that nobody waits for them again. Paths may be globs. */
export interface HungMounts {
  /** The paths that lie on one of them. */
  among(paths: readonly string[]): readonly string[];
  /** Notes that there was no answer while these paths were looked at. */
  note(paths: readonly string[]): void;
}

/** Begins with none. Paths are below `root`. */
export function hungMounts(root: string): HungMounts {
  const points = new Set<string>();
  const place = (path: string) => (root === '/' ? path : `${root}${path}`);
  return {
    among(paths) {
      if (points.size === 0) return [];
      const mounts = readMounts();
      return paths.filter((path) => points.has(mountOf(place(path), mounts)?.point ?? ''));
    },
    note(paths) {
      const mounts = readMounts();
      const all = paths.flatMap((path) => mountOf(place(path), mounts) ?? []);
      // Of many it is the one with a server or a daemon behind it; of several of those nobody knows which.
      const suspects = all.length === 1 ? all : all.filter((mount) => !isLocal(mount));
      const [point = '/', ...others] = new Set(suspects.map((mount) => mount.point));
      // The root file system is never given up whole for one slow file.
      if (point !== '/' && others.length === 0) points.add(point);
    },
  };
}
