import type { Fact } from '../../model/fact.ts';
import type { FindingEvidence, FindingState } from '../../model/finding.ts';
import type { Machine } from '../machine/machine.ts';

/** How much a check matters: critical means no dump at all, high a dump likely lost or unusable. */
export const weights = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Weight = (typeof weights)[number];

/** Subjects of the catalogue, in the order of a report. */
export const groups = [
  'kernel',
  'reservation',
  'loaded',
  'configuration',
  'initrd',
  'target',
  'triggers',
  'watchdogs',
  'cluster',
  'environment',
  'shipping',
  'rehearsal',
] as const;
export type Group = (typeof groups)[number];

/** What one check came to. */
export interface CheckOutcome {
  readonly state: FindingState;
  readonly says: string;
  readonly evidence?: readonly FindingEvidence[];
  /** Replaces the check's own fix. */
  readonly fix?: readonly string[];
  /** True for what no image can tell: a run on the machine itself will. */
  readonly isLeftToRunning?: boolean;
}

/** One check of the catalogue: declared as data, evaluated on the machine's facts alone. */
export interface Check {
  /** Stable; users grep for it. */
  readonly id: string;
  readonly group: Group;
  readonly weight: Weight;
  /** What it holds to be so, as a sentence. */
  readonly title: string;
  /** What happens at a panic when it is not so. */
  readonly why: string;
  /** What is looked at, for the page of the check. */
  readonly reads: string;
  /** True when a mounted image can answer it. */
  readonly isStatic?: boolean;
  /** Exact commands, never run. */
  readonly fix?: (machine: Machine) => readonly string[];
  readonly evaluate: (machine: Machine) => CheckOutcome;
}

/** Outcomes, by their states. */
export function pass(says: string, ...evidence: readonly FindingEvidence[]): CheckOutcome {
  return { state: 'pass', says, evidence };
}
/** Something is not as it should be, and the dump may suffer. */
export function warn(says: string, ...evidence: readonly FindingEvidence[]): CheckOutcome {
  return { state: 'warn', says, evidence };
}
/** Something is certainly wrong. */
export function fail(says: string, ...evidence: readonly FindingEvidence[]): CheckOutcome {
  return { state: 'fail', says, evidence };
}
/** Does not apply here; says why. */
export function skip(says: string, ...evidence: readonly FindingEvidence[]): CheckOutcome {
  return { state: 'skip', says, evidence };
}
/** Skips what makes no sense without the tools. */
export const noTooling: CheckOutcome = {
  state: 'skip',
  says: 'no kdump tooling is installed',
  evidence: [],
};
/** What no image can tell; a run on the machine itself will. */
export const onlyRunning: CheckOutcome = {
  state: 'unknown',
  says: 'only the running machine can tell',
  evidence: [],
  isLeftToRunning: true,
};
/** Could not be told, as an image never can. */
export function untold({ hasKernelState }: Machine, says: string): CheckOutcome {
  return hasKernelState ? unknown(says) : onlyRunning;
}
/** Could not be told; says what would let it be. */
export function unknown(says: string, ...evidence: readonly FindingEvidence[]): CheckOutcome {
  return { state: 'unknown', says, evidence };
}

/** A piece of evidence. */
export function seen(from: string, value: string | number): FindingEvidence {
  return { from, value: String(value).slice(0, 400) };
}

/** The outcome for a fact that is not known: unknown with the reason. */
export function notKnown(fact: Fact<unknown>, what: string): CheckOutcome {
  switch (fact.state) {
    case 'unreadable':
      return unknown(`${what} could not be read from ${fact.from}: ${fact.why}`);
    case 'absent':
      return unknown(`${what} is not told by this machine: ${fact.from} is not there`);
    case 'known':
      return unknown(`${what} is not understood: ${fact.from}`);
    default:
      return fact satisfies never;
  }
}
