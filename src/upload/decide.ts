import type { FailureReason, RemoteFailure } from '../model/remote.ts';

/** What is done after a failure. */
export type Decision =
  | { readonly do: 'again'; readonly afterMs: number }
  | { readonly do: 'make-folder' }
  | { readonly do: 'give-up' };

/** What is known when the decision is made. */
export interface Situation {
  /** Tries of this file in this run, from 1. */
  readonly attempt: number;
  readonly mostAttempts: number;
  /** There is a folder of ours that may be missing, and it was not asked for yet. */
  readonly canMakeFolder: boolean;
}

/** Tries of one file. With the pauses between them, a remote that is started anew is back by then. */
export const mostAttempts = 6;
/** Tries of a question, and of a name that nobody knows: more likely a slip of the fingers than something that passes. */
export const fewAttempts = 3;

const mayPass: ReadonlySet<FailureReason> = new Set([
  'unresolved',
  'unreachable',
  'silent',
  'broken-off',
  'busy',
]);

const tookNone: ReadonlySet<FailureReason> = new Set([
  'unresolved',
  'unreachable',
  'login',
  'forbidden',
  'no-place',
  'not-offered',
  'redirected',
  'untrusted',
  'insecure',
  'no-protocol',
]);

const firstPauseMs = 1000;
const longestPauseMs = 60_000;
// A remote may ask for more than we doubled up to, but nobody waits for it all night.
const longestAskedMs = 5 * 60_000;

/** Whether what failed is done again: only where that can help. */
export function decide(failure: RemoteFailure, situation: Situation): Decision {
  const { reason, retryAfterMs = 0 } = failure;
  if (reason === 'no-place' && situation.canMakeFolder) return { do: 'make-folder' };
  const most = reason === 'unresolved' ? fewAttempts : situation.mostAttempts;
  if (!mayPass.has(reason) || situation.attempt >= most) return { do: 'give-up' };
  return {
    do: 'again',
    afterMs: Math.max(pauseBefore(situation.attempt), Math.min(retryAfterMs, longestAskedMs)),
  };
}

/** Whether it is certain that no byte of the file is there. */
export function tookNothing({ reason }: RemoteFailure): boolean {
  return tookNone.has(reason);
}

/** How long to wait after so many tries. */
export function pauseBefore(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
}
