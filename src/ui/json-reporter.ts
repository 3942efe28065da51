import type { Event, Reporter } from '../model/event.ts';

/** Events as JSON Lines on stderr, each with `type` and `at`: for `--json`. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    emit(event: Event) {
      write(`${JSON.stringify({ ...event, at: new Date().toISOString() })}\n`);
    },
  };
}
