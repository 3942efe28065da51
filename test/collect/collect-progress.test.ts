import { expect, it } from 'vitest';
import type { ArchiveWriter } from '../../src/collect/archive/archive-writer.ts';
import { collectProgress } from '../../src/collect/collect-progress.ts';
import type { EvidenceSink } from '../../src/collect/evidence-sink.ts';
import type { Event } from '../../src/model/event.ts';
import { runItem, stepsOf } from '../builders/item.ts';

it('says what it still does after the last step, instead of 0 ms left for as long as that takes', () => {
  const events: Event[] = [];
  const steps = stepsOf([runItem('test.a', ['true']), runItem('test.b', ['true'])]);
  const listener = collectProgress(
    { total: steps.length, timeLimitMs: 60_000 },
    { emit: (event) => void events.push(event) },
    { elapsedMs: () => 1000 } as EvidenceSink,
    { written: 0 } as ArchiveWriter,
  );
  for (const step of steps) {
    listener.onStart(step);
    listener.onEnd(step);
  }
  expect(events.at(-3)).toMatchObject({ done: 1, remainingMs: 1000 });
  expect(events.at(-1)).toMatchObject({ done: 2, current: expect.stringContaining('read back') });
  expect(events.at(-1)).not.toHaveProperty('remainingMs');
});
