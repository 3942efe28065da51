import { formatDuration } from '../std/units.ts';
import type { Sending } from './sending.ts';
import { refuseAborted } from './stopped.ts';

/** Says why something is tried again, and waits until then. */
export async function waitAndTell(sending: Sending, why: string, afterMs: number): Promise<void> {
  const message = `${why}; trying again in ${formatDuration(afterMs)}`;
  sending.reporter.emit({ type: 'notice', message });
  sending.progress.doing('waiting');
  await sending.pause(afterMs);
  refuseAborted(sending);
}
