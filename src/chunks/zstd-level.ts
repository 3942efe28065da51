import { constants as zlib } from 'node:zlib';
import type { PageCompression } from '../model/dump.ts';
import type { ZstdParameters } from './frame-codec.ts';

/** zstd's useful levels; below 1 Node silently takes 3, above 19 a receiver would need more memory. */
export const levels = { lowest: 1, highest: 19, standard: 3 } as const;

/**
 * The level when nobody says. Measured on real dumps: pages that are already zlib or zstd shrink by 9 to 15 % at any level, so
 * the fastest will do; LZO, snappy and plain pages and everything else are worth level 3.
 */
export function defaultLevel(pageCompression: PageCompression | undefined): number {
  return pageCompression === 'zlib' || pageCompression === 'zstd' ? levels.lowest : levels.standard;
}

/**
 * Parameters of the frames of a set: content size and checksum always. At the standard level the window is the whole frame,
 * and the tables of the match finder are half of zstd's own (2^17 and 2^16 entries): 384 KiB stay in a core's cache,
 * which is worth a tenth of the time, and the window makes up for the matches that are lost (docs/benchmarks.md).
 */
export function zstdParameters(level: number, frameBytes: number): ZstdParameters {
  const parameters: Record<number, number> = {
    [zlib.ZSTD_c_compressionLevel]: level,
    [zlib.ZSTD_c_checksumFlag]: 1,
    [zlib.ZSTD_c_contentSizeFlag]: 1,
  };
  if (level === levels.standard) {
    parameters[zlib.ZSTD_c_windowLog] = Math.min(23, Math.ceil(Math.log2(frameBytes)));
    parameters[zlib.ZSTD_c_hashLog] = 16;
    parameters[zlib.ZSTD_c_chainLog] = 15;
  }
  return parameters;
}
