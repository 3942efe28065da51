/** Options of `sonae clean` as commander gives them. */
export interface CleanOptions {
  readonly verify?: boolean;
  readonly map?: string;
  readonly keyword: readonly string[];
  readonly output?: string;
  readonly format: string;
  readonly keepMacVendor?: boolean;
  readonly passphraseFile?: string;
}
