import type { LogLine } from './call-trace.ts';

/** The first line that a pattern matches. */
export function firstMatch(
  lines: readonly LogLine[],
  pattern: RegExp,
): RegExpExecArray | undefined {
  for (const { text } of lines) {
    const match = pattern.exec(text);
    if (match) return match;
  }
  return undefined;
}
