import type { Plan, Step } from '../../src/model/plan.ts';
import type { Item, Take } from '../../src/model/profile.ts';

/** An item with defaults for everything a test does not care about. */
export function makeItem(id: string, take: Take, fields: Partial<Item> = {}): Item {
  return {
    id,
    what: `what ${id} is`,
    why: `why ${id} is wanted`,
    take,
    plugin: id.split('.')[0] ?? 'test',
    tags: [],
    needs: { root: false, modules: [] },
    when: { exists: [], absent: [], families: [] },
    samples: { count: 1, intervalMs: 0 },
    limits: { timeMs: 10_000, bytes: 1024 * 1024, files: 1000 },
    keep: 'tail',
    isLog: false,
    impact: 'none',
    tier: 1,
    volatility: 5,
    exclusive: [],
    sensitivity: [],
    ...fields,
  };
}

/** An item that runs an argv. */
export function runItem(id: string, argv: readonly string[], fields: Partial<Item> = {}): Item {
  return makeItem(id, { kind: 'run', argv }, { keep: 'head', ...fields });
}

/** An item that reads paths. */
export function readItem(id: string, paths: readonly string[], fields: Partial<Item> = {}): Item {
  return makeItem(id, { kind: 'read', paths, except: [] }, fields);
}

/** One step for each sample of each item, in order. */
export function stepsOf(items: readonly Item[]): Step[] {
  return items.flatMap((item) =>
    Array.from({ length: item.samples.count }, (_, index) => ({
      id: index === 0 ? item.id : `${item.id}#${index + 1}`,
      item,
      take: item.take,
      sample: index + 1,
    })),
  );
}

/** A plan of some items, all of them to be taken. */
export function planOf(items: readonly Item[]): Plan {
  return { profiles: ['test'], steps: stepsOf(items), skips: [] };
}
