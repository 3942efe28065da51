import type { Event } from '../model/event.ts';
import { printable } from '../std/printable.ts';
import { formatDuration, formatSize } from '../std/units.ts';

/** A progress event as one line of words: `43/210 items · 1.2 MiB · 3.1 s left · ss -peaonmi`. */
export function progressText(event: Extract<Event, { type: 'progress' }>): string {
  const parts = [amount(event)];
  if (event.bytes !== undefined) parts.push(formatSize(event.bytes));
  if (event.bytesPerSecond !== undefined) parts.push(`${formatSize(event.bytesPerSecond)}/s`);
  if (event.remainingMs !== undefined) parts.push(`${formatDuration(event.remainingMs)} left`);
  if (event.current) parts.push(printable(event.current));
  return parts.join(' · ');
}

function amount({ unit, done, total }: Extract<Event, { type: 'progress' }>): string {
  if (unit === 'items') return total === undefined ? `${done} items` : `${done}/${total} items`;
  if (total === undefined || total === 0) return formatSize(done);
  const percent = Math.min(100, Math.floor((done / total) * 100));
  return `${percent} % (${formatSize(done)} of ${formatSize(total)})`;
}
