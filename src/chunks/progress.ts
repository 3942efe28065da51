import type { Reporter } from '../model/event.ts';

/** Counts bytes and tells the reporter a few times a second. */
export interface Progress {
  advance(bytes: number, packedBytes: number): void;
  end(): void;
}

const intervalMs = 250;

/** Progress through `total` bytes (undefined: not known), of which `done` are behind us already. */
export function openProgress(
  reporter: Reporter,
  { total, done: start, current }: { total: number | undefined; done: number; current: string },
  now: () => number = () => performance.now(),
): Progress {
  const startedAt = now();
  let done = start;
  let packed = 0;
  let toldAt = startedAt;
  const tell = () => {
    toldAt = now();
    const bytesPerSecond = ((done - start) * 1000) / Math.max(1, toldAt - startedAt);
    reporter.emit({
      type: 'progress',
      unit: 'bytes',
      done,
      current,
      bytes: packed,
      bytesPerSecond,
      ...(total === undefined ? {} : { total }),
      ...(total === undefined || bytesPerSecond === 0
        ? {}
        : { remainingMs: ((total - done) / bytesPerSecond) * 1000 }),
    });
  };
  return {
    advance(bytes, packedBytes) {
      done += bytes;
      packed += packedBytes;
      if (now() - toldAt >= intervalMs) tell();
    },
    end: tell,
  };
}
