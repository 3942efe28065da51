/** A file or folder of a cpio archive. */
export interface CpioEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly isFile: boolean;
  readonly bytes: Buffer;
}

const headerBytes = 110;
const mostNameBytes = 4096;

/**
 * Reads a cpio archive of the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst): 110 bytes of
 * ASCII, name, data, each padded to 4. Returns where it ends; throws on damage.
 */
export function readCpio(
  bytes: Buffer,
  start: number,
  onEntry: (entry: CpioEntry) => void,
): number {
  let at = start;
  while (at + headerBytes <= bytes.length) {
    if (bytes.toString('latin1', at, at + 5) !== '07070') throw new Error('the archive is damaged');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const mode = field(1);
    const size = field(6);
    const nameLength = field(11);
    if (!(size >= 0) || !(nameLength > 0) || nameLength > mostNameBytes)
      throw new Error('the archive is damaged');
    const name = bytes.toString('utf8', at + headerBytes, at + headerBytes - 1 + nameLength);
    const data = start + align4(at - start + headerBytes + nameLength);
    const next = start + align4(data - start + size);
    if (name === 'TRAILER!!!') return Math.min(next, bytes.length);
    if (data + size > bytes.length) throw new Error('the archive is cut short');
    onEntry({
      path: name.replace(/^\.?\//, ''),
      isFile: (mode & 0o170000) === 0o100000,
      bytes: bytes.subarray(data, data + size),
    });
    at = next;
  }
  throw new Error('the archive is cut short');
}

function align4(length: number): number {
  return Math.ceil(length / 4) * 4;
}
