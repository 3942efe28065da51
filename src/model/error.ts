import type { ExitCode } from './exit-code.ts';

/** Stable codes that users grep for, and the exit status each ends in. Never renamed, only retired. */
export const errorCodes = {
  E_USAGE: 2,
  E_PROFILE: 2,
  E_INPUT_ABSENT: 2,
  E_PARTIAL: 3,
  E_SECRET_FOUND: 4,
  E_INTEGRITY: 5,
  E_FORMAT: 5,
  E_INPUT_CHANGED: 5,
  E_NO_SPACE: 6,
  E_PERMISSION: 6,
  E_EXISTS: 6,
  E_REFUSED: 6,
  E_NO_TOOL: 6,
  E_REMOTE: 7,
  E_INTERRUPTED: 130,
  E_TERMINATED: 143,
} as const satisfies Record<string, ExitCode>;

/** One of the stable error codes. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * Thrown when a whole command cannot do what was asked; caught in one place, `cli/main.ts`.
 * `message` says what, which path and how far; `hint` says what to do next. Anything else thrown is a bug.
 */
export class SonaeError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SonaeError';
    this.code = code;
    this.hint = options.hint;
  }
}
