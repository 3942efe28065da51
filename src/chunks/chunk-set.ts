import type { PageCompression, RecognisedDump } from '../model/dump.ts';
import type { EncryptionFormat } from '../model/encryption.ts';

/** Names of the files that describe a set (docs/formats/chunk-set.md). */
export const setFiles = {
  manifest: 'chunk-set.json',
  journal: 'chunk-set.journal',
  sums: 'SHA256SUMS',
  readme: 'README.txt',
} as const;

/** Bounds a reader holds a manifest against before it uses or allocates anything. */
export const setLimits = {
  manifestBytes: 256 * 1024 * 1024,
  chunks: 1_000_000,
  frames: 8_000_000,
  frameBytes: 64 * 1024 * 1024,
} as const;

/** Versions of the format: an encrypted set is of the second, so that readers that would take it for plain refuse it. */
export const setVersions = { plain: 1, encrypted: 2 } as const;

/** How the chunks of a set are encrypted, and to whom. */
export interface SetEncryption {
  readonly format: EncryptionFormat;
  readonly receivers: readonly string[];
}

/** A contiguous range of the original and where its frame lies in its chunk. Bytes. */
export interface Frame {
  readonly offset: number;
  readonly length: number;
  readonly packedOffset: number;
  readonly packedLength: number;
}

/** One file of the set. */
export interface Chunk {
  readonly name: string;
  /** Of the file, as is its digest. */
  readonly bytes: number;
  readonly sha256: string;
  /** Of an encrypted chunk: how many bytes it decrypts to. The frames lie in those. */
  readonly plainBytes?: number;
  readonly frames: readonly Frame[];
}

/** A range of the original, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** How finished chunks were read again: past the page cache, through it, or not at all. */
export const readBackKinds = ['direct', 'cached', 'none'] as const;
export type ReadBackKind = (typeof readBackKinds)[number];

/** What was split. */
export interface Original {
  readonly name: string;
  readonly sourceName: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly modifiedAt?: string;
  readonly dump?: DumpLabel;
  readonly filter?: { readonly command: readonly string[]; readonly inputBytes: number };
  readonly unreadable?: readonly ByteRange[];
}

/** What a recogniser said about the original, as far as a receiver wants to know. */
export interface DumpLabel {
  readonly format: string;
  readonly level?: number;
  readonly completeness: RecognisedDump['completeness'];
  readonly pageCompression?: PageCompression;
  readonly problems: readonly string[];
}

/** A finished set, as its manifest tells it. */
export interface ChunkSet {
  readonly setId: string;
  readonly case?: string;
  /** Whose data it is. */
  readonly owner?: string;
  readonly host: string;
  readonly createdAt: string;
  readonly writer: string;
  readonly chunkBytes: number;
  readonly level: number;
  readonly readBack: ReadBackKind;
  readonly encryption?: SetEncryption;
  readonly original: Original;
  readonly chunks: readonly Chunk[];
}

/** The largest a frame of so many bytes can be when packed: zstd's worst case (ZSTD_compressBound) and some room. */
export function packedBound(length: number): number {
  return length + Math.floor(length / 128) + 1024;
}
