import type { ExitCode } from '../../model/exit-code.ts';
import type { DecryptionOptions } from '../encryption/encryption-options.ts';
import type { Ownership } from '../ownership.ts';

/** Options of `sonae verify` as commander gives them. */
export interface VerifyFlags extends DecryptionOptions, Ownership {
  readonly jobs?: string;
}

/** What the check of one thing has shown. */
export interface Verified {
  readonly exitCode: ExitCode;
  /** For `--json`. */
  readonly report: object;
  readonly text: string;
}
