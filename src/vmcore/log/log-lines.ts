import type { LogLine } from '../crash/call-trace.ts';
import type { LogRecord } from './log.ts';

/** Longest piece of one line that reports are parsed from; "Modules linked in" is the longest that matters. */
const lineLimit = 16_384;

/** The log as single lines: a record may hold several. */
export function splitLines(records: readonly LogRecord[]): LogLine[] {
  return records.flatMap(({ text, microseconds }) =>
    text.length <= lineLimit && !text.includes('\n')
      ? [{ text, microseconds }]
      : text.split('\n').map((line) => ({ text: line.slice(0, lineLimit), microseconds })),
  );
}
