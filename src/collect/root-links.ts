import type { System } from '../model/system.ts';

/** Folders of the machine that are links to other folders, and which of them files were taken through. */
export interface RootLinks {
  /** The same path without going through such a link. */
  resolve(path: string): string;
  /** The links that were gone through: they are stored too, as on the machine. */
  used(): readonly { readonly path: string; readonly target: string }[];
}

// Merged /usr (file-hierarchy(7)) and the old places of /run.
const candidates = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/var/run', '/var/lock'];

/** Looks which of the usual folders are links on this machine. */
export async function readRootLinks(system: System): Promise<RootLinks> {
  const links = new Map<string, string>();
  for (const path of candidates) {
    const read = await system.stat(path);
    if (read.state === 'known' && read.stat.target !== undefined)
      links.set(path, absolute(path, read.stat.target));
  }
  const used = new Set<string>();
  return {
    resolve(path) {
      for (const [link, target] of links) {
        if (!path.startsWith(`${link}/`)) continue;
        used.add(link);
        return `${target}${path.slice(link.length)}`;
      }
      return path;
    },
    used: () => [...used].map((path) => ({ path, target: links.get(path) as string })),
  };
}

function absolute(link: string, target: string): string {
  const parts = target.startsWith('/') ? [] : link.split('/').slice(1, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
