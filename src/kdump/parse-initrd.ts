import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** What lies in a capture initrd. */
export interface InitrdListing {
  /** Paths without a leading slash. */
  readonly names: ReadonlySet<string>;
  /** Bytes after unpacking. */
  readonly unpackedBytes: number;
  /** Small text files that decide where a dump goes. */
  readonly texts: ReadonlyMap<string, string>;
  /** True when files are hidden in a squashfs or erofs image that is not opened. */
  readonly isNested: boolean;
  /** What was wrong; a truncated initrd is not loadable. */
  readonly problem: string | undefined;
}

const maximumUnpackedBytes = 512 * 1024 * 1024;
const maximumNames = 50_000;
const maximumTextBytes = 256 * 1024;

// Texts worth keeping: host keys, the pinned address, interface set-up, the collector's own configuration.
const wantedText =
  /(?:^|\/)(?:known_hosts2?|[^/]*\.pub|60kdumpip\.conf|[^/]*kdump[^/]*\.(?:conf|cfg)|kdump\.conf|kdump-tools|hostonly-kernel-modules\.txt|modules\.txt)$|^etc\/cmdline\.d\/|^conf\/param\.conf$|^etc\/(?:sysconfig\/kdump|fstab|hosts)$|NetworkManager\/system-connections\/[^/]+$/;

/**
 * Lists an initramfs: cpio archives one behind the other, the last ones compressed with gzip or zstd (others cannot be
 * opened here and are said so). Never throws; bounded in bytes and names.
 */
export function parseInitrd(bytes: Buffer): InitrdListing {
  const names = new Set<string>();
  const texts = new Map<string, string>();
  let unpackedBytes = 0;
  let problem: string | undefined;
  let at = 0;
  let current = bytes;
  for (let archives = 0; archives < 16; archives += 1) {
    while (at < current.length && current[at] === 0) at += 1;
    if (at >= current.length) break;
    if (current.toString('latin1', at, at + 5) === '07070') {
      const archive = readCpio(current, at, names, texts);
      unpackedBytes += archive.unpackedBytes;
      problem ??= archive.problem;
      at = archive.end;
      if (archive.problem) break;
      continue;
    }
    const unpacked = decompress(current.subarray(at));
    if (typeof unpacked === 'string') {
      problem ??= unpacked;
      break;
    }
    current = unpacked;
    at = 0;
  }
  if (names.size === 0)
    problem ??= bytes.length === 0 ? 'the file is empty' : 'it holds no cpio archive';
  const isNested = [...names].some((name) =>
    /(?:^|\/)(?:squash-root|root)\.(?:img|squashfs|erofs)$|squash-root\.img$/.test(name),
  );
  return { names, unpackedBytes, texts, isNested, problem };
}

function decompress(bytes: Buffer): Buffer | string {
  const options = { maxOutputLength: maximumUnpackedBytes };
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes, options);
    if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528)
      return zstdDecompressSync(bytes, options);
  } catch (error) {
    return `it is damaged or cut short: ${(error as Error).message}`;
  }
  const format = formats.find(([magic]) => bytes.toString('latin1', 0, magic.length) === magic);
  return format
    ? `${unsupported} ${format[1]}`
    : 'what follows is neither cpio nor a known compression';
}

/** Begins the problem of an initrd whose compression cannot be opened here: unknown, not damaged. */
export const unsupported = 'not opened here: compressed with';

const formats: readonly (readonly [string, string])[] = [
  ['\xfd7zXZ', 'xz'],
  ['\x02\x21\x4c\x18', 'lz4'],
  ['\x04\x22\x4d\x18', 'lz4'],
  ['\x89LZO', 'lzo'],
  ['BZh', 'bzip2'],
  ['\x5d\x00\x00', 'lzma'],
];

// The "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst): 110 bytes of ASCII, name, data, each padded to 4.
function readCpio(
  bytes: Buffer,
  start: number,
  names: Set<string>,
  texts: Map<string, string>,
): { end: number; unpackedBytes: number; problem?: string } {
  let at = start;
  let unpackedBytes = 0;
  while (at + 110 <= bytes.length) {
    if (bytes.toString('latin1', at, at + 5) !== '07070')
      return { end: at, unpackedBytes, problem: 'the archive is damaged' };
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const mode = field(1);
    const size = field(6);
    const nameLength = field(11);
    if (!(size >= 0) || !(nameLength > 0) || nameLength > 4096)
      return { end: bytes.length, unpackedBytes, problem: 'the archive is damaged' };
    const name = bytes.toString('utf8', at + 110, at + 109 + nameLength).replace(/^\.?\//, '');
    const data = start + align4(at - start + 110 + nameLength);
    const next = start + align4(data - start + size);
    if (name === 'TRAILER!!!') return { end: Math.min(next, bytes.length), unpackedBytes };
    if (data + size > bytes.length)
      return { end: bytes.length, unpackedBytes, problem: 'the archive is cut short' };
    unpackedBytes += size;
    if (names.size < maximumNames) names.add(name);
    const isFile = (mode & 0o170000) === 0o100000;
    if (isFile && size <= maximumTextBytes && wantedText.test(name))
      texts.set(name, bytes.toString('utf8', data, data + size));
    at = next;
  }
  return { end: bytes.length, unpackedBytes, problem: 'the archive is cut short' };
}

function align4(length: number): number {
  return (length + 3) & ~3;
}
