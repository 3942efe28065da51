import type { Event, Reporter } from '../model/event.ts';
import { printable } from '../std/printable.ts';

/** Only warnings, as plain lines: for `--quiet`. */
export function quietReporter(write: (text: string) => void): Reporter {
  return {
    emit(event: Event) {
      if (event.type === 'warning') write(`sonae: ${printable(event.message)}\n`);
    },
  };
}
