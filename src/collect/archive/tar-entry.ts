import { Header } from 'tar/header';
import { Pax } from 'tar/pax';

/** Tar's unit: everything is padded to it (pax(1), ustar). */
export const tarBlockBytes = 512;

/** What goes before the content of one archive entry. */
export type TarEntry = {
  /** Path in the archive, with the top folder. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
} & (
  | { readonly type: 'File'; readonly size: number }
  | { readonly type: 'SymbolicLink'; readonly target: string }
  | { readonly type: 'Directory' }
);

/** The header blocks of an entry: ustar, with pax records where a name or number does not fit. */
export function encodeTarHeader(entry: TarEntry): Buffer {
  const fields = {
    path: entry.path,
    type: entry.type,
    size: entry.type === 'File' ? entry.size : 0,
    // Readable by whoever unpacks it, never with a set-id or sticky bit.
    mode: (entry.mode & 0o777) | (entry.type === 'Directory' ? 0o700 : 0o400),
    uid: entry.uid,
    gid: entry.gid,
    mtime: new Date(Math.max(0, Math.floor(entry.mtimeMs / 1000) * 1000)),
    ...(entry.type === 'SymbolicLink' ? { linkpath: entry.target } : {}),
  };
  const block = Buffer.alloc(tarBlockBytes);
  const header = new Header(fields);
  header.encode(block, 0);
  return header.needPax ? Buffer.concat([new Pax(fields).encode(), block]) : block;
}

/** The zeros that fill an entry's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes);
}

/** Two zero blocks end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * tarBlockBytes);
