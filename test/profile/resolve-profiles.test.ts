import { describe, expect, it } from 'vitest';
import { renderProblem } from '../../src/profile/problem.ts';
import { decodeLibrary, resolveProfile } from '../../src/profile/resolve-profiles.ts';

function file(name: string, body: string, folder = '/shipped') {
  const text = `apiVersion: sonae/v1\nkind: Profile\nname: ${name}\ngroup: subject\ntitle: T\nwhy: W\n${body}\n`;
  return { file: `${folder}/${name}.yaml`, text, folder };
}

const items = (...ids: string[]) =>
  `items:\n${ids.map((id) => `  - {id: ${id}, what: x, why: y, run: [uptime]}`).join('\n')}`;

function idsOf(name: string, files: Parameters<typeof decodeLibrary>[0]) {
  return resolveProfile(name, decodeLibrary(files))?.profile.items.map(({ id }) => id);
}

function problemsOf(name: string, files: Parameters<typeof decodeLibrary>[0]) {
  const library = decodeLibrary(files);
  return [...library.problems, ...(resolveProfile(name, library)?.problems ?? [])].map(
    renderProblem,
  );
}

describe('resolveProfile', () => {
  const base = [file('a', items('a.one', 'a.two', 'a.three')), file('b', items('b.one', 'b.two'))];

  it('takes included items first, in order, then its own', () => {
    const files = [...base, file('c', `include: [b, a]\n${items('c.one')}`)];
    expect(idsOf('c', files)).toEqual(['b.one', 'b.two', 'a.one', 'a.two', 'a.three', 'c.one']);
  });

  it('takes only some, leaves some out, by id and by subject', () => {
    const files = [
      ...base,
      file('c', 'include: [{profile: a, only: [a.one, a.two], exclude: a.two}, b]\nexclude: b.*'),
    ];
    expect(idsOf('c', files)).toEqual(['a.one']);
  });

  it('takes an item that comes by two ways once', () => {
    const files = [...base, file('c', 'include: [a]'), file('d', 'include: [c, b, a]')];
    expect(idsOf('d', files)).toEqual(['a.one', 'a.two', 'a.three', 'b.one', 'b.two']);
  });

  it('lets an own item replace an included one, in its place', () => {
    const own = 'items:\n  - {id: a.two, what: mine, why: y, run: [date]}';
    const library = decodeLibrary([...base, file('c', `include: [a]\n${own}`)]);
    const resolved = resolveProfile('c', library);
    expect(resolved?.profile.items.map(({ id, what }) => [id, what])).toEqual([
      ['a.one', 'x'],
      ['a.two', 'mine'],
      ['a.three', 'x'],
    ]);
  });

  it('shows a cycle, where it closes', () => {
    const files = [file('a', 'include: [b]'), file('b', 'include: [c]'), file('c', 'include: [a]')];
    expect(problemsOf('a', files)).toEqual([
      '/shipped/c.yaml:7:11: profiles include each other: a -> b -> c -> a (take one include out)',
    ]);
  });

  it('names what is not there, with the nearest', () => {
    const files = [
      ...base,
      file('c', 'include: [{profile: a, only: a.thre}, bb]\nexclude: [a.onee]'),
    ];
    expect(problemsOf('c', files)).toEqual([
      '/shipped/c.yaml:7:30: no included item is called "a.thre" (did you mean a.three?)',
      '/shipped/c.yaml:7:39: there is no profile "bb" (did you mean b?)',
      '/shipped/c.yaml:8:11: no included item is called "a.onee"',
    ]);
  });

  it('follows a lattice of includes in no time', () => {
    const layers = Array.from({ length: 9 }, (_, layer) =>
      Array.from({ length: 12 }, (_, at) =>
        file(
          `l${layer}-${at}`,
          layer === 0
            ? items(`l${layer}-${at}.one`)
            : `include: [${Array.from({ length: 12 }, (_, below) => `l${layer - 1}-${below}`).join(', ')}]`,
        ),
      ),
    ).flat();
    expect(idsOf('l8-0', layers)?.length).toBe(12);
  });

  it('ends nesting that is too deep', () => {
    const chain = Array.from({ length: 14 }, (_, depth) =>
      file(`p${depth}`, depth === 0 ? items('p0.one') : `include: [p${depth - 1}]`),
    );
    expect(problemsOf('p13', chain)[0]).toContain('includes are nested more than 10 deep');
  });

  it('lets a later folder replace a profile, and refuses two of a name in one', () => {
    const mine = file('a', items('a.mine'), '/etc');
    expect(idsOf('a', [...base, mine])).toEqual(['a.mine']);
    const twice = { ...file('a', items('a.mine')), file: '/shipped/z.yaml' };
    expect(problemsOf('a', [...base, twice])).toEqual([
      '/shipped/z.yaml:1:1: the name "a" is taken by /shipped/a.yaml',
    ]);
  });
});
