import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import type { FileStat, FolderRead, SpaceRead, StatRead } from '../../model/system.ts';
import { nameFromBytes } from '../../std/name-bytes.ts';
import { resolveInRoot } from './resolve-in-root.ts';

/** What went wrong with a path, as data. */
export type Failure =
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string; readonly code: string };

/** Bytes read from a file at a time, and from one whose size says nothing. */
const pieceBytes = 128 * 1024;
const unsizedPieceBytes = 8 * 1024;
/** Fewer zeros at the start of a piece are handed on as they are. */
const leastHoleBytes = 4096;

/** Takes fs errors apart: gone is `absent`, everything else is `unreadable` with words. */
export function failure(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'absent' };
  return { state: 'unreadable', why: reasons[code] ?? code, code };
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'input/output error',
  ELOOP: 'too many levels of symbolic links',
  EISDIR: 'is a folder',
  EMFILE: 'no file descriptor left in this process',
  ENFILE: 'no file descriptor left on the system',
  ENODEV: 'no such device',
  ENXIO: 'no such device or address',
  EINVAL: 'the kernel refused the read',
  EOPNOTSUPP: 'not supported by the kernel',
  ESTALE: 'stale file handle of a network file system',
  ENOTCONN: 'the file system is not connected',
  ETIMEDOUT: 'the file system did not answer',
};

/** lstat (or stat) of a path in the root. */
export function statPath(root: string, path: string, follow: boolean): StatRead {
  try {
    const place = resolveInRoot(root, path, follow);
    const stats = follow && root === '/' ? statSync(place) : lstatSync(place);
    return { state: 'known', stat: fileStat(stats, place) };
  } catch (error) {
    return failure(error);
  }
}

/** The names in a folder, sorted. */
export function listFolder(root: string, path: string, limit: number): FolderRead {
  try {
    const names = readdirSync(resolveInRoot(root, path, true), { encoding: 'buffer' })
      .map((name) => nameFromBytes(name))
      .sort();
    return { state: 'known', names: names.slice(0, limit), isTruncated: names.length > limit };
  } catch (error) {
    return failure(error);
  }
}

/** statfs of the file system that holds a path. */
export function spaceOf(root: string, path: string): SpaceRead {
  try {
    const place = resolveInRoot(root, path, true);
    const { bavail, bsize, blocks, ffree, files, type } = statfsSync(nameFromBytes(place));
    return {
      state: 'known',
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      freeInodes: ffree,
      totalInodes: files,
      fsType: type,
    };
  } catch (error) {
    return failure(error);
  }
}

/** How a file was read; `bytes` is what went to `onPiece`. */
export type ReadEnd =
  | {
      readonly state: 'known';
      readonly stat: FileStat;
      readonly isTruncated: boolean;
      readonly bytes: number;
      /** Zeros that were not handed on, see `leadingHole`. */
      readonly holeBytes: number;
    }
  | Failure;

/**
 * Reads a regular file in pieces. Opens without blocking and without becoming anybody's controlling terminal,
 * and refuses everything that is not a regular file: a FIFO or a device is never read.
 */
export function readRegularFile(
  root: string,
  path: string,
  options: { limitBytes: number; keep: 'head' | 'tail'; follow: boolean },
  onPiece: (piece: Buffer) => void,
): ReadEnd {
  let fd: number | undefined;
  try {
    const place = resolveInRoot(root, path, options.follow);
    // Looked at before it is opened: opening a device or a FIFO can already have an effect.
    const before = options.follow ? statSync(place) : lstatSync(place);
    const refusal = refuseSpecial(before);
    if (refusal) return refusal;
    fd = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    const changed = refuseSpecial(stats);
    if (changed) return changed;
    return {
      state: 'known',
      stat: fileStat(stats, place),
      ...readPieces(fd, stats.size, options, onPiece),
    };
  } catch (error) {
    return failure(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function refuseSpecial(stats: Stats): Failure | undefined {
  if (stats.isFile()) return undefined;
  const kind = kindOf(stats);
  return { state: 'unreadable', why: `not a regular file but a ${kind}`, code: 'ESPECIAL' };
}

function readPieces(
  fd: number,
  size: number,
  { limitBytes, keep }: { limitBytes: number; keep: 'head' | 'tail' },
  onPiece: (piece: Buffer) => void,
): { isTruncated: boolean; bytes: number; holeBytes: number } {
  // A size of 0 says nothing in /proc and /sys: read until the end tells.
  const start = keep === 'tail' && size > limitBytes ? size - limitBytes : 0;
  const buffer = Buffer.allocUnsafe(
    Math.min(size === 0 ? unsizedPieceBytes : Math.min(pieceBytes, size + 1), limitBytes + 1),
  );
  let bytes = 0;
  let holeBytes = 0;
  let isAtLineStart = start === 0;
  let position: number | null = start > 0 ? start : null;
  for (;;) {
    const wanted = Math.min(buffer.length, limitBytes - bytes + 1);
    const length = readSync(fd, buffer, 0, wanted, position);
    if (position !== null) position += length;
    if (length === 0) return { isTruncated: start > 0, bytes, holeBytes };
    const piece = buffer.subarray(0, Math.min(length, limitBytes - bytes));
    bytes += piece.length;
    const hole = keep === 'tail' ? leadingHole(piece) : 0;
    holeBytes += hole;
    // A tail begins at the start of a line, not in the middle of one; what follows a hole is a start.
    const from = isAtLineStart || hole > 0 ? hole : piece.indexOf(0x0a) + 1;
    isAtLineStart = true;
    if (piece.length > from) onPiece(piece.subarray(from));
    if (piece.length < length) return { isTruncated: true, bytes, holeBytes };
  }
}

// Of a file whose end counts, a log, zeros are what was never written: a truncation while its writer went on behind it,
// room made beforehand, a crash. They would take the place of lines.
function leadingHole(piece: Buffer): number {
  const firstOther = piece.findIndex((byte) => byte !== 0);
  const zeros = firstOther < 0 ? piece.length : firstOther;
  return zeros < leastHoleBytes ? 0 : zeros;
}

/** The records of /dev/kmsg as they are in the ring now, one per line; never waits for the next one. */
export function readKernelLog(limitBytes: number, onPiece: (piece: Buffer) => void): ReadEnd {
  let fd: number | undefined;
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fileStat(fstatSync(fd), Buffer.from('/dev/kmsg'));
    const record = Buffer.allocUnsafe(16 * 1024);
    let bytes = 0;
    for (;;) {
      const length = readRecord(fd, record);
      if (length === 0) return { state: 'known', stat, isTruncated: false, bytes, holeBytes: 0 };
      if (bytes + length > limitBytes)
        return { state: 'known', stat, isTruncated: true, bytes, holeBytes: 0 };
      onPiece(record.subarray(0, length));
      bytes += length;
    }
  } catch (error) {
    return failure(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

// EAGAIN is the end of the ring; EPIPE says that records were overwritten since the last read: go on behind the gap.
function readRecord(fd: number, record: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, record, 0, record.length, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN') return 0;
      if (code !== 'EPIPE') throw error;
    }
  }
}

/** Our stat from Node's; reads the target of a link. */
export function fileStat(stats: Stats, place: Buffer): FileStat {
  const kind = kindOf(stats);
  return {
    kind,
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    mtimeMs: stats.mtimeMs,
    dev: stats.dev,
    ino: stats.ino,
    ...(kind === 'link'
      ? { target: nameFromBytes(readlinkSync(place, { encoding: 'buffer' })) }
      : {}),
  };
}

function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'device';
  return 'other';
}
