import type { AliasKind, AliasMap } from './alias-map.ts';
import { isCommonName } from './common-names.ts';
import type { IdentityFacts } from './identity-facts.ts';

/** What a known name is replaced by. */
export interface Word {
  readonly alias: string;
  readonly kind: AliasKind;
}

/** Every name by its spelling in lower case, as bytes. What the map knows from other bundles counts too. */
export function wordAliases(map: AliasMap, facts: IdentityFacts): ReadonlyMap<string, Word> {
  const words = new Map<string, Word>();
  const add = (
    kind: AliasKind,
    originals: readonly string[],
    make: (original: string, attempt: number) => string,
  ) => {
    const all = new Set([
      ...originals.map((original) => original.toLowerCase()),
      ...map.known(kind).keys(),
    ]);
    for (const original of all) {
      words.set(asBytes(original).toLowerCase(), {
        kind,
        alias: map.alias(kind, original, (attempt) => make(original, attempt)),
      });
    }
  };
  const counted = (kind: AliasKind, name: string) => (_: string, attempt: number) =>
    `${name}${map.known(kind).size + attempt}`;
  add('keyword', facts.keywords, counted('keyword', 'keyword'));
  add('full-name', facts.people, counted('full-name', 'fullname'));
  add(
    'domain',
    facts.domains,
    (_, attempt) => `domain${map.known('domain').size + attempt}.example`,
  );
  add('host', [...facts.hosts, ...facts.commonHosts], counted('host', 'host'));
  add('user', facts.users, counted('user', 'user'));
  add('serial', facts.serials, counted('serial', 'SERIAL'));
  add('machine-id', facts.machineIds, (original, attempt) =>
    map.digest(`${original} ${attempt}`).toString('hex', 0, 16),
  );
  return words;
}

/** A word as it stands in text that is one character for each byte. */
export function asBytes(word: string): string {
  return Buffer.from(word, 'utf8').toString('latin1');
}

/** Every host that was ever known by a name that is a word of every log. */
export function commonHosts(map: AliasMap, { commonHosts: own }: IdentityFacts): string[] {
  const all = new Set([
    ...own.map((name) => name.toLowerCase()),
    ...[...map.known('host').keys()].filter(isCommonName),
  ]);
  return [...all];
}
