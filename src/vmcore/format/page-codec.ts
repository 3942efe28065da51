import { constants, inflateSync, zstdDecompressSync } from 'node:zlib';
import { decompressLzo1x } from '../../std/lzo1x.ts';
import { compressionOf } from './page-flags.ts';
import { decompressSnappy } from './snappy.ts';

// A page needs no window beyond itself; a damaged header could ask for 128 MiB.
const smallWindow = { [constants.ZSTD_d_windowLogMax]: 20 };

/** One stored page made whole: exactly `size` bytes, or why not. */
export function decompressPage(stored: Buffer, flags: number, size: number): Buffer | string {
  const kind = compressionOf(flags);
  switch (kind) {
    case 'none':
      return stored.length === size ? stored : `a raw page of ${stored.length} bytes`;
    case 'zlib':
      return whole(kind, size, () => inflateSync(stored, { maxOutputLength: size }));
    case 'zstd':
      return whole(kind, size, () =>
        zstdDecompressSync(stored, { maxOutputLength: size, params: smallWindow }),
      );
    case 'lzo':
      return whole(kind, size, () => decompressLzo1x(stored, size));
    case 'snappy':
      return whole(kind, size, () => decompressSnappy(stored, size));
    case 'unknown':
      return `page flags 0x${flags.toString(16)} name no known compression`;
    default:
      return kind satisfies never;
  }
}

function whole(kind: string, size: number, decompress: () => Buffer | undefined): Buffer | string {
  try {
    const page = decompress();
    if (page?.length === size) return page;
  } catch {
    // zlib and zstd throw on damage; the answer is the same.
  }
  return `a ${kind} page does not decompress to ${size} bytes`;
}
