import type { Event, Reporter } from '../model/event.ts';
import { printable } from '../std/printable.ts';
import { progressText } from './progress-text.ts';

const progressEveryMs = 60_000;

/** Plain lines for a log or a pipe: no colour, no cursor movement, progress at most once a minute. */
export function plainReporter(
  write: (text: string) => void,
  now: () => number = Date.now,
): Reporter {
  let lastProgress = now();
  return {
    emit(event: Event) {
      switch (event.type) {
        case 'plan':
        case 'notice':
          write(`${printable(event.message)}\n`);
          break;
        case 'warning':
          write(`warning: ${printable(event.message)}\n`);
          if (event.hint) write(`  ${printable(event.hint)}\n`);
          break;
        case 'progress':
          if (now() - lastProgress < progressEveryMs) break;
          lastProgress = now();
          write(`${progressText(event)}\n`);
          break;
        case 'item':
          break;
        default:
          event satisfies never;
      }
    },
  };
}
