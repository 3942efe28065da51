import { lstatSync, readlinkSync } from 'node:fs';
import { bytesFromName, nameFromBytes } from '../../std/name-bytes.ts';

const firstProcess: ReadonlyMap<string, readonly string[]> = new Map([
  ['self', ['1']],
  ['thread-self', ['1', 'task', '1']],
]);

const mostLinks = 40; // as the kernel's MAXSYMLINKS (include/linux/namei.h)

/**
 * The real place of a path inside a root folder, following links as if the root were `/`: a link to
 * `/etc/passwd` in an image means the image's. Throws ENOENT and friends as fs does, ELOOP on a loop.
 */
export function resolveInRoot(root: string, path: string, follow: boolean): Buffer {
  if (root === '/' && follow) return bytesFromName(path);
  const pending = path.split('/').filter((part) => part !== '' && part !== '.');
  const resolved: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.shift() as string;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    // Whoever reads is a process of another system: its own entry would show its namespaces, not those below the root.
    const ownEntry = root !== '/' && resolved.join('/') === 'proc' && firstProcess.get(part);
    if (ownEntry) {
      pending.unshift(...ownEntry);
      continue;
    }
    const place = join(root, [...resolved, part]);
    const isLast = pending.length === 0;
    // Without a root to stay in, the kernel follows the folders above; only the last name must not be followed.
    const mustLook = root !== '/' && !(isLast && !follow);
    if (mustLook && lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) {
      links += 1;
      if (links > mostLinks) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
      const target = nameFromBytes(readlinkSync(place, { encoding: 'buffer' }));
      if (target.startsWith('/')) resolved.length = 0;
      pending.unshift(...target.split('/').filter((name) => name !== '' && name !== '.'));
      continue;
    }
    resolved.push(part);
  }
  return join(root, resolved);
}

function join(root: string, parts: readonly string[]): Buffer {
  return bytesFromName(`${root === '/' ? '' : root}/${parts.join('/')}`);
}
