import { printable } from '../std/printable.ts';

/** One thing wrong with a profile file, at a place an editor can jump to. */
export interface ProfileProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  /** Nearest valid word, or what to write instead. */
  readonly hint?: string;
}

/** Where something stands in a profile file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `file:line:column: message (hint)`, the form editors and compilers share. */
export function renderProblem({ file, line, column, message, hint }: ProfileProblem): string {
  return printable(
    `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
}

/** Problems in the order of the file. */
export function sortProblems(problems: readonly ProfileProblem[]): ProfileProblem[] {
  return [...problems].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
