import type { Step } from '../model/plan.ts';
import type { System } from '../model/system.ts';
import type { EvidenceSink } from './evidence-sink.ts';
import type { RootLinks } from './root-links.ts';

/** What a taker is given: the machine, where evidence goes, and when to stop. */
export interface TakeContext {
  readonly system: System;
  readonly sink: EvidenceSink;
  readonly signal: AbortSignal;
  /** Epoch milliseconds; older logs are left out. */
  readonly sinceMs?: number;
  /** Factor of at most 1 on the byte limits of items, to fit `--max-size`. */
  readonly limitFactor: number;
  /** `/lib -> /usr/lib` and its like: files are stored where they really are. */
  readonly rootLinks: RootLinks;
  /** Archive paths of files taken already: two items may want the same file. */
  readonly taken: Set<string>;
  /** argv of the child that gives the hardware summary. */
  readonly hardwareSummaryArgv: readonly string[];
}

/** What a tight `--max-size` does not cut: tables of the kernel and short commands, which tell little in halves. */
const smallBytes = 64 * 1024;

/** Bytes an item may bring in this run. */
export function limitOf(step: Step, context: TakeContext): number {
  const { bytes } = step.item.limits;
  return Math.min(bytes, Math.max(smallBytes, Math.floor(bytes * context.limitFactor)));
}

/** Where samples after the first go: `sonae/samples/2/`; the first is where readers of sos reports look. */
export function samplePrefix(step: Step): string {
  return step.sample > 1 ? `sonae/samples/${step.sample}/` : '';
}
