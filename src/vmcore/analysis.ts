import type { Fact } from '../model/fact.ts';
import type { CrashReport } from './crash/crash-report.ts';
import type { Trouble } from './crash/earlier-trouble.ts';
import type { DeepAnalysis } from './deep-analysis.ts';
import type { DumpIdentity } from './format/dump-identity.ts';
import type { CpuRegisters } from './format/registers.ts';
import type { SystemFacts } from './kernel/system-facts.ts';
import type { KernelLog } from './log/log.ts';

/** One of the files given. */
export interface AnalysedFile {
  readonly name: string;
  readonly size: number;
  readonly identity: DumpIdentity;
}

/** What other tools read instead of what we read, and the command that makes it. */
export interface ToolInput {
  readonly files: readonly string[];
  /** To be run before; undefined where the files are ready. */
  readonly command: string | undefined;
}

/** Everything found out about a dump. Each part stands by itself: what could not be read says why. */
export interface Analysis {
  readonly files: readonly AnalysedFile[];
  /** About the files together: missing parts, missing chunks. */
  readonly problems: readonly string[];
  /** Files that were given and not used: they are no part of this dump. */
  readonly leftOut: readonly string[];
  /** What crash and drgn are given. */
  readonly toolInput: ToolInput;
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
