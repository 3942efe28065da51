import type { Reporter } from '../model/event.ts';

/** Counts what is there and tells the reporter a few times a second. */
export interface Progress {
  /** A try begins behind so many bytes that are there already. */
  begin(bytes: number): void;
  /** How far into the current file sending has come. */
  at(bytes: number, name: string): void;
  /** The current file is there. */
  arrived(bytes: number): void;
}

const intervalMs = 250;

/** Progress through `total` bytes in all. The rate is that of this run. */
export function openProgress(
  reporter: Reporter,
  total: number,
  now: () => number = () => performance.now(),
): Progress {
  const startedAt = now();
  let arrived = 0;
  let position = 0;
  let sent = 0;
  let toldAt = startedAt;
  return {
    begin(bytes) {
      position = bytes;
    },
    at(bytes, name) {
      sent += Math.max(0, bytes - position);
      position = bytes;
      if (now() - toldAt < intervalMs) return;
      toldAt = now();
      const bytesPerSecond = (sent * 1000) / Math.max(1, toldAt - startedAt);
      const done = arrived + position;
      const rest = bytesPerSecond === 0 ? undefined : ((total - done) / bytesPerSecond) * 1000;
      reporter.emit({
        type: 'progress',
        unit: 'bytes',
        done,
        total,
        current: name,
        bytesPerSecond,
        ...(rest === undefined ? {} : { remainingMs: rest }),
      });
    },
    arrived(bytes) {
      arrived += bytes;
      position = 0;
    },
  };
}
