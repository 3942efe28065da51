import type { EncryptionOptions } from '../encryption/encryption-options.ts';

/** Options of `sonae clean` as commander gives them. */
export interface CleanOptions extends EncryptionOptions {
  readonly verify?: boolean;
  readonly map?: string;
  readonly keyword: readonly string[];
  readonly output?: string;
  readonly format: string;
  readonly keepNames?: boolean;
  readonly keepMacVendor?: boolean;
  readonly mapPassphraseFile?: string;
}
