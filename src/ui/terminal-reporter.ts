import chalk from 'chalk';
import ora from 'ora';
import type { Event, Reporter } from '../model/event.ts';
import { printable } from '../std/printable.ts';
import { progressText } from './progress-text.ts';

/** One calm line on a terminal that shows what is happening; everything else scrolls above it. */
export function terminalReporter(stream: NodeJS.WriteStream): Reporter & { stop(): void } {
  // discardStdin would put the terminal in raw mode: Ctrl-C must stay a signal.
  const spinner = ora({ stream, discardStdin: false, hideCursor: true });
  const above = (text: string) => {
    const isSpinning = spinner.isSpinning;
    if (isSpinning) spinner.clear();
    stream.write(`${text}\n`);
    if (isSpinning) spinner.render();
  };
  return {
    emit(event: Event) {
      switch (event.type) {
        case 'plan':
        case 'notice':
          above(printable(event.message));
          break;
        case 'warning':
          above(`${chalk.yellow('warning:')} ${printable(event.message)}`);
          if (event.hint) above(`  ${printable(event.hint)}`);
          break;
        case 'progress':
          spinner.text = shorten(progressText(event), (stream.columns ?? 80) - 3);
          if (!spinner.isSpinning) spinner.start();
          break;
        case 'item':
          break;
        default:
          event satisfies never;
      }
    },
    stop() {
      spinner.stop();
    },
  };
}

function shorten(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;
}
