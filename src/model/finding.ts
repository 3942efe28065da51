/** How much a finding matters. */
export const severities = ['info', 'warn', 'fail'] as const;
export type Severity = (typeof severities)[number];

/** What a check came to. `unknown` is neither pass nor fail: the machine could not be asked. */
export const findingStates = ['pass', 'warn', 'fail', 'skip', 'unknown'] as const;
export type FindingState = (typeof findingStates)[number];

/** What a finding rests on: a path or command, and the value seen there. */
export interface FindingEvidence {
  readonly from: string;
  readonly value: string;
}

/** The result of one check, for people and for scripts. */
export interface Finding {
  /** Stable id that users grep for, such as `kdump/crashkernel-too-small`. */
  readonly id: string;
  readonly state: FindingState;
  readonly severity: Severity;
  /** One sentence: what is so. */
  readonly says: string;
  /** Why it matters when the machine panics. */
  readonly why: string;
  readonly evidence: readonly FindingEvidence[];
  /** Exact commands for this distribution family; printed, never run. */
  readonly fix: readonly string[];
}
