import type { Fact } from '../model/fact.ts';
import type { FileStat } from '../model/system.ts';
import type { InitrdListing } from './initrd/parse-initrd.ts';
import type { ContentSample } from './pages/content-sample.ts';
import type { PageCensus } from './pages/page-census.ts';

/** A small file that was read. */
export interface TextFile {
  readonly text: string;
  readonly stat: FileStat;
  readonly isTruncated: boolean;
}

/** Space of the file system that holds a path. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
  readonly totalInodes: number;
}

/** A file found below the dump folder. */
export interface DumpFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly mode: number;
}

/** What came of logging in to an ssh target. */
export type TargetAnswer =
  | { readonly state: 'refused'; readonly says: string }
  | {
      readonly state: 'let in';
      /** The dump folder, or the nearest above it that is there. */
      readonly folder: string;
      readonly isWritable: boolean;
      readonly freeBytes: number;
      readonly totalBytes: number;
    };

/** Where the reader of a report uses the machine; decides how much some findings matter. */
export const purposes = ['server', 'ha', 'cloud'] as const;
export type Purpose = (typeof purposes)[number];

/** All that was asked of the machine, as plain data. Checks see nothing else. */
export interface Facts {
  readonly isLive: boolean;
  readonly isRoot: boolean;
  readonly nowMs: number;
  readonly purpose: Purpose;
  readonly files: ReadonlyMap<string, Fact<TextFile>>;
  /** Links followed. */
  readonly stats: ReadonlyMap<string, Fact<FileStat>>;
  /** Targets of links, as stored. */
  readonly links: ReadonlyMap<string, Fact<string>>;
  readonly folders: ReadonlyMap<string, Fact<readonly string[]>>;
  readonly spaces: ReadonlyMap<string, Fact<Space>>;
  readonly commands: ReadonlyMap<string, boolean | undefined>;
  /** Output of the few commands that were run, by their first word. */
  readonly outputs: ReadonlyMap<string, Fact<string>>;
  readonly wtmp: Fact<Buffer>;
  readonly initrd: Fact<InitrdListing>;
  readonly dumps: Fact<readonly DumpFile[]>;
  /** What an ssh target said; undefined when it was not asked. */
  readonly targetAnswer: Fact<TargetAnswer> | undefined;
  /** Two passes over the page flags, a moment apart; `unreadable` when not asked for. */
  readonly pages: Fact<readonly PageCensus[]>;
  /** How well the kernel's own pages compress; `unreadable` when the memory was not sampled. */
  readonly contents: Fact<ContentSample>;
}

/** A file's fact, or that it was never asked for. */
export function fileFact(facts: Facts, path: string): Fact<TextFile> {
  return facts.files.get(path) ?? { state: 'unreadable', from: path, why: 'was not asked for' };
}

/** Trimmed text of a small file; undefined when it is not known. */
export function textOf(facts: Facts, path: string): string | undefined {
  const fact = fileFact(facts, path);
  return fact.state === 'known' ? fact.value.text.trim() : undefined;
}

/** The first of several places at which a file is known; else the fact of the last. */
export function firstKnown(facts: Facts, paths: readonly string[]): Fact<TextFile> {
  let last: Fact<TextFile> = { state: 'absent', from: paths.join(', ') };
  let unreadable: Fact<TextFile> | undefined;
  for (const path of paths) {
    last = fileFact(facts, path);
    if (last.state === 'known') return last;
    if (last.state === 'unreadable') unreadable ??= last;
  }
  return unreadable ?? last;
}

/** What is known of a fact with `read` applied to its value. */
export function mapFact<From, To>(fact: Fact<From>, read: (value: From) => To): Fact<To> {
  return fact.state === 'known'
    ? { state: 'known', value: read(fact.value), from: fact.from }
    : fact;
}
