import type { DumpRecogniser, RecognisedDump } from '../../model/dump.ts';
import { identifyDump } from './identify.ts';

/** The view of a dump that other rooms need; undefined when the bytes are no dump that is known. */
export const recogniseDump: DumpRecogniser = (source) => {
  const { identity } = identifyDump(source);
  if (identity.format === 'unknown') return undefined;
  const { format, dumpLevel, completeness, pageCompression, problems } = identity;
  return { format, dumpLevel, completeness, pageCompression, problems } satisfies RecognisedDump;
};
