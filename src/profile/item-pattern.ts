/** True when an item id is meant by a pattern: the id itself, or `subject.*`. */
export function matchesItem(pattern: string, id: string): boolean {
  return pattern.endsWith('.*') ? id.startsWith(pattern.slice(0, -1)) : pattern === id;
}

/** True when any of the patterns means the item. */
export function matchesAnyItem(patterns: readonly string[], id: string): boolean {
  return patterns.some((pattern) => matchesItem(pattern, id));
}
