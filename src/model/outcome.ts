/** What became of one piece of evidence. Every item that was asked for ends in exactly one of these. */
export const outcomeStates = [
  'collected', // whole
  'truncated', // bytes are there, but not all; the reason says which part was kept
  'empty', // asked and answered with nothing
  'absent', // no such file or command on this machine
  'denied', // permission
  'not-applicable', // not this family, kernel or hardware
  'skipped', // a guard or an option said no
  'failed', // an error while taking it
  'timed-out', // killed at a limit; what came until then is kept
  'abandoned', // could not be killed (D state); we went on without it
] as const;

/** One of the ends an item can come to. */
export type OutcomeState = (typeof outcomeStates)[number];

/** The states in which something asked for is missing: they make a run partial (exit 3). */
export const missingStates: ReadonlySet<OutcomeState> = new Set([
  'denied',
  'failed',
  'timed-out',
  'abandoned',
]);

/** How one piece of evidence was taken and what came of it. */
export interface Outcome {
  readonly state: OutcomeState;
  /** For people; absent when `collected`. */
  readonly reason?: string;
  readonly durationMs: number;
  /** Bytes as stored, after redaction. */
  readonly bytes: number;
  /** Hex digest of the bytes as stored; absent where there are none. */
  readonly sha256?: string;
  readonly exitCode?: number;
  readonly signal?: string;
}
