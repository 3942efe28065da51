import type { HostView, Plan, PlannedSkip, PlanOptions, Step } from '../model/plan.ts';
import { type BuiltinName, type Item, impacts, type Profile, type Take } from '../model/profile.ts';
import { type ExpandedTake, expandItem } from './expand-item.ts';

/**
 * Decides what will be done on this machine and in which order: the most volatile first, of those what cannot hang
 * first, then as the profiles say. Pure: the same input gives the same plan, so `--dry-run` shows what a run does.
 * Samples of an item stand together; who runs the plan goes on with later steps until the next one is due.
 */
export function planCollection(
  profiles: readonly Profile[],
  host: HostView,
  options: PlanOptions,
): Plan {
  const decisions = mergeItems(profiles).map((item) => decideItem(item, host, options));
  return {
    profiles: profiles.map(({ name }) => name),
    steps: orderSteps(decisions.flatMap(({ steps }) => steps)),
    skips: decisions.flatMap(({ skips }) => skips),
  };
}

/** The items of several profiles, each id once; the profile named last decides what an item is, the first where it stands. */
export function mergeItems(profiles: readonly Profile[]): readonly Item[] {
  const items = new Map<string, Item>();
  for (const { items: theirs } of profiles) for (const item of theirs) items.set(item.id, item);
  return [...items.values()];
}

interface Decision {
  readonly steps: readonly Step[];
  readonly skips: readonly PlannedSkip[];
}

type Refusal = Pick<PlannedSkip, 'state' | 'reason'>;

function decideItem(item: Item, host: HostView, options: PlanOptions): Decision {
  const refusal = whyNotHere(item, host, options);
  if (refusal) return skipItem(item, refusal);
  const way = host.isLive ? liveTake(item, host) : offlineTake(item, host, options);
  if ('state' in way) return skipItem(item, way);
  const { takes, unused } = isForAll(way)
    ? { takes: [way], unused: [] }
    : expandItem({ ...item, take: way.take }, host);
  return {
    steps: takes.flatMap((taken) => stepsOf(item, taken, way.fallbackFor)),
    skips: unused.map(({ device, state, reason }) => ({
      id: stepId(item, device, 1),
      item,
      state,
      reason,
    })),
  };
}

// Fallback files that name no device stand in for the command of all devices: they are read once.
function isForAll({ take, fallbackFor }: Way): boolean {
  return (
    fallbackFor !== undefined &&
    take.kind === 'read' &&
    !take.paths.some((path) => path.includes('{}'))
  );
}

function skipItem(item: Item, refusal: Refusal): Decision {
  return {
    steps: [],
    skips: [{ id: item.id, item, state: refusal.state, reason: refusal.reason }],
  };
}

function whyNotHere(item: Item, host: HostView, options: PlanOptions): Refusal | undefined {
  const { when, impact } = item;
  if (impacts.indexOf(impact) > impacts.indexOf(options.maxImpact)) {
    return {
      state: 'skipped',
      reason: `its impact on the machine is ${impact}, at most ${options.maxImpact} was asked for`,
    };
  }
  // An unknown family excludes nothing: what is not there will say so itself.
  if (when.families.length > 0 && host.family && !when.families.includes(host.family)) {
    return { state: 'not-applicable', reason: `only on ${when.families.join(' and ')} systems` };
  }
  // Whether a service of an image would run cannot be told, so what says so is passed over there.
  const canTell = (path: string) => host.isRunning || !liveFolders.test(path);
  const missing = when.exists.find((path) => canTell(path) && host.paths.get(path) === false);
  if (missing !== undefined) return { state: 'not-applicable', reason: `there is no ${missing}` };
  const present = when.absent.find((path) => canTell(path) && host.paths.get(path) === true);
  if (present !== undefined) return { state: 'not-applicable', reason: `there is ${present}` };
  return undefined;
}

type Way = { readonly take: Take; readonly fallbackFor?: readonly string[] };

// What is not installed comes first: to be root would not help.
function liveTake(item: Item, host: HostView): Way | Refusal {
  const { take, needs } = item;
  if (take.kind === 'run' && !host.commands.has(take.argv[0] ?? '')) {
    return fallbackOr(item, { state: 'absent', reason: `${take.argv[0]} is not installed` });
  }
  if (needs.root && !host.isRoot && !mayBeReadable(take)) {
    return fallbackOr(item, { state: 'denied', reason: 'only root can take it' });
  }
  const missing = needs.modules.filter(
    (name) => host.modules && !host.modules.has(name.replaceAll('-', '_')),
  );
  if (missing.length > 0) {
    return fallbackOr(item, {
      state: 'skipped',
      reason: `it would load the kernel module ${missing.join(', ')}`,
    });
  }
  return { take };
}

