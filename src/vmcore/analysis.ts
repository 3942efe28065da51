import type { Fact } from '../model/fact.ts';
import type { CrashReport } from './crash-report.ts';
import type { DeepAnalysis } from './deep-analysis.ts';
import type { DumpIdentity } from './dump-identity.ts';
import type { Trouble } from './earlier-trouble.ts';
import type { KernelLog } from './kernel-log.ts';
import type { CpuRegisters } from './registers.ts';
import type { SystemFacts } from './system-facts.ts';

/** One of the files given. */
export interface AnalysedFile {
  readonly name: string;
  readonly size: number;
  readonly identity: DumpIdentity;
}

/** Everything found out about a dump. Each part stands by itself: what could not be read says why. */
export interface Analysis {
  readonly files: readonly AnalysedFile[];
  /** About the files together: missing parts, foreign parts. */
  readonly problems: readonly string[];
  readonly system: SystemFacts;
  readonly log: Fact<KernelLog>;
  /** `absent` when the log records no crash. */
  readonly crash: Fact<CrashReport>;
  readonly earlier: readonly Trouble[];
  readonly cpus: readonly CpuRegisters[];
  readonly isQemu: boolean;
  readonly isXen: boolean;
  /** VMCOREINFO's _stext, against which bare addresses can be told. */
  readonly textStart: bigint | undefined;
  readonly deep: DeepAnalysis | undefined;
}
