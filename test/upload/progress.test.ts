import { expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { openProgress } from '../../src/upload/progress.ts';

it('progress counts what is there, and the rate of what was sent in this run', () => {
  const events: Event[] = [];
  let clock = 0;
  const emit = (event: Event) => void events.push(event);
  const progress = openProgress({ emit }, 1000, () => clock);
  progress.doing('asking for a');
  expect(events.at(-1)).toEqual({
    ...{ type: 'progress', unit: 'bytes' },
    ...{ done: 0, total: 1000, current: 'asking for a' },
  });
  // 300 bytes of the first file were there already.
  progress.begin('a', 300);
  expect(events.at(-1)).toMatchObject({ done: 300, current: 'a' });
  clock = 1000;
  progress.at(400);
  expect(events.at(-1)).toMatchObject({ done: 400, bytesPerSecond: 100, remainingMs: 6000 });
  // Broken off, and begun again at its start: what was sent twice is sent, and not there twice.
  progress.begin('a', 0);
  clock = 2000;
  progress.at(500);
  expect(events.at(-1)).toMatchObject({ done: 500, bytesPerSecond: 300 });
  progress.arrived(500);
  progress.begin('b', 0);
  expect(events.at(-1)).toMatchObject({ done: 500, current: 'b' });
});
