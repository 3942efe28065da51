import type { Machine } from './machine.ts';

/** makedumpfile's version; undefined when it did not tell. */
export function makedumpfileVersion(machine: Machine): readonly number[] | undefined {
  const output = machine.facts.outputs.get('makedumpfile');
  const match = output?.state === 'known' ? /version (\d+)\.(\d+)\.(\d+)/.exec(output.value) : null;
  return match ? match.slice(1).map(Number) : undefined;
}

/** Orders versions number by number. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
