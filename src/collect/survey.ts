import type { HostView } from '../model/plan.ts';
import type { EachKind, Family, Item } from '../model/profile.ts';
import type { System } from '../model/system.ts';
import { readText } from './builtin/read-text.ts';

/** Looks at the machine just far enough to plan: which commands, paths, modules and devices are there. */
export async function surveyHost(system: System, items: readonly Item[]): Promise<HostView> {
  const commands = items.flatMap(({ take }) =>
    take.kind === 'run' ? [take.argv[0] ?? '', take.offline?.[0] ?? ''] : [],
  );
  const paths = new Set(items.flatMap(({ when }) => [...when.exists, ...when.absent]));
  const kinds = new Set(
    items.flatMap(({ each, all }) => [each, all].filter((kind) => kind !== undefined)),
  );
  return {
    isLive: system.isLive,
    isRunning: system.isRunning,
    isRoot: system.uid === 0,
    family: await familyOf(system),
    commands: new Set(
      commands.filter((name) => name !== '' && system.findCommand(name) !== undefined),
    ),
    paths: new Map(
      await Promise.all(
        [...paths].map(async (path) => [path, await exists(system, path)] as const),
      ),
    ),
    modules: await modulesOf(system),
    each: new Map(
      await Promise.all(
        [...kinds].map(async (kind) => [kind, await namesOf(system, kind)] as const),
      ),
    ),
  };
}

// The kind of machine by ID and ID_LIKE of os-release(5): it only chooses which list of names to look for; whether
// a command or file is there is always looked up.
async function familyOf(system: System): Promise<Family | undefined> {
  const text =
    (await readText(system, '/etc/os-release')) ??
    (await readText(system, '/usr/lib/os-release')) ??
    '';
  const ids = [...text.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map((match) => match[1] ?? '').join(' ');
  if (/\b(?:rhel|fedora|centos|rocky|almalinux|ol|amzn)\b/.test(ids)) return 'redhat';
  if (/\b(?:suse|sles|opensuse)/.test(ids)) return 'suse';
  if (/\b(?:debian|ubuntu)\b/.test(ids)) return 'debian';
  return undefined;
}

async function exists(system: System, path: string): Promise<boolean | undefined> {
  if (/[*?[]/.test(path)) {
    const found = await system.find([path], { limit: 1, timeoutMs: 5000 });
    return found.stopped === 'timeout' ? undefined : found.entries.length > 0;
  }
  const read = await system.stat(path, { follow: true, timeoutMs: 5000 });
  return read.state === 'unreadable' ? undefined : read.state === 'known';
}

// Without /proc/modules the kernel cannot load any, so nothing a command does can change that.
async function modulesOf(system: System): Promise<ReadonlySet<string> | undefined> {
  if (!system.isLive) return undefined;
  if ((await system.stat('/proc/modules')).state === 'absent') return undefined;
  const loaded = await system.list('/sys/module', { limit: 10_000 });
  return new Set([
    ...(loaded.state === 'known' ? loaded.names : []),
    ...(await builtInModules(system)),
  ]);
}

// Of the modules built into the kernel /sys/module has only those with parameters; the list of the build has all:
// `kernel/net/ipv4/tcp_diag.ko`.
async function builtInModules(system: System): Promise<readonly string[]> {
  const release = (await readText(system, '/proc/sys/kernel/osrelease'))?.trim();
  const text = await readText(system, `/lib/modules/${release}/modules.builtin`, 1024 * 1024);
  return [...(text ?? '').matchAll(/([^/\n]+)\.ko$/gm)].map(([, name]) =>
    (name ?? '').replaceAll('-', '_'),
  );
}

async function namesOf(system: System, kind: EachKind): Promise<readonly string[]> {
  switch (kind) {
    case 'interface':
      return (await folder(system, '/sys/class/net')).filter(
        (name) => name !== 'bonding_masters' && name !== 'lo',
      );
    case 'disk':
      return (await folder(system, '/sys/block')).filter(
        (name) => !/^(?:loop|ram|zram|dm-|md|sr|fd)/.test(name),
      );
    case 'nvme':
      return folder(system, '/sys/class/nvme');
    case 'md':
      return (await folder(system, '/sys/block')).filter((name) => /^md\d/.test(name));
    case 'netns':
      return folder(system, '/run/netns');
    case 'xfs':
      return (await mounts(system, /^xfs$/)).map(({ point }) => point);
    case 'btrfs':
      return (await mounts(system, /^btrfs$/)).map(({ point }) => point);
    case 'ext':
      return (await mounts(system, /^ext[234]$/)).map(({ source }) => source);
    case 'module':
      return loadedModules(system);
    case 'kernel':
      return kernelReleases(system);
    default:
      return kind satisfies never;
  }
}

const mostDevices = 256;

async function folder(system: System, path: string): Promise<readonly string[]> {
  const read = await system.list(path, { limit: mostDevices });
  return read.state === 'known' ? read.names : [];
}

async function mounts(system: System, type: RegExp): Promise<{ point: string; source: string }[]> {
  const text = (await readText(system, '/proc/self/mountinfo', 4 * 1024 * 1024)) ?? '';
  const found = text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    return dash > 0 && type.test(fields[dash + 1] ?? '')
      ? [{ point: fields[4] ?? '', source: fields[dash + 2] ?? '' }]
      : [];
  });
  const bySource = new Map(found.map((mount) => [mount.source, mount]));
  return [...bySource.values()]
    .filter(({ source }) => source.startsWith('/dev/'))
    .slice(0, mostDevices);
}

async function kernelReleases(system: System): Promise<readonly string[]> {
  if (!system.isRunning) return folder(system, '/lib/modules');
  const release = (await readText(system, '/proc/sys/kernel/osrelease'))?.trim();
  return release ? [release] : [];
}

async function loadedModules(system: System): Promise<readonly string[]> {
  const text = (await readText(system, '/proc/modules', 1024 * 1024)) ?? '';
  return text
    .split('\n')
    .flatMap((line) => line.split(' ')[0] || [])
    .sort();
}
