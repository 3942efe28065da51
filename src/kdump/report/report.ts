import type { FindingEvidence, FindingState } from '../../model/finding.ts';
import type { Group, Weight } from '../checks/check.ts';
import type { Purpose } from '../facts.ts';
import type { ReservationEstimate } from '../machine/reservation.ts';
import type { SizePrediction } from '../predict/size.ts';
import type { TimePrediction } from '../predict/time.ts';

/** Will this machine give a usable dump tonight? */
export const verdicts = ['ready', 'at risk', 'not ready', 'unproven'] as const;
export type Verdict = (typeof verdicts)[number];

/** One finding of a report: a check and what it came to here. */
export interface KdumpFinding {
  readonly id: string;
  readonly group: Group;
  readonly state: FindingState;
  readonly weight: Weight;
  readonly title: string;
  readonly says: string;
  readonly why: string;
  readonly evidence: readonly FindingEvidence[];
  readonly fix: readonly string[];
  /** True for a question to an image that only a run on the machine itself can answer. */
  readonly isLeftToRunning?: boolean;
}

/** Somebody outside the machine can take its memory: how. */
export interface OutsideDump {
  readonly platform: string;
  readonly who: string;
  readonly commands: readonly string[];
  readonly trigger: readonly string[];
  readonly note: string;
}

/** A whole report; docs/formats/kdump-report.md. */
export interface KdumpReport {
  readonly format: 'sonae-kdump-report';
  readonly version: 1;
  readonly sonae: string;
  readonly checkedAt: string;
  readonly purpose: Purpose;
  readonly host: {
    readonly name: string;
    readonly kernel: string;
    readonly architecture: string;
    readonly platform: string;
    readonly container: string | undefined;
    readonly tooling: string;
    readonly isLive: boolean;
    readonly isRoot: boolean;
    readonly ramBytes: number | undefined;
  };
  readonly verdict: Verdict;
  /** One sentence why. */
  readonly because: string;
  readonly counts: Readonly<Record<FindingState, number>>;
  readonly crashkernel: {
    readonly word: string | undefined;
    readonly requestedBytes: number | undefined;
    readonly reservedBytes: number | undefined;
  };
  readonly target: {
    readonly kind: string;
    readonly where: string | undefined;
    readonly path: string;
    readonly freeBytes: number | undefined;
  };
  readonly prediction: SizePrediction | undefined;
  readonly time: TimePrediction | undefined;
  readonly reservation: ReservationEstimate | undefined;
  /** Pieces of `split` that the likely dump makes. */
  readonly pieces:
    | { readonly bytes: number; readonly count: number; readonly highCount: number }
    | undefined;
  readonly rehearsal: {
    readonly state: 'none' | 'unreadable' | 'failed' | 'valid' | 'expired' | 'invalidated';
    readonly verifiedAt: string | undefined;
    readonly changed: readonly string[];
  };
  readonly captureCmdline: string;
  /** Why no crash kernel can ever be loaded here; most checks are then skipped. */
  readonly impossible: string | undefined;
  readonly outside: OutsideDump | undefined;
  readonly findings: readonly KdumpFinding[];
}
