import type { FileStat, System } from '../../src/model/system.ts';
import { globMatcher } from './simple-glob.ts';

/** A file of a machine that exists in memory only. */
export interface MemoryFile {
  readonly bytes: string | Buffer;
  readonly mode?: number;
  readonly mtimeMs?: number;
  readonly link?: string;
  /** Size to show where the content does not matter. */
  readonly size?: number;
}

/** A captured or made-up machine: what is not among the files is absent, what is in `unreadable` was not captured. */
export function memorySystem(
  files: Readonly<Record<string, MemoryFile>>,
  options: { readonly folders?: readonly string[]; readonly freeBytes?: number } = {},
): System {
  const folders = new Set(['/', ...(options.folders ?? [])]);
  for (const path of Object.keys(files)) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      folders.add(path.slice(0, at));
  }
  const resolve = (path: string): string => {
    const link = files[path]?.link;
    return link === undefined ? path : link;
  };
  const statOf = (path: string): FileStat | undefined => {
    const file = files[path];
    if (!file && !folders.has(path)) return undefined;
    const base = { uid: 0, gid: 0, dev: 1, ino: 1, mtimeMs: file?.mtimeMs ?? 1_790_000_000_000 };
    if (!file) return { ...base, kind: 'folder', size: 4096, mode: 0o40755 };
    if (file.link !== undefined)
      return { ...base, kind: 'link', size: 0, mode: 0o120777, target: file.link };
    return {
      ...base,
      kind: 'file',
      size: file.size ?? Buffer.byteLength(file.bytes),
      mode: file.mode ?? 0o100644,
    };
  };
  return {
    root: '/captured',
    isLive: false,
    isRunning: false,
    uid: 0,
    async readFile(path) {
      const place = resolve(path);
      const stat = statOf(place);
      const file = files[place];
      if (!stat || !file) return { state: 'absent' };
      return { state: 'known', bytes: Buffer.from(file.bytes), isTruncated: false, stat };
    },
    async stat(path, { follow = false } = {}) {
      const stat = statOf(follow ? resolve(path) : path);
      return stat ? { state: 'known', stat } : { state: 'absent' };
    },
    async list(path) {
      if (!folders.has(path)) return { state: 'absent' };
      const names = [...Object.keys(files), ...folders].flatMap((each) =>
        each.startsWith(`${path}/`) ? [each.slice(path.length + 1).split('/')[0] ?? ''] : [],
      );
      return { state: 'known', names: [...new Set(names)].sort(), isTruncated: false };
    },
    async find(globs) {
      const matches = globMatcher(globs);
      const entries = [...Object.keys(files), ...folders].flatMap((path) => {
        const stat = statOf(path);
        return stat && matches(path) ? [{ path, stat }] : [];
      });
      return { entries, problems: [] };
    },
    async space(path) {
      if (!folders.has(path)) return { state: 'absent' };
      const freeBytes = options.freeBytes ?? 2 ** 40;
      return {
        state: 'known',
        freeBytes,
        totalBytes: 2 ** 41,
        freeInodes: 1e6,
        totalInodes: 2e6,
        fsType: 0xef53,
      };
    },
    findCommand: () => undefined,
    async run() {
      throw new Error('a captured machine runs nothing');
    },
  };
}
