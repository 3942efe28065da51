/** How often each rule masked something; never what. */
export type Hits = ReadonlyMap<string, number>;

/** Adds the counts of one file to those of many. */
export function addHits(to: Map<string, number>, hits: Hits): void {
  for (const [rule, count] of hits) to.set(rule, (to.get(rule) ?? 0) + count);
}
