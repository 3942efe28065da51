/** Runs `work` over `items`, at most `jobs` at a time, in order of start; the first rejection is rethrown after the running ones settle. */
export async function bounded<Item>(
  items: Iterable<Item>,
  jobs: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = iterator.next(); !next.done && failures.length === 0; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, lane));
  if (failures.length > 0) throw failures[0];
}
