import type { ByteSource } from './byte-source.ts';

/** How the pages inside a dump are stored; decides how much a second compression can gain. */
export const pageCompressions = ['none', 'zlib', 'lzo', 'snappy', 'zstd', 'unknown'] as const;
export type PageCompression = (typeof pageCompressions)[number];

/** What a crash dump is, told from its headers alone. */
export interface RecognisedDump {
  /** For people and for the manifest: `elf64-core`, `kdump-compressed`, `flattened`, `empty`, ... */
  readonly format: string;
  /** makedumpfile's filter (0 to 31); undefined when the format does not say. */
  readonly dumpLevel: number | undefined;
  /** `unknown` is not complete. */
  readonly completeness: 'complete' | 'incomplete' | 'unknown';
  readonly pageCompression: PageCompression;
  /** One sentence each, for people: what is missing or odd. */
  readonly problems: readonly string[];
}

/**
 * Tells what a dump is from bounded reads of its headers; undefined when the bytes are no dump that is known.
 * Never throws on content. `split` is handed one by `cli`.
 */
export type DumpRecogniser = (source: ByteSource) => RecognisedDump | undefined;
