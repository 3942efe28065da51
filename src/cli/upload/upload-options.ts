import { checkedCase } from '../../chunks/names.ts';
import { SonaeError } from '../../model/error.ts';
import { parseSize } from '../../std/units.ts';
import type { GlobalOptions } from '../global-options.ts';

/** The options of `upload` as commander gives them. */
export interface UploadFlags extends GlobalOptions {
  readonly to?: string;
  readonly case?: string;
  readonly owner?: string;
  readonly config?: string;
  readonly resume?: boolean;
  readonly receipt?: string;
  readonly readBack?: boolean;
  readonly limitRate?: string;
  readonly unredacted?: boolean;
  readonly dryRun?: boolean;
}

/** Checks what can be checked without looking at anything; throws E_USAGE. */
export function checkUploadFlags(paths: readonly string[], flags: UploadFlags): void {
  if (flags.case !== undefined) checkedCase(flags.case);
  rateFrom(flags);
  if (flags.receipt === undefined || paths.length === 1) return;
  throw new SonaeError('E_USAGE', '--receipt is for one path, and there are several', {
    hint: 'Without it, each has its receipt beside it.',
  });
}

/** `--limit-rate`: bytes in a second. */
export function rateFrom({ limitRate }: UploadFlags): number | undefined {
  if (limitRate === undefined) return undefined;
  const rate = parseSize(limitRate);
  if (rate !== undefined) return rate;
  throw new SonaeError('E_USAGE', `--limit-rate ${limitRate}: not a size`, {
    hint: 'Bytes in a second: 500K, 2M, 1000000.',
  });
}
