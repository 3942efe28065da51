import type { ByteSource } from '../../model/byte-source.ts';
import type { RecognisedDump } from '../../model/dump.ts';
import type { ElfHeader } from './elf-header.ts';
import type { KdumpPart } from './kdump-memory.ts';
import type { Note } from './notes.ts';

/** A line of what the headers say, for people. */
export interface HeaderFact {
  readonly label: string;
  readonly value: string;
}

/** What a file is, as far as its headers tell. */
export interface DumpIdentity extends RecognisedDump {
  /** The format in words: `kdump-compressed, header version 6`. */
  readonly title: string;
  /** uname -m of the dumped machine, when a header says. */
  readonly machine: string | undefined;
  readonly release: string | undefined;
  /** Whether the memory of processes is inside; undefined when no header tells. */
  readonly hasUserPages: boolean | undefined;
  readonly facts: readonly HeaderFact[];
  /** What to do with it: sentences and command lines. */
  readonly advice: readonly string[];
}

/** The part of a dump whose memory we can read; absent for formats that are only named. */
export type DumpBody =
  | {
      readonly kind: 'elf';
      readonly source: ByteSource;
      readonly header: ElfHeader;
      readonly notes: readonly Note[];
    }
  | { readonly kind: 'kdump'; readonly source: ByteSource; readonly part: KdumpPart };

/** An identified file: always an answer, sometimes with memory behind it. */
export interface IdentifiedDump {
  readonly identity: DumpIdentity;
  readonly body: DumpBody | undefined;
}

/** An identity with nothing known but its format; the identifiers fill in the rest. */
export function blankIdentity(format: string, title: string): DumpIdentity {
  return {
    format,
    title,
    dumpLevel: undefined,
    completeness: 'unknown',
    pageCompression: 'unknown',
    machine: undefined,
    release: undefined,
    hasUserPages: undefined,
    problems: [],
    facts: [],
    advice: [],
  };
}
