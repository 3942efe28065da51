import type { Reporter } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import type { ArchiveWriter } from './archive/archive-writer.ts';
import type { EvidenceSink } from './evidence-sink.ts';
import type { ScheduleListener } from './run-steps.ts';

/** Before this part of the steps is done, the pace says nothing. */
const leastShare = 0.1;

/** Tells after each step how far the run is: steps, bytes, what runs now, and the time left at the pace until now. */
export function collectProgress(
  { total, timeLimitMs }: { readonly total: number; readonly timeLimitMs: number },
  reporter: Reporter,
  sink: EvidenceSink,
  archive: ArchiveWriter,
): ScheduleListener {
  const running = new Set<Step>();
  let done = 0;
  const remainingMs = () => {
    if (done < total * leastShare || done === total) return {};
    const elapsed = sink.elapsedMs();
    return {
      remainingMs: Math.min((elapsed / done) * (total - done), Math.max(0, timeLimitMs - elapsed)),
    };
  };
  const current = () => {
    if (running.size > 0) return [...running].map(({ id }) => id).join(', ');
    return done < total
      ? 'waiting for the next sample'
      : 'what was taken is put together and read back';
  };
  const report = () =>
    reporter.emit({
      type: 'progress',
      unit: 'items',
      done,
      total,
      ...remainingMs(),
      current: current(),
      bytes: archive.written,
    });
  return {
    onStart(step) {
      running.add(step);
      report();
    },
    onEnd(step) {
      running.delete(step);
      done += 1;
      report();
    },
  };
}
