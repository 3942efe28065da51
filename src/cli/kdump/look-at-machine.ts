import type { Facts, Purpose } from '../../kdump/facts.ts';
import type { KdumpReport } from '../../kdump/report/report.ts';
import type { System } from '../../model/system.ts';

/** What is asked of a machine, and how much it may cost. */
export interface Look {
  readonly purpose?: Purpose;
  /** Read the flags of every page of RAM, twice; root on the running machine only. */
  readonly isPredicting: boolean;
  readonly isAskingTarget?: boolean;
  readonly signal: AbortSignal;
}

/** Gathers the facts of a machine or an image and checks them. */
export async function lookAtMachine(
  system: System,
  { purpose = 'server', isPredicting, isAskingTarget = false, signal }: Look,
): Promise<{ readonly facts: Facts; readonly report: KdumpReport }> {
  const { openFileSource } = await import('../../host/file-source.ts');
  const { gatherFacts } = await import('../../kdump/gather/gather.ts');
  const { checkMachine } = await import('../../kdump/check-machine.ts');
  const { version } = await import('../version.ts');
  const facts = await gatherFacts(system, {
    purpose,
    isPredicting: isPredicting && system.isLive && system.uid === 0,
    openKernelMemory: () => openFileSource('/proc/kcore'),
    isAskingTarget,
    nowMs: Date.now(),
    signal,
  });
  return { facts, report: checkMachine(facts, version()) };
}
