import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openReservoir } from '../../src/kdump/pages/reservoir.ts';

// A small linear congruential generator: the same numbers in every run.
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('openReservoir', () => {
  it('keeps all of few and exactly its size of many, each at most once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 2000 }),
        fc.nat(),
        (size, offered, seed) => {
          const reservoir = openReservoir(size, seeded(seed));
          for (let value = 0; value < offered; value += 1) reservoir.offer(value);
          const kept = reservoir.values();
          expect(kept).toHaveLength(Math.min(size, offered));
          expect(new Set(kept).size).toBe(kept.length);
          expect(kept.every((value) => value >= 0 && value < offered)).toBe(true);
        },
      ),
    );
  });

  it('gives early, middle and late values the same chance', () => {
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 400; seed += 1) {
      const reservoir = openReservoir(20, seeded(seed * 7919));
      for (let value = 0; value < 1000; value += 1) reservoir.offer(value);
      for (const value of reservoir.values()) {
        const quarter = Math.floor(value / 250);
        counts[quarter] = (counts[quarter] ?? 0) + 1;
      }
    }
    // 2000 expected in each; the standard deviation is below 45.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(225);
  });
});