// Stored files are tried: each says for itself whether it is there and may be read. The kernel instead gives others
// than root a false answer, such as addresses of zero in /proc/iomem.
function mayBeReadable(take: Take): boolean {
  return take.kind === 'read' && !take.paths.some((path) => liveFolders.test(path));
}

function fallbackOr(item: Item, refusal: Refusal): Way | Refusal {
  if (item.take.kind !== 'run' || !item.fallback) return refusal;
  return {
    take: { kind: 'read', paths: item.fallback.paths, except: [] },
    fallbackFor: item.take.argv,
  };
}

// Folders of the running kernel and of this boot: in an image they are empty, or of another machine.
const liveFolders = /^\/(?:proc|sys|run|dev)(?:\/|$)/;
const offlineBuiltins: ReadonlySet<BuiltinName> = new Set(['crash-dumps']);
// These read files of a running system and run nothing.
const readingBuiltins: ReadonlySet<BuiltinName> = new Set([
  'crash-dumps',
  'processes',
  'space',
  'deleted-files',
]);
// Of a host seen from a container these would show the container: they are of the namespaces of whoever reads them
// (namespaces(7)).
const ofTheReader = [
  '/proc/sys/net',
  '/proc/sys/kernel/hostname',
  '/proc/sys/kernel/domainname',
  '/proc/sys/kernel/msg*',
  '/proc/sys/kernel/sem*',
  '/proc/sys/kernel/shm*',
  '/proc/sys/fs/mqueue',
  '/proc/sysvipc',
];

function offlineTake(item: Item, host: HostView, { root = '/' }: PlanOptions): Way | Refusal {
  const { take, fallback } = item;
  switch (take.kind) {
    case 'builtin':
      return (host.isRunning ? readingBuiltins : offlineBuiltins).has(take.name)
        ? { take }
        : { state: 'not-applicable', reason: 'only on a running system' };
    case 'read':
      return (
        keepOffline(take, host) ?? { state: 'not-applicable', reason: 'only on a running system' }
      );
    case 'run': {
      if (take.offline && host.commands.has(take.offline[0] ?? '')) {
        return {
          take: { kind: 'run', argv: take.offline.map((part) => part.split('{root}').join(root)) },
        };
      }
      const stored =
        fallback && keepOffline({ kind: 'read', paths: fallback.paths, except: [] }, host);
      if (stored) return { ...stored, fallbackFor: take.argv };
      return take.offline
        ? { state: 'absent', reason: `${take.offline[0]} is not installed` }
        : { state: 'not-applicable', reason: 'commands are not run on an image' };
    }
    default:
      return take satisfies never;
  }
}

function keepOffline(
  take: Extract<Take, { kind: 'read' }>,
  { isRunning }: HostView,
): Way | undefined {
  if (isRunning) return { take: { ...take, except: [...take.except, ...ofTheReader] } };
  const paths = take.paths.filter((path) => !liveFolders.test(path));
  return paths.length === 0 ? undefined : { take: { ...take, paths } };
}

function stepsOf(
  item: Item,
  { device, take }: ExpandedTake,
  fallbackFor: Way['fallbackFor'],
): Step[] {
  return Array.from({ length: item.samples.count }, (_, index) => ({
    id: stepId(item, device, index + 1),
    item,
    take,
    ...(fallbackFor === undefined ? {} : { fallbackFor }),
    ...(device === undefined ? {} : { device }),
    sample: index + 1,
  }));
}

function stepId(item: Item, device: string | undefined, sample: number): string {
  return `${item.id}${device === undefined ? '' : `[${device}]`}${sample > 1 ? `#${sample}` : ''}`;
}

// All first samples of a volatility class come before the second ones; sorting is stable, so profiles decide the rest.
function orderSteps(steps: readonly Step[]): readonly Step[] {
  return [...steps].sort(
    (a, b) =>
      a.item.volatility - b.item.volatility ||
      dueMs(a) - dueMs(b) ||
      a.item.tier - b.item.tier ||
      a.sample - b.sample,
  );
}

function dueMs({ item, sample }: Step): number {
  return (sample - 1) * item.samples.intervalMs;
}
