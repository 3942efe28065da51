import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Family, Item } from '../../src/model/profile.ts';
import { coversPath, parseGlob } from '../../src/std/glob.ts';
import { shipped, shippedItems } from './shipped.ts';

const familyOf: Readonly<Record<string, Family>> = { R: 'redhat', S: 'suse', D: 'debian' };

const rows = readFileSync(
  new URL('../fixtures/profile/collection-list.tsv', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [kind = '', family = '', what = '', how] = line.split('\t');
    return { line, kind, family: familyOf[family], what, how };
  });

const full = shipped('full').items;

function isFor({ when }: Item, family: Family | undefined): boolean {
  return when.families.length === 0 || (family !== undefined && when.families.includes(family));
}

function takes(item: Item, kind: string, what: string): boolean {
  const { take } = item;
  if (take.kind === 'run') return kind === 'run' && take.argv.join(' ') === what;
  return (
    take.kind === 'read' &&
    kind === 'read' &&
    take.paths.some((path) => coversPath(parseGlob(path), what)) &&
    !take.except.some((path) => coversPath(parseGlob(path), what))
  );
}

describe('the list of what to gather', () => {
  it('is whole', () => {
    expect(rows.length).toBeGreaterThan(650);
    for (const { line, kind } of rows)
      expect([line, ['run', 'read'].includes(kind)]).toEqual([line, true]);
  });

  it('is taken by the full profile, each line in its family', () => {
    const gaps = rows
      .filter(({ how }) => how === undefined)
      .filter(
        ({ kind, family, what }) =>
          !full.some((item) => isFor(item, family) && takes(item, kind, what)),
      )
      .map(({ line }) => line);
    expect(gaps).toEqual([]);
  });

  it('is taken by the item it names where not word for word, or left out with a reason', () => {
    const wrong = rows.filter(({ how, family }) => {
      if (how === undefined) return false;
      if (how.startsWith('!')) return how.length < 20;
      const item = shippedItems.find(({ id }) => id === how);
      return item === undefined || !isFor(item, family);
    });
    expect(wrong.map(({ line }) => line)).toEqual([]);
    expect(rows.filter(({ how }) => how?.startsWith('!')).length).toBeLessThanOrEqual(5);
  });
});
