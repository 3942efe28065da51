import { formatSize } from '../../std/units.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from '../check.ts';
import { textOf } from '../facts.ts';
import { fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';
import { type InitrdListing, unsupported } from '../parse-initrd.ts';

const isRemote = (machine: Machine) =>
  ['ssh', 'nfs', 'cifs', 'ftp'].includes(machine.settings.target.kind);

function initrdStat(machine: Machine, release = machine.captureRelease) {
  const facts = machine.settings.initrdPaths(release).map((path) => machine.facts.stats.get(path));
  return (
    facts.find((fact) => fact?.state === 'known') ??
    facts.find((fact) => fact?.state === 'unreadable') ??
    facts[0]
  );
}

// Evaluates with the listing of the initrd; anything that keeps us from looking into it is unknown.
function withListing(
  machine: Machine,
  judge: (listing: InitrdListing, from: string) => CheckOutcome,
): CheckOutcome {
  if (machine.settings.tooling === 'none') return skip('no kdump tooling is installed');
  const { initrd } = machine.facts;
  if (initrd.state === 'absent') return skip('there is no capture initrd');
  if (initrd.state !== 'known') return notKnown(initrd, 'the capture initrd');
  if (initrd.value.problem)
    return unknown(`the capture initrd could not be looked into: ${initrd.value.problem}`);
  return judge(initrd.value, initrd.from);
}

function has(listing: InitrdListing, pattern: RegExp): boolean {
  for (const name of listing.names) if (pattern.test(name)) return true;
  return false;
}

function textIn(listing: InitrdListing, pattern: RegExp): string | undefined {
  const found = [...listing.texts].filter(([name]) => pattern.test(name)).map(([, text]) => text);
  return found.length > 0 ? found.join('\n') : undefined;
}

function newerThan(
  machine: Machine,
  paths: readonly string[],
): { at: number; newer: readonly string[] } | undefined {
  const stat = initrdStat(machine);
  if (stat?.state !== 'known') return undefined;
  const at = stat.value.mtimeMs;
  const timeOf = (path: string) => {
    const fact = machine.facts.stats.get(path);
    if (fact?.state === 'known') return fact.value.mtimeMs;
    const file = machine.facts.files.get(path);
    return file?.state === 'known' ? file.value.stat.mtimeMs : 0;
  };
  return { at, newer: paths.filter((path) => timeOf(path) > at + 1000) };
}

/** Section 5: is what will be booted after a panic there, fresh and complete? */
export const initrdChecks: readonly Check[] = [
  {
    id: 'capture-initrd-exists',
    group: 'initrd',
    weight: 'critical',
    title: 'the capture initrd is there',
    why: 'Without it nothing can be loaded at the next start of the service.',
    reads: "the initrd of the tooling for the crash kernel's release",
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip('no kdump tooling is installed');
      if (machine.captureRelease === '' && machine.settings.tooling === 'redhat')
        return unknown('which kernel would be loaded is not told here');
      if (machine.isFadump) return skip('fadump uses the production initrd');
      const stat = initrdStat(machine);
      const paths = machine.settings.initrdPaths(machine.captureRelease).join(' or ');
      if (stat?.state === 'known')
        return stat.value.size > 0
          ? pass('it is there', seen(stat.from, `${stat.value.size} bytes`))
          : fail('it is empty', seen(stat.from, '0 bytes'));
      if (stat?.state === 'unreadable') return notKnown(stat, 'the capture initrd');
      const link = machine.facts.links.get('/var/lib/kdump/initrd.img');
      return fail(
        `the capture initrd is missing: ${paths}`,
        seen(
          paths,
          link?.state === 'known' && link.value
            ? `a link to ${link.value}, which is not there`
            : 'absent',
        ),
      );
    },
  },
  {
    id: 'capture-initrd-for-default-kernel',
    group: 'initrd',
    weight: 'critical',
    title: 'the kernel of the next boot has a capture initrd',
    why: 'After a kernel update the service must build one at the next boot; with a full /boot it fails, silently.',
    reads: 'default boot entry, capture initrds',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      const { tooling } = machine.settings;
      if (tooling === 'none') return skip('no kdump tooling is installed');
      const next = machine.kernel.defaultEntry?.release;
      const link = machine.facts.links.get('/var/lib/kdump/initrd.img');
      const linked =
        link?.state === 'known' ? /initrd\.img-(.+)$/.exec(link.value)?.[1] : undefined;
      if (
        tooling === 'debian' &&
        linked !== undefined &&
        linked !== machine.captureRelease &&
        machine.captureRelease !== ''
      )
        return warn(
          `the capture initrd is that of ${linked}, the kernel is ${machine.captureRelease}`,
          seen('/var/lib/kdump/initrd.img', link?.state === 'known' ? link.value : ''),
        );
      if (next === undefined)
        return unknown('the kernel of the next boot is not told: no boot menu could be read');
      const paths =
        tooling === 'debian'
          ? [`/var/lib/kdump/initrd.img-${next}`]
          : tooling === 'suse'
            ? ['/var/lib/kdump/initrd', `/boot/initrd-${next}-kdump`]
            : machine.settings.initrdPaths(next);
      // SUSE has one initrd for whichever kernel; the file beside it names that.
      const version =
        tooling === 'suse' ? textOf(machine.facts, '/var/lib/kdump/kernel-version') : undefined;
      if (version !== undefined && version !== next)
        return warn(
          `the next boot is ${next}, the capture initrd is that of ${version}`,
          seen('/var/lib/kdump/kernel-version', version),
          seen(machine.kernel.defaultEntry?.from ?? '', next),
        );
      const found = paths
        .map((path) => machine.facts.stats.get(path))
        .find((fact) => fact?.state === 'known');
      if (found) return pass(`${next} has one`, seen(found.from, 'there'));
      return warn(
        `the next boot is ${next}, for which there is no capture initrd yet`,
        seen(paths.join(', '), 'absent'),
        seen(machine.kernel.defaultEntry?.from ?? '', next),
      );
    },
  },
  {
    id: 'capture-initrd-fresh',
    group: 'initrd',
    weight: 'high',
    title: 'the capture initrd is newer than what went into it',
    why: 'An older one dumps to the old place, with the old options, or not at all.',
    reads: 'times of configuration, fstab, crypttab, multipath, lvm, dracut, makedumpfile',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      const dracut = [...machine.facts.files.keys()].filter((path) =>
        path.startsWith('/etc/dracut.conf.d/'),
      );
      const isDracut = machine.settings.tooling !== 'debian';
      const paths = [
        ...(isDracut
          ? [machine.settings.configPath, '/etc/sysconfig/kdump', '/etc/fstab']
          : ['/etc/initramfs-tools/initramfs.conf']),
        '/etc/crypttab',
        '/etc/multipath.conf',
        '/etc/lvm/lvm.conf',
        ...(isDracut ? dracut : []),
        '/usr/bin/makedumpfile',
        '/usr/sbin/makedumpfile',
      ];
      const compared = newerThan(machine, paths);
      if (!compared) return skip('there is no capture initrd to look at');
      // A package keeps the time it was built at: newer than the initrd means replaced by hand or rebuilt.
      return compared.newer.length > 0
        ? warn(
            `changed since it was built: ${compared.newer.join(', ')}`,
            ...compared.newer.map((path) => seen(path, 'newer than the capture initrd')),
          )
        : pass(
            'nothing that went into it is newer',
            seen('built', new Date(compared.at).toISOString()),
          );
    },
  },
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
      if (!isRemote(machine)) return skip('the target is local');
      const profiles = [...machine.facts.files.keys()].filter((path) =>
        /system-connections|ifcfg-|netplan|network\/interfaces/.test(path),
      );
      const newer = newerThan(machine, profiles)?.newer ?? [];
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
        if (listing.isNested && inside === undefined)
          return unknown('the host key lies in an image inside the initrd that is not opened');
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
      if (!isRemote(machine)) return skip('the target is local');
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
        if (listing.isNested)
          return unknown('the modules lie in an image inside the initrd that is not opened');
        const missing = needed.filter(
          (name) => !has(listing, new RegExp(`/${name.replace(/_/g, '[-_]')}\\.ko`)),
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
        if (listing.isNested)
          return unknown('the programs lie in an image inside the initrd that is not opened');
        const wanted: (readonly [string, RegExp])[] = [
          ['makedumpfile', /bin\/makedumpfile$/],
          ...(target.kind === 'ssh' ? [['ssh', /bin\/ssh$/] as const] : []),
          ...(target.kind === 'nfs' ? [['mount.nfs', /sbin\/mount\.nfs4?$/] as const] : []),
        ];
        const missing = wanted
          .filter(([, pattern]) => !has(listing, pattern))
          .map(([name]) => name);
        return missing.length > 0
          ? fail(
              `the capture initrd lacks ${missing.join(', ')}`,
              seen(from, `no ${missing.join(', ')}`),
            )
          : pass('they are there', seen(from, wanted.map(([name]) => name).join(', ')));
      });
    },
  },
  {
    id: 'capture-initrd-size',
    group: 'initrd',
    weight: 'high',
    title: 'the capture initrd can be unpacked in the reservation',
    why: 'It lies in memory three times at its worst: "Initramfs unpacking failed: write error" ends the capture.',
    reads: 'size of the initrd, packed and unpacked, against the reservation',
    isStatic: true,
    fix: fixFor('reserveMore'),
    evaluate(machine) {
      const stat = initrdStat(machine);
      if (stat?.state !== 'known') return skip('there is no capture initrd to look at');
      if (machine.crashBytes.state !== 'known' || machine.crashBytes.value === 0)
        return unknown('the size of the reservation is not known');
      const { initrd } = machine.facts;
      const unpacked =
        initrd.state === 'known' && !initrd.value.problem
          ? initrd.value.unpackedBytes
          : stat.value.size * 2;
      const need = stat.value.size + unpacked;
      const evidence = [
        seen(stat.from, `${stat.value.size} bytes, ${unpacked} unpacked`),
        seen(machine.crashBytes.from, machine.crashBytes.value),
      ];
      return need > machine.crashBytes.value / 2
        ? warn(
            `${formatSize(need)} of initrd in ${formatSize(machine.crashBytes.value)}`,
            ...evidence,
          )
        : pass(`${formatSize(need)} of initrd`, ...evidence);
    },
  },
  {
    id: 'capture-initrd-squash',
    group: 'initrd',
    weight: 'medium',
    title: 'the capture initrd is squashed where the tools can do it',
    why: 'Without it about 100 MB more memory is used.',
    reads: 'capture initrd',
    isStatic: true,
    fix: () => ['dnf install dracut-squash', 'kdumpctl rebuild && kdumpctl reload'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'redhat') return skip('only the Red Hat family squashes it');
      return withListing(machine, ({ isNested, unpackedBytes }, from) => {
        if (isNested) return pass('it is squashed', seen(from, 'squashed'));
        const evidence = seen(from, `no squashed image, ${unpackedBytes} bytes unpacked`);
        return machine.crashBytes.state === 'known' && unpackedBytes * 4 < machine.crashBytes.value
          ? pass('it is not squashed, and small enough without', evidence)
          : warn('it is not squashed', evidence);
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
        if (listing.isNested && !listing.texts.has('hostonly-kernel-modules.txt'))
          return unknown('the modules lie in an image inside the initrd that is not opened');
        const heavy = ['nvidia', 'amdgpu', 'nouveau', 'i915', 'mlx5_core', 'lpfc', 'ice'].filter(
          (name) => has(listing, new RegExp(`/${name}\\.ko`)),
        );
        return heavy.length > 0
          ? warn(`it carries ${heavy.join(', ')}`, seen(from, heavy.join(', ')))
          : pass('it carries none', seen(from, `${listing.names.size} files`));
      }),
  },
  {
    id: 'capture-initrd-readable',
    group: 'initrd',
    weight: 'critical',
    title: 'the capture initrd is whole',
    why: 'A full /boot leaves it cut short: the capture kernel panics.',
    reads: 'the initrd itself: compression and cpio archives to their ends',
    isStatic: true,
    fix: (machine) => [
      'df -h /boot /var/lib/kdump   # make room first',
      ...fixFor('rebuild')(machine),
    ],
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return skip('no kdump tooling is installed');
      const { initrd } = machine.facts;
      if (initrd.state === 'absent') return skip('there is no capture initrd');
      if (initrd.state !== 'known') return notKnown(initrd, 'the capture initrd');
      const { problem, names } = initrd.value;
      if (problem?.startsWith(unsupported))
        return unknown(`the capture initrd is ${problem}`, seen(initrd.from, problem));
      return problem
        ? fail(`the capture initrd is broken: ${problem}`, seen(initrd.from, problem))
        : pass('it is whole', seen(initrd.from, `${names.size} files`));
    },
  },
  {
    id: 'boot-space',
    group: 'initrd',
    weight: 'high',
    title: 'there is room to build the next capture initrd',
    why: 'The next kernel update builds a new one; without room the machine is unprotected from then on.',
    reads: 'free space of /boot or /var/lib/kdump',
    fix: () => ['remove old kernels', 'df -h /boot /var/lib/kdump'],
    evaluate(machine) {
      const stat = initrdStat(machine);
      if (stat?.state !== 'known') return skip('there is no capture initrd to look at');
      const folder = stat.from.startsWith('/boot') ? '/boot' : '/var/lib/kdump';
      const space = machine.facts.spaces.get(folder);
      if (space?.state !== 'known')
        return space
          ? notKnown(space, `the space of ${folder}`)
          : unknown('the space was not asked');
      const need = stat.value.size * 1.5;
      const evidence = seen(folder, `${space.value.freeBytes} bytes free`);
      return space.value.freeBytes < need
        ? warn(
            `${formatSize(space.value.freeBytes)} are free in ${folder}, ${formatSize(need)} are needed`,
            evidence,
          )
        : pass(`${formatSize(space.value.freeBytes)} are free in ${folder}`, evidence);
    },
  },
  {
    id: 'boot-writable',
    group: 'initrd',
    weight: 'high',
    title: 'the folder of the capture initrd can be written',
    why: "On a read-only folder no new one can be built; SUSE's mkdumprd exits with 0 all the same.",
    reads: 'mount options',
    fix: () => ['mount -o remount,rw /boot'],
    evaluate(machine) {
      const folder = machine.settings.tooling === 'redhat' ? '/boot' : '/var/lib/kdump';
      const mount = [...machine.mounts]
        .filter(({ point }) => point === '/' || folder === point || folder.startsWith(`${point}/`))
        .sort((a, b) => b.point.length - a.point.length)[0];
      if (!mount) return unknown('the mounts are not told here');
      return mount.options.includes('ro') && mount.type !== 'overlay'
        ? warn(`${folder} is mounted read-only`, seen(mount.point, mount.options.join(',')))
        : pass('it can be written', seen(mount.point, mount.options.slice(0, 3).join(',')));
    },
  },
  {
    id: 'fips-boot-access',
    group: 'initrd',
    weight: 'high',
    title: 'in FIPS mode the capture can check its kernel',
    why: 'The integrity check needs the hmac file of the kernel; without it the capture stops.',
    reads: 'fips=1, .vmlinuz-RELEASE.hmac',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!machine.captureWords.includes('fips=1')) return skip('FIPS mode is off');
      const boot = machine.facts.folders.get('/boot');
      if (boot?.state !== 'known') return unknown('/boot could not be read');
      return boot.value.includes(`.vmlinuz-${machine.captureRelease}.hmac`)
        ? pass('the hmac file is there', seen('/boot', `.vmlinuz-${machine.captureRelease}.hmac`))
        : warn('FIPS mode is on and the kernel has no hmac file', seen('/boot', 'no .hmac'));
    },
  },
];

// Key material of the lines that name a host; a hashed name (|1|…) cannot be compared.
function hostKeys(text: string, host: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [names = '', type = '', key = ''] = line.trim().split(/\s+/);
    return names.split(',').includes(host) && key !== '' ? [`${type} ${key}`] : [];
  });
}
