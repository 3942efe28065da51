import type { HostView } from '../model/plan.ts';
import type { Item, Take } from '../model/profile.ts';

/** A take with device names filled in. */
export interface ExpandedTake {
  readonly device?: string;
  readonly take: Take;
}

/** A device that cannot be named safely in this item, or a reason that there is none. */
export interface UnusedDevice {
  readonly device?: string;
  readonly state: 'not-applicable' | 'skipped';
  readonly reason: string;
}

const mostDevices = 128;
const mostArgvBytes = 96 * 1024; // well below MAX_ARG_STRLEN (linux/binfmts.h)

/** Fills the names of devices into `{}`: one take for each, or one for all of them. */
export function expandItem(
  item: Item,
  host: HostView,
): { readonly takes: readonly ExpandedTake[]; readonly unused: readonly UnusedDevice[] } {
  const kind = item.each ?? item.all;
  if (kind === undefined) return { takes: [{ take: item.take }], unused: [] };
  const names = [...new Set(host.each.get(kind) ?? [])];
  if (names.length === 0) {
    return {
      takes: [],
      unused: [{ state: 'not-applicable', reason: `no ${kindNames[kind]} here` }],
    };
  }
  const unused: UnusedDevice[] = [];
  const usable = names.filter((name) => {
    const why = whyUnusable(name, item.take);
    if (why) unused.push({ device: name, state: 'skipped', reason: why });
    return !why;
  });
  if (item.all)
    return { takes: usable.length === 0 ? [] : [{ take: fillAll(item.take, usable) }], unused };
  for (const device of usable.splice(mostDevices)) {
    unused.push({ device, state: 'skipped', reason: `only the first ${mostDevices} are taken` });
  }
  return { takes: usable.map((device) => ({ device, take: fillOne(item.take, device) })), unused };
}

const kindNames: Readonly<Record<NonNullable<Item['each']>, string>> = {
  interface: 'network interface',
  disk: 'disk',
  nvme: 'NVMe controller',
  md: 'md array',
  netns: 'network namespace',
  xfs: 'XFS file system',
  ext: 'ext2/3/4 file system',
  btrfs: 'btrfs file system',
  module: 'loaded kernel module',
  kernel: 'kernel release',
};

// Names come from the kernel and from whoever made the device: one like `-e` would be read as an option, one with a
// star as a pattern.
function whyUnusable(name: string, take: Take): string | undefined {
  if (name === '' || name.includes('\0')) return 'it has no usable name';
  if (take.kind === 'read' && (/[*?[\]/]/.test(name) || name === '.' || name === '..')) {
    return 'its name cannot stand in a path';
  }
  const isArgument = take.kind === 'run' && take.argv.includes('{}');
  return isArgument && name.startsWith('-') ? 'its name would be taken for an option' : undefined;
}

function fillOne(take: Take, device: string): Take {
  const fill = (part: string) => part.split('{}').join(device);
  switch (take.kind) {
    case 'run':
      return {
        kind: 'run',
        argv: take.argv.map(fill),
        ...(take.offline === undefined ? {} : { offline: take.offline.map(fill) }),
      };
    case 'read':
      return { kind: 'read', paths: take.paths.map(fill), except: take.except.map(fill) };
    case 'builtin':
      return take;
    default:
      return take satisfies never;
  }
}

function fillAll(take: Take, names: readonly string[]): Take {
  if (take.kind !== 'run') return take;
  let bytes = 0;
  const fitting = names.filter((name) => {
    bytes += name.length + 1;
    return bytes <= mostArgvBytes;
  });
  return { ...take, argv: take.argv.flatMap((part) => (part === '{}' ? fitting : [part])) };
}
