import { hasName, newerThanInitrd, textIn, withListing } from '../capture-initrd.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from '../check.ts';
import { isRemote } from '../dump-target.ts';
import { textOf } from '../facts.ts';
import { fixFor } from '../fixes.ts';
import type { Tooling } from '../settings.ts';

const rebuild = fixFor('rebuild');

/** Section 5, further: does what is in the capture initrd fit this machine and its target? */
export const initrdContentChecks: readonly Check[] = [
  {
    id: 'capture-initrd-network-fresh',
    group: 'initrd',
    weight: 'high',
    title: "the network set-up in the capture initrd is today's",
    why: 'For ssh and nfs targets kdumpctl never notices a new network card, bond or VLAN; the capture waits for an interface that is gone.',
    reads: 'network profiles, MAC addresses, capture initrd',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!isRemote(machine.settings)) return skip('the target is local');
      const profiles = [...machine.facts.files.keys()].filter((path) =>
        /system-connections|ifcfg-|netplan|network\/interfaces/.test(path),
      );
      const newer = newerThanInitrd(machine, profiles)?.newer ?? [];
      const macs = [...machine.facts.files].flatMap(([path, fact]) =>
        /\/net\/(?!lo\/)[^/]+\/address$/.test(path) && fact.state === 'known'
          ? [fact.value.text.trim().toLowerCase()]
          : [],
      );
      return withListing(machine, (listing, from) => {
        const text = (textIn(listing, /cmdline\.d|system-connections|ifcfg/) ?? '').toLowerCase();
        const pinned = [...new Set(text.match(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g) ?? [])];
        const gone = pinned.filter((mac) => !macs.includes(mac));
        if (macs.length > 0 && gone.length > 0)
          return fail(
            `the capture initrd waits for a network card that is not here: ${gone.join(', ')}`,
            seen(from, gone.join(', ')),
            seen('/sys/class/net', macs.join(', ')),
          );
        if (newer.length > 0)
          return warn(
            `network profiles changed since it was built: ${newer.join(', ')}`,
            ...newer.map((path) => seen(path, 'newer')),
          );
        return pass(
          'no profile is newer, no card is missing',
          seen(from, pinned.join(', ') || 'no address pinned'),
        );
      });
    },
  },
  {
    id: 'capture-initrd-peer-identity',
    group: 'initrd',
    weight: 'critical',
    title: "the capture initrd knows the target's present host key",
    why: 'The capture insists on the key that was copied into the initrd: after a change of keys the dump is refused.',
    reads: 'known_hosts in the initrd and in /root/.ssh, /etc/ssh',
    isStatic: true,
    fix: fixFor('propagate'),
    evaluate(machine) {
      if (machine.settings.target.kind !== 'ssh') return skip('the target is not ssh');
      const host = machine.settings.target.where?.replace(/^.*@/, '') ?? '';
      return withListing(machine, (listing, from) => {
        const inside = textIn(listing, /known_hosts/);
        const today = `${textOf(machine.facts, '/root/.ssh/known_hosts') ?? ''}\n${textOf(machine.facts, '/etc/ssh/ssh_known_hosts') ?? ''}`;
        const [old, now] = [hostKeys(inside ?? '', host), hostKeys(today, host)];
        if (old.length === 0)
          return fail(
            `the capture initrd has no host key of ${host}`,
            seen(from, 'no known_hosts line'),
          );
        if (now.length === 0)
          return unknown(`no host key of ${host} is known today (hashed names cannot be compared)`);
        const common = old.filter((key) => now.includes(key));
        return common.length === 0
          ? fail(
              `the host key of ${host} in the capture initrd is not today's`,
              seen(from, old[0]?.slice(0, 60) ?? ''),
              seen('/root/.ssh/known_hosts', now[0]?.slice(0, 60) ?? ''),
            )
          : pass('it knows a present key', seen(from, common[0]?.slice(0, 60) ?? ''));
      });
    },
  },
  {
    id: 'capture-initrd-pinned-ip',
    group: 'initrd',
    weight: 'high',
    title: "the address pinned in the capture initrd is still the target's",
    why: 'The address is looked up when the initrd is built; after the target moved, the capture waits ten minutes and gives up.',
    reads: 'kdump_remote_ip= in the initrd, /etc/hosts',
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!isRemote(machine.settings)) return skip('the target is local');
      const host = machine.settings.target.where?.replace(/^.*@/, '').replace(/:.*$/, '') ?? '';
      return withListing(machine, (listing, from) => {
        const pinned = /kdump_remote_ip=(\S+)/.exec(
          textIn(listing, /cmdline\.d|kdumpip/) ?? '',
        )?.[1];
        if (pinned === undefined) return skip('no address is pinned');
        const line = (textOf(machine.facts, '/etc/hosts') ?? '')
          .split('\n')
          .find((each) => each.replace(/#.*/, '').trim().split(/\s+/).slice(1).includes(host));
        const now = /^\d+\.\d+\.\d+\.\d+$|:/.test(host) ? host : line?.trim().split(/\s+/)[0];
        if (now === undefined)
          return unknown(
            `${pinned} is pinned; whether ${host} still has it only a name lookup tells (getent hosts ${host})`,
            seen(from, pinned),
          );
        return now === pinned
          ? pass(`${host} is still ${pinned}`, seen(from, pinned))
          : fail(
              `the capture initrd goes to ${pinned}, ${host} is ${now} now`,
              seen(from, pinned),
              seen('/etc/hosts', now),
            );
      });
    },
  },
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
              `none of the UUIDs in it is in fstab: ${missing.join(', ')}`,
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
    title: 'the capture initrd has the programs that write the dump',
    why: 'Without makedumpfile, ssh or mount.nfs there is nobody to write it.',
    reads: 'capture initrd',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      const { tooling, target } = machine.settings;
      if (tooling === 'debian') {
        const there = ['/usr/bin/makedumpfile', '/usr/sbin/makedumpfile'].some(
          (path) => machine.facts.stats.get(path)?.state === 'known',
        );
        return there
          ? pass(
              "makedumpfile is in the root file system, where Debian's capture runs",
              seen('/usr/bin/makedumpfile', 'there'),
            )
          : fail('makedumpfile is not installed', seen('/usr/bin/makedumpfile', 'absent'));
      }
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
    fix: () => [
      'dracut_args --omit-drivers "nvidia amdgpu nouveau" in /etc/kdump.conf',
      'kdumpctl rebuild && kdumpctl reload',
    ],
    evaluate: (machine) =>
      withListing(machine, (listing, from) => {
        const heavy = ['nvidia', 'amdgpu', 'nouveau', 'i915', 'mlx5_core', 'lpfc', 'ice'].filter(
          (name) => hasName(listing, new RegExp(`/${name}\\.ko`)),
        );
        return heavy.length > 0
          ? warn(`it carries ${heavy.join(', ')}`, seen(from, heavy.join(', ')))
          : pass('it carries none', seen(from, `${listing.names.size} files`));
      }),
  },
];

// Key material of the lines that name a host; a hashed name (|1|…) cannot be compared.
function hostKeys(text: string, host: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [names = '', type = '', key = ''] = line.trim().split(/\s+/);
    return names.split(',').includes(host) && key !== '' ? [`${type} ${key}`] : [];
  });
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
