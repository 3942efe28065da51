/** An even random choice among values that come one by one and are too many to keep. */
export interface Reservoir {
  offer(value: number): void;
  /** What was chosen, in ascending order. */
  values(): readonly number[];
}

/**
 * Keeps `size` of the offered values, each with the same chance (Li's algorithm L: most offers cost one subtraction).
 * Random, not every n-th: the pages of a kernel stack or a slab repeat with a period, and a fixed step would meet the
 * same one of them each time.
 */
export function openReservoir(size: number, random: () => number = Math.random): Reservoir {
  const kept: number[] = [];
  let weight = 1;
  let skips = 0;
  // 1 - random() is never 0, whose logarithm would be lost.
  const positive = () => 1 - random();
  const next = () => {
    weight *= Math.exp(Math.log(positive()) / size);
    skips = Math.floor(Math.log(positive()) / Math.log(1 - weight));
  };
  return {
    offer(value) {
      if (kept.length < size) {
        kept.push(value);
        if (kept.length === size) next();
      } else if (skips > 0) skips -= 1;
      else {
        kept[Math.floor(random() * size)] = value;
        next();
      }
    },
    values: () => kept.toSorted((a, b) => a - b),
  };
}
