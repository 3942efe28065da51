import type { PageCompression } from '../../model/dump.ts';

/** Bits of `status` in the main header and of `flags` in a page descriptor (makedumpfile diskdump_mod.h, DUMP_DH_*). */
export const pageFlags = {
  zlib: 0x1,
  lzo: 0x2,
  snappy: 0x4,
  incomplete: 0x8,
  excludedVmemmap: 0x10,
  zstd: 0x20,
} as const;

/** All bits that say how a page is compressed. */
export const compressionMask = pageFlags.zlib | pageFlags.lzo | pageFlags.snappy | pageFlags.zstd;

/** The compression a flag word names; more than one bit is `unknown`. */
export function compressionOf(flags: number): PageCompression {
  switch (flags & compressionMask) {
    case 0:
      return 'none';
    case pageFlags.zlib:
      return 'zlib';
    case pageFlags.lzo:
      return 'lzo';
    case pageFlags.snappy:
      return 'snappy';
    case pageFlags.zstd:
      return 'zstd';
    default:
      return 'unknown';
  }
}

const levelBits = [
  { bit: 1, left: 'zero pages' },
  { bit: 2, left: 'page cache' },
  { bit: 4, left: 'private page cache' },
  { bit: 8, left: 'user pages' },
  { bit: 16, left: 'free pages' },
] as const;

/** The page classes that a dump level leaves out, in words; makedumpfile(8) -d. */
export function excludedClasses(level: number): string[] {
  return levelBits.filter(({ bit }) => level & bit).map(({ left }) => left);
}

/** Level 8 leaves user memory out; anything else ships the memory of processes. */
export function leavesUserPagesOut(level: number): boolean {
  return (level & 8) !== 0;
}
