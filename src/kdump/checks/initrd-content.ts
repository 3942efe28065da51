import type { Tooling } from '../configuration/settings.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { hasName, textIn, withListing } from './capture-initrd.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor } from './fixes.ts';
import { dracutFix } from './setting-fix.ts';

const rebuild = fixFor('rebuild');

function heavyModules({ facts: { initrd } }: Machine): readonly string[] {
  const listing = initrd.state === 'known' ? initrd.value : undefined;
  return ['nvidia', 'amdgpu', 'nouveau', 'i915', 'mlx5_core', 'lpfc', 'ice'].filter(
    (name) => listing && hasName(listing, new RegExp(`/${name}\\.ko`)),
  );
}

/** Section 5, further: does what is in the capture initrd fit this machine? */
export const initrdContentChecks: readonly Check[] = [
  {
    id: 'capture-initrd-target-uuid',
    group: 'initrd',
    weight: 'critical',
    title: 'the file system the capture initrd writes to exists',
    why: 'In a cloned image or after a change of disks it waits for a UUID that is nowhere.',
    reads: 'UUIDs in the initrd, fstab and mounts',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (machine.settings.target.kind !== 'local' || machine.settings.tooling === 'debian')
        return skip('the capture takes the target from the running configuration');
      return withListing(machine, (listing, from) => {
        const text = textIn(listing, /cmdline\.d|kdump\.conf$|fstab$/) ?? '';
        const inside = [
          ...new Set(text.match(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi) ?? []),
        ];
        if (inside.length === 0) return skip('it names no UUID');
        const known = `${textOf(machine.facts, '/etc/fstab') ?? ''} ${machine.kernel.cmdline ?? ''}`;
        const missing = inside.filter((uuid) => !known.includes(uuid));
        return missing.length === inside.length
          ? warn(
              `none of the UUIDs in the capture initrd is in fstab: ${missing.join(', ')}`,
              seen(from, missing.join(', ')),
            )
          : pass('its UUIDs are those of fstab', seen(from, inside.join(', ')));
      });
    },
  },
  {
    id: 'capture-initrd-drivers',
    group: 'initrd',
    weight: 'critical',
    title: "the capture initrd has the drivers of this machine's disks",
    why: "An image built on other hardware has the build host's drivers: the capture finds no disk.",
    reads: 'modules of /sys/block devices, capture initrd',
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (machine.settings.target.kind !== 'local') return skip('the target is not a local disk');
      const disks = machine.facts.folders.get('/sys/block');
      if (disks?.state !== 'known') return unknown('the disks are not told here');
      if (machine.modules.state !== 'known') return notKnown(machine.modules, 'the loaded modules');
      const loaded = machine.modules.value;
      const needed = [
        ...new Set(
          disks.value.flatMap((name) =>
            /^vd/.test(name)
              ? ['virtio_blk']
              : /^nvme/.test(name)
                ? ['nvme']
                : /^xvd/.test(name)
                  ? ['xen_blkfront']
                  : /^sd/.test(name)
                    ? ['sd_mod']
                    : [],
          ),
        ),
      ].filter((name) => loaded.has(name));
      if (needed.length === 0)
        return pass(
          'the drivers of its disks are built into the kernel',
          seen('/proc/modules', disks.value.join(' ')),
        );
      return withListing(machine, (listing, from) => {
        const missing = needed.filter(
          (name) => !hasName(listing, new RegExp(`/${name.replace(/_/g, '[-_]')}\\.ko`)),
        );
        return missing.length === needed.length
          ? fail(
              `the capture initrd lacks ${missing.join(', ')}`,
              seen(from, `no ${missing.join(', ')}`),
            )
          : pass('it has them', seen(from, needed.join(', ')));
      });
    },
  },
  {
    id: 'capture-initrd-tools',
    group: 'initrd',
    weight: 'critical',
    title: 'the capture has the programs that write the dump',
    why: 'Without makedumpfile, ssh or mount.nfs there is nobody to write it.',
    reads: 'capture initrd, on Debian the root file system',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      const { tooling, target } = machine.settings;
      if (tooling === 'debian') return judgeInstalled(machine);
      return withListing(machine, (listing, from) => {
        const wanted: (readonly [string, RegExp])[] = [
          ['makedumpfile', /bin\/makedumpfile$/],
          ...(target.kind === 'ssh' ? [['ssh', /bin\/ssh$/] as const] : []),
          ...(target.kind === 'nfs' ? [['mount.nfs', /sbin\/mount\.nfs4?$/] as const] : []),
        ];
        const missing = wanted
          .filter(([, pattern]) => !hasName(listing, pattern))
          .map(([name]) => name);
        const lacking = fail(
          `the capture initrd lacks ${missing.join(', ')}`,
          seen(from, `no ${missing.join(', ')}`),
        );
        if (missing.length > 0)
          return { ...lacking, fix: [...packagesOf(missing, tooling), ...rebuild(machine)] };
        return pass('they are there', seen(from, wanted.map(([name]) => name).join(', ')));
      });
    },
  },
  {
    id: 'capture-initrd-heavy-modules',
    group: 'initrd',
    weight: 'high',
    title: 'the capture initrd carries no driver that eats its memory',
    why: 'Graphics and offload drivers take hundreds of megabytes when they start.',
    reads: 'modules in the capture initrd',
    isStatic: true,
    fix(machine) {
      const heavy = heavyModules(machine).join(' ');
      return heavy === '' ? [] : dracutFix(`--omit-drivers "${heavy}"`)(machine);
    },
    evaluate: (machine) =>
      withListing(machine, (listing, from) => {
        const heavy = heavyModules(machine);
        return heavy.length > 0
          ? warn(`the capture initrd carries ${heavy.join(', ')}`, seen(from, heavy.join(', ')))
          : pass('it carries none', seen(from, `${listing.names.size} files`));
      }),
  },
];

// Debian saves the dump from the root file system: nothing has to be in its capture initrd.
function judgeInstalled(machine: Machine) {
  const { kind } = machine.settings.target;
  const wanted = [
    { paths: ['/usr/bin/makedumpfile', '/usr/sbin/makedumpfile'], from: 'makedumpfile' },
    ...(kind === 'ssh' ? [{ paths: ['/usr/bin/ssh'], from: 'openssh-client' }] : []),
    ...(kind === 'nfs' ? [{ paths: ['/sbin/mount.nfs'], from: 'nfs-common' }] : []),
  ];
  const missing = wanted.filter(({ paths }) =>
    paths.every((path) => machine.facts.stats.get(path)?.state !== 'known'),
  );
  const all = wanted.map(({ paths }) => paths[0]).join(', ');
  if (missing.length === 0)
    return pass('they are in the root file system, where the capture runs', seen(all, 'there'));
  const names = missing.map(({ from }) => from).join(' ');
  return { ...fail(`not installed: ${names}`, seen(all, 'absent')), fix: [`apt install ${names}`] };
}

// A program gets into the initrd only where it is installed.
function packagesOf(programs: readonly string[], tooling: Tooling): readonly string[] {
  const packages: Readonly<Record<string, string>> = {
    makedumpfile: 'makedumpfile',
    ssh: 'openssh-clients',
    'mount.nfs': tooling === 'suse' ? 'nfs-client' : 'nfs-utils',
  };
  const install = tooling === 'suse' ? 'zypper install' : 'dnf install';
  return [`${install} ${programs.map((name) => packages[name] ?? name).join(' ')}`];
}
