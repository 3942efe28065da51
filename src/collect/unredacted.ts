import type { Redactor } from '../model/redaction.ts';

const nothing = Buffer.alloc(0);

/** Masks nothing: for `--no-redact`, whose result is named UNREDACTED. */
export const unredacted: Redactor = {
  rules: 'none',
  open: () => ({ write: (chunk) => chunk, end: () => nothing, hits: new Map() }),
  name: (path) => path,
};
