import type { RedactionStream } from '../model/redaction.ts';

/** For evidence that was decided to be kept without masking. */
export const asItIs: RedactionStream = {
  write: (chunk) => chunk,
  end: () => Buffer.alloc(0),
  hits: new Map(),
};
