import { formatDuration } from '../std/units.ts';
import type { Sending } from './sending.ts';

/** Says why something is tried again, and waits until then. */
export async function waitAndTell(
  { reporter, pause }: Sending,
  why: string,
  afterMs: number,
): Promise<void> {
  const message = `${why}; trying again in ${formatDuration(afterMs)}`;
  reporter.emit({ type: 'notice', message });
  await pause(afterMs);
}
