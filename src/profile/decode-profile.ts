import { isMap, type Node } from 'yaml';
import type { Item, Profile, Take } from '../model/profile.ts';
import { checkItem } from './check-item.ts';
import { parseYaml } from './parse-yaml.ts';
import { type Position, type ProfileProblem, sortProblems } from './problem.ts';
import { itemShape, profileShape, type WrittenItem, type WrittenProfile } from './profile-shape.ts';
import type { Report } from './shape.ts';
import { childNode, entryNodes } from './yaml-node.ts';

/** What a profile file holds: the profile where it is free of problems, and every problem. */
export interface DecodedProfile {
  readonly file: string;
  readonly profile: Profile | undefined;
  readonly problems: readonly ProfileProblem[];
  /** Where each included profile, and each exclude or only pattern, stands; keyed by its text. */
  readonly places: ReadonlyMap<string, Position>;
}

const mostProblems = 100;
const defaultTimeMs = 20_000;
const defaultBytes = 8 * 1024 * 1024;
const defaultLogBytes = 25 * 1024 * 1024;

/** Decodes the text of a profile file (docs/formats/profile.md). Never throws; reports all problems, not the first. */
export function decodeProfile(file: string, text: string): DecodedProfile {
  const { root, problems: syntax, position } = parseYaml(file, text);
  const problems: ProfileProblem[] = [...syntax];
  const report: Report = (node, message, hint) => {
    const place = position(node?.range?.[0] ?? root?.range?.[0] ?? 0);
    if (problems.length < mostProblems)
      problems.push({ file, ...place, message, ...(hint ? { hint } : {}) });
  };
  const none = { file, profile: undefined, places: new Map() };
  if (!root) {
    if (problems.length === 0) report(undefined, 'the file is empty: expected a profile');
    return { ...none, problems };
  }
  if (isOfAnotherVersion(root, report)) return { ...none, problems: sortProblems(problems) };
  const written = profileShape.decode(root, report);
  checkItems(root, report);
  if (written) checkProfile(written, root, report);
  if (!written || problems.length > 0) return { ...none, problems: sortProblems(problems) };
  return {
    file,
    profile: toProfile(written, file),
    problems: [],
    places: findPlaces(root, position),
  };
}

// A later version may have any fields: telling of them one by one would only confuse.
function isOfAnotherVersion(root: Node, report: Report): boolean {
  const node = childNode(root, 'apiVersion');
  const version = node && 'value' in node ? String(node.value) : '';
  const isOther = /^sonae\/v\d+$/.test(version) && version !== 'sonae/v1';
  if (isOther)
    report(node, `this sonae reads sonae/v1, the file is ${version}`, 'use a newer sonae');
  return isOther;
}

// Items are looked at one by one, so that a mistake in one does not hide those between the fields of another.
function checkItems(root: Node, report: Report): void {
  const nodes = entryNodes(childNode(root, 'items'));
  const seen = new Map<string, Node>();
  for (const node of nodes.filter(isMap)) {
    const item = itemShape.decode(node, ignore);
    if (item) checkItem(item, node, report);
    const idNode = childNode(node, 'id');
    const id = idNode && 'value' in idNode ? String(idNode.value) : undefined;
    if (id === undefined) continue;
    if (seen.has(id))
      report(idNode, `there is another item "${id}" in this file`, 'ids are unique');
    else seen.set(id, node);
  }
}

function checkProfile(profile: WrittenProfile, root: Node, report: Report): void {
  if (profile.group === 'symptom' && profile.risk === undefined) {
    report(childNode(root, 'group'), 'a symptom profile says its risk', 'add risk');
  }
  if (profile.items.length === 0 && profile.include.length === 0) {
    report(root, `"${profile.name}" takes nothing`, 'give it items or include');
  }
}

function toProfile(written: WrittenProfile, file: string): Profile {
  const { name, group, title, why, risk, advice, include, exclude, items } = written;
  return {
    name,
    group,
    title,
    why: why.trim(),
    ...(risk === undefined ? {} : { risk: risk.trim() }),
    advice: advice.map((text) => text.trim()),
    include,
    exclude,
    items: items.map(toItem),
    file,
  };
}

function toItem(written: WrittenItem): Item {
  const {
    id,
    what,
    why,
    tags,
    needs,
    when,
    exclusive,
    sensitivity,
    volatility,
    impact,
    limits,
    samples,
    log,
  } = written;
  const { name, link, each, all, fallback } = written;
  const take = toTake(written);
  return {
    id,
    what,
    why,
    take,
    plugin: written.plugin ?? id.slice(0, id.indexOf('.')),
    ...(name === undefined ? {} : { name }),
    ...(link === undefined ? {} : { link }),
    tags,
    needs,
    when: { exists: when.exists, absent: when.absent, families: when.family },
    ...(each === undefined ? {} : { each }),
    ...(all === undefined ? {} : { all }),
    samples: samples
      ? { count: samples.count, intervalMs: samples.interval }
      : { count: 1, intervalMs: 0 },
    limits: {
      timeMs: limits.time ?? defaultTimeMs,
      ...(limits.idle === undefined ? {} : { idleMs: limits.idle }),
      bytes: limits.bytes ?? (log ? defaultLogBytes : defaultBytes),
      files: limits.files,
    },
    keep: written.keep ?? (log ? 'tail' : 'head'),
    isLog: log,
    impact,
    tier: (written.tier ?? (take.kind === 'builtin' ? 0 : 1)) as Item['tier'],
    volatility,
    exclusive,
    ...(fallback === undefined ? {} : { fallback: { paths: fallback } }),
    sensitivity,
  };
}

function toTake({ id, run, offline, read, except, builtin }: WrittenItem): Take {
  if (run) return { kind: 'run', argv: run, ...(offline === undefined ? {} : { offline }) };
  if (read) return { kind: 'read', paths: read, except };
  if (builtin) return { kind: 'builtin', name: builtin };
  throw new Error(`item ${id} passed the checks without a take`);
}

function findPlaces(root: Node, position: (offset: number) => Position): Map<string, Position> {
  const places = new Map<string, Position>();
  const remember = (node: Node | undefined) => {
    if (node && 'value' in node && node.range)
      places.set(String(node.value), position(node.range[0]));
  };
  for (const entry of entryNodes(childNode(root, 'include'))) {
    remember(isMap(entry) ? childNode(entry, 'profile') : entry);
    for (const field of ['only', 'exclude']) {
      for (const pattern of entryNodes(childNode(entry, field))) remember(pattern);
    }
  }
  for (const pattern of entryNodes(childNode(root, 'exclude'))) remember(pattern);
  return places;
}

function ignore(): void {}
