import type { Original } from '../../chunks/chunk-set.ts';
import type { RecognisedDump } from '../../model/dump.ts';
import type { InputFile } from '../../model/storage.ts';

/** What is split: the bytes, and what is known about them. */
export interface SplitSource {
  readonly input: InputFile;
  /** Its name as people know it. */
  readonly name: string;
  readonly dump?: RecognisedDump;
  readonly filter?: Original['filter'];
  /** Throws when the result would be written onto what is being read. */
  readonly checkTarget: (folder: string) => Promise<void>;
  /** To be called at the end of the bytes: throws when they did not end well. */
  readonly finish: () => Promise<void>;
}
