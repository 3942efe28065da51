import type { Step } from '../model/plan.ts';
import type { EvidenceDecision } from '../model/redaction.ts';
import type { FoundEntry } from '../model/system.ts';
import type { TakeContext } from './take-context.ts';

/** So many bytes decide what kind of file it is. */
export const headBytes = 4096;

/**
 * Decides from its first bytes how a file is taken. What the kernel makes up as it is read is text, or comes along whole
 * with the search when it is small.
 */
export async function judgeFile(
  step: Step,
  entry: FoundEntry,
  storedPath: string,
  { system, sink }: TakeContext,
): Promise<EvidenceDecision> {
  if (entry.content !== undefined)
    return sink.judge(storedPath, entry.content.subarray(0, headBytes));
  if (isOfKernel(entry.path)) return { action: 'mask' };
  const head = await system.readFile(entry.path, {
    limitBytes: headBytes,
    timeoutMs: step.item.limits.timeMs,
    follow: false,
  });
  if (head.state !== 'known') return { action: 'mask' };
  const decision = sink.judge(storedPath, head.bytes);
  const written = writtenPart(head.bytes);
  if (decision.action !== 'drop' || step.item.keep !== 'tail' || written === undefined)
    return decision;
  // A log with a hole where it began, or soon after: what was written around the hole tells what it is.
  const end = await system.readFile(entry.path, {
    limitBytes: headBytes * 2,
    keep: 'tail',
    timeoutMs: step.item.limits.timeMs,
    follow: false,
  });
  const known = Buffer.concat([written, end.state === 'known' ? end.bytes : Buffer.alloc(0)]);
  const isText = known.length > 0 && sink.judge(storedPath, known).action === 'mask';
  return isText ? { action: 'mask' } : decision;
}

// What stands in a head before zeros that go on to its end; undefined when they do not.
function writtenPart(head: Buffer): Buffer | undefined {
  const start = head.indexOf(0);
  const isHole = start >= 0 && head.length === headBytes && !head.subarray(start).some(Boolean);
  return isHole ? head.subarray(0, start) : undefined;
}

/** Whether the kernel makes up what is in a file, as it is read. */
export function isOfKernel(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/');
}
