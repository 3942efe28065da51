import type { OutcomeState } from './outcome.ts';

/** The version of docs/formats/bundle.md that we write; readers refuse greater ones. */
export const bundleFormatVersion = 1;

/** What a record was taken from. */
export type RecordSource =
  | { readonly command: readonly string[] }
  | { readonly file: string }
  | { readonly builtin: string };

/** One piece of evidence in the manifest: what was asked for and what became of it. */
export interface BundleRecord {
  readonly step: string;
  readonly source?: RecordSource;
  /** Place in the archive, below the top folder. */
  readonly path?: string;
  /** Target, where the path is a symbolic link. */
  readonly link?: string;
  readonly state: OutcomeState;
  readonly reason?: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly bytes: number;
  readonly sha256?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly fallbackFor?: readonly string[];
  /** How it was taken, where that is not simply as text: unpacked, converted, kept without masking. */
  readonly note?: string;
  /** No text, so it did not pass the redaction. */
  readonly unmasked?: true;
  /** How often each rule masked something in it; absent where none did. Never values. */
  readonly masked?: Readonly<Record<string, number>>;
}

/** Why a run ended. */
export type BundleEnd = 'complete' | 'interrupted' | 'time-limit' | 'no-space' | 'max-size';

/** Which machine a bundle is of. */
export interface HostIdentity {
  readonly name: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly os: string;
  readonly family?: string;
  readonly bootId: string;
  readonly uptimeSeconds: number;
  /** What contains us, when sonae runs in a container. */
  readonly container?: string;
}

/** One difference between the machine before and after the run. */
export interface FingerprintChange {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** What the run itself cost the machine. */
export interface RunCost {
  readonly cpuSeconds: number;
  /** Absent where /proc is not there to tell. */
  readonly childCpuSeconds?: number;
  readonly peakResidentBytes: number;
  readonly childrenStarted: number;
  readonly childrenAbandoned: number;
  readonly bytesWritten: number;
}

/** `sonae/manifest.json` of a bundle (docs/formats/bundle.md). */
export interface BundleManifest {
  readonly format: 'sonae-bundle';
  readonly version: number;
  readonly sonae: string;
  readonly id: string;
  readonly case?: string;
  /** Whose data it is. */
  readonly owner?: string;
  readonly host: HostIdentity;
  readonly options: Readonly<Record<string, unknown>>;
  readonly profiles: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly ended: BundleEnd;
  readonly isPartial: boolean;
  readonly redaction: { readonly rules: string; readonly hits: Readonly<Record<string, number>> };
  readonly totals: Readonly<Record<string, number>>;
  readonly records: readonly BundleRecord[];
  readonly fingerprint: {
    readonly before: Readonly<Record<string, string>>;
    readonly after: Readonly<Record<string, string>>;
    readonly changes: readonly FingerprintChange[];
  };
  readonly cost: RunCost;
}
