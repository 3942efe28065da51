import { chunkBytesOf, defaultChunkBytes, sizePresets } from '../../chunks/size-presets.ts';
import { levels } from '../../chunks/zstd-level.ts';
import { SonaeError } from '../../model/error.ts';
import type { EncryptionOptions } from '../encryption/encryption-options.ts';
import type { GlobalOptions } from '../global-options.ts';

/** The options of `split` as commander gives them. */
export interface SplitFlags extends GlobalOptions, EncryptionOptions {
  readonly size?: string;
  readonly level?: string;
  readonly output?: string;
  readonly case?: string;
  readonly owner?: string;
  readonly name?: string;
  readonly jobs?: string;
  readonly filter?: string;
  readonly resume?: boolean;
  readonly readBack: boolean;
  readonly skipBad?: boolean;
  readonly ignoreSpace?: boolean;
  readonly priority: string;
}

/** `--size`, or the default. */
export function chunkBytesFrom({ size }: SplitFlags): number {
  return size === undefined ? defaultChunkBytes : chunkBytesOf(size);
}

/** `--level`; undefined when it was not given. */
export function levelFrom({ level }: SplitFlags): number | undefined {
  return wholeBetween(level, '--level', levels.lowest, levels.highest);
}

// One SHA-256 runs on one processor, at about 1.5 GB/s; more than this many threads at level 3 would wait for it.
const mostUsefulJobs = 6;
const mostJobs = 64;

/** `--jobs`, or the processors that are really available. */
export function jobsFrom({ jobs }: { readonly jobs?: string }, processors: number): number {
  return wholeBetween(jobs, '--jobs', 1, mostJobs) ?? Math.min(processors, mostUsefulJobs);
}

/** `--filter`: a dump level of makedumpfile. */
export function filterFrom({ filter }: SplitFlags): number | undefined {
  return wholeBetween(filter, '--filter', 1, 31);
}

/** The table of `--size list`. */
export function presetTable(): string {
  const rows = sizePresets.map(
    ({ name, bytes, what }) => `${name.padEnd(8)}${String(bytes).padStart(12)}  ${what}`,
  );
  return `${rows.join('\n')}\n\nOr any size: 500M, 1G (powers of 1024), 1000000000. Default: redhat.\n`;
}

function wholeBetween(
  text: string | undefined,
  option: string,
  lowest: number,
  highest: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  throw new SonaeError('E_USAGE', `${option} ${text}: expected ${lowest} to ${highest}`);
}
