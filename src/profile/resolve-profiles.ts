import type { Item, Profile } from '../model/profile.ts';
import { nearest } from '../std/nearest.ts';
import { type DecodedProfile, decodeProfile } from './decode-profile.ts';
import type { ProfileDecoder } from './decoded-cache.ts';
import { matchesAnyItem, matchesItem } from './item-pattern.ts';
import { type ProfileProblem, sortProblems } from './problem.ts';

/** Profiles by name, as decoded from files. */
export interface ProfileLibrary {
  readonly profiles: ReadonlyMap<string, DecodedProfile & { readonly profile: Profile }>;
  /** What is wrong with files that gave no profile. */
  readonly problems: readonly ProfileProblem[];
}

/** A profile whose `items` are all it takes: included ones too, without what was left out, each id once. */
export interface ResolvedProfile {
  readonly profile: Profile;
  readonly problems: readonly ProfileProblem[];
}

const mostDepth = 10;

/**
 * Decodes a set of files. A profile in a later file takes the place of an earlier one of the same name, so that a
 * site can have its own `default`; within one folder (`group`) a name may stand only once.
 */
export function decodeLibrary(
  files: readonly { readonly file: string; readonly text: string; readonly folder: string }[],
  decode: ProfileDecoder = decodeProfile,
): ProfileLibrary {
  const profiles = new Map<string, DecodedProfile & { readonly profile: Profile }>();
  const folders = new Map<string, string>();
  const problems: ProfileProblem[] = [];
  for (const { file, text, folder } of files) {
    const decoded = decode(file, text);
    problems.push(...decoded.problems);
    const { profile } = decoded;
    if (!profile) continue;
    const earlier = profiles.get(profile.name);
    if (earlier && folders.get(profile.name) === folder) {
      problems.push({
        file,
        line: 1,
        column: 1,
        message: `the name "${profile.name}" is taken by ${earlier.file}`,
      });
      continue;
    }
    profiles.set(profile.name, { ...decoded, profile });
    folders.set(profile.name, folder);
  }
  return { profiles, problems };
}

/** Follows the includes of a profile. Items come in order: those of includes first, its own last, in the place of an included one of the same id. */
export function resolveProfile(name: string, library: ProfileLibrary): ResolvedProfile | undefined {
  const decoded = library.profiles.get(name);
  if (!decoded) return undefined;
  const search: Search = { library, found: new Map(), problems: [] };
  const items = collectItems(decoded, [name], search);
  return {
    profile: { ...decoded.profile, items: [...items.values()] },
    problems: sortProblems(search.problems),
  };
}

type Found = DecodedProfile & { readonly profile: Profile };

interface Search {
  readonly library: ProfileLibrary;
  /** What each profile came to: one that is included by many is followed once. */
  readonly found: Map<string, ReadonlyMap<string, Item>>;
  readonly problems: ProfileProblem[];
}

function collectItems(
  { profile, places, file }: Found,
  trail: readonly string[],
  search: Search,
): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  const report = (word: string, message: string, hint?: string) => {
    const place = places.get(word) ?? { line: 1, column: 1 };
    search.problems.push({ file, ...place, message, ...(hint === undefined ? {} : { hint }) });
  };
  for (const { profile: wanted, only, exclude } of profile.include) {
    const theirs = includedItems(wanted, trail, search, report);
    if (!theirs) continue;
    reportUnmatched([...only, ...exclude], theirs, report);
    for (const [id, item] of theirs) {
      const isWanted = only.length === 0 || matchesAnyItem(only, id);
      if (isWanted && !matchesAnyItem(exclude, id) && !items.has(id)) items.set(id, item);
    }
  }
  reportUnmatched(profile.exclude, items, report);
  for (const id of [...items.keys()]) if (matchesAnyItem(profile.exclude, id)) items.delete(id);
  for (const item of profile.items) items.set(item.id, item);
  return items;
}

function includedItems(
  wanted: string,
  trail: readonly string[],
  search: Search,
  report: (word: string, message: string, hint?: string) => void,
): ReadonlyMap<string, Item> | undefined {
  const { library, found } = search;
  if (trail.includes(wanted)) {
    const cycle = [...trail.slice(trail.indexOf(wanted)), wanted].join(' -> ');
    report(wanted, `profiles include each other: ${cycle}`, 'take one include out');
    return undefined;
  }
  const included = library.profiles.get(wanted);
  if (!included) {
    report(wanted, `there is no profile "${wanted}"`, didYouMean(wanted, library.profiles.keys()));
    return undefined;
  }
  if (trail.length >= mostDepth) {
    report(
      wanted,
      `includes are nested more than ${mostDepth} deep: ${[...trail, wanted].join(' -> ')}`,
    );
    return undefined;
  }
  const known = found.get(wanted);
  if (known) return known;
  const items = collectItems(included, [...trail, wanted], search);
  found.set(wanted, items);
  return items;
}

function reportUnmatched(
  patterns: readonly string[],
  items: ReadonlyMap<string, Item>,
  report: (word: string, message: string, hint?: string) => void,
): void {
  for (const pattern of patterns) {
    if ([...items.keys()].some((id) => matchesItem(pattern, id))) continue;
    report(pattern, `no included item is called "${pattern}"`, didYouMean(pattern, items.keys()));
  }
}

function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near.length > 0 ? `did you mean ${near.join(', ')}?` : undefined;
}
