import type { Reporter } from '../model/event.ts';

/** Counts what is there and tells the reporter a few times a second. */
export interface Progress {
  /** What is being done now, where that is not sending. */
  doing(what: string): void;
  /** A try of a file begins, behind so many bytes that are there already. */
  begin(name: string, bytes: number): void;
  /** How far into the current file sending has come. */
  at(bytes: number): void;
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
  let current = '';
  let toldAt = startedAt;
  const tell = (what: string) => {
    toldAt = now();
    const bytesPerSecond = (sent * 1000) / Math.max(1, toldAt - startedAt);
    const done = arrived + position;
    reporter.emit({
      type: 'progress',
      unit: 'bytes',
      done,
      total,
      current: what,
      ...(sent === 0
        ? {}
        : { bytesPerSecond, remainingMs: ((total - done) / bytesPerSecond) * 1000 }),
    });
  };
  return {
    doing: tell,
    begin(name, bytes) {
      current = name;
      position = bytes;
      tell(name);
    },
    at(bytes) {
      sent += Math.max(0, bytes - position);
      position = bytes;
      if (now() - toldAt >= intervalMs) tell(current);
    },
    arrived(bytes) {
      arrived += bytes;
      position = 0;
    },
  };
}
