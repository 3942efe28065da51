import { type Fact, known } from '../../model/fact.ts';
import { formatSize } from '../../std/units.ts';
import { textOf } from '../facts.ts';
import { unpackedBytes } from '../initrd/parse-initrd.ts';
import type { Machine } from '../machine/machine.ts';
import { initrdStat, newerThanInitrd, notOpened, withListing } from './capture-initrd.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from './check.ts';
import { leastReserved, subject } from './crashkernel-words.ts';
import { fixFor, sameKernelFix } from './fixes.ts';

/** To hold an initrd against where nothing is reserved. */
const usualReservation = 256 * 1024 * 1024;

/** Section 5: is what will be booted after a panic there, fresh and whole? */
export const initrdFileChecks: readonly Check[] = [
  {
    id: 'capture-initrd-exists',
    group: 'initrd',
    weight: 'critical',
    title: 'the capture initrd is there',
    why: 'Without it nothing can be loaded at the next start of the service.',
    reads: "the initrd of the tooling for the crash kernel's release",
    isStatic: true,
    fix: fixFor('rebuildForNow'),
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      if (machine.captureRelease === '' && machine.settings.tooling === 'redhat')
        return unknown('which kernel would be loaded is not told here');
      if (machine.isFadump) return skip('fadump uses the production initrd');
      const stat = initrdStat(machine);
      const paths = machine.settings.initrdPaths(machine.captureRelease).join(' or ');
      if (stat?.state === 'known')
        return stat.value.size > 0
          ? pass('it is there', seen(stat.from, `${stat.value.size} bytes`))
          : fail('the capture initrd is empty', seen(stat.from, '0 bytes'));
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
      if (tooling === 'none') return noTooling;
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
      if (machine.isFadump) return fadumpNext(machine, next);
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
      const compared = newerThanInitrd(machine, paths);
      if (!compared) return skip('there is no capture initrd to look at');
      // A package keeps the time it was built at: newer than the initrd means replaced by hand or rebuilt.
      return compared.newer.length > 0
        ? warn(
            `changed since the capture initrd was built: ${compared.newer.join(', ')}`,
            ...compared.newer.map((path) => seen(path, 'newer than the capture initrd')),
          )
        : pass(
            'nothing that went into it is newer',
            seen('built', new Date(compared.at).toISOString()),
          );
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
      const reserved = reservedOrAsked(machine);
      if (reserved.state !== 'known') return notKnown(reserved, 'the size of the reservation');
      if (reserved.value === 0) return skip('nothing is reserved');
      const unpacked = unpackedBytes(machine.facts.initrd) ?? stat.value.size * 2;
      const need = stat.value.size + unpacked;
      const evidence = [
        seen(stat.from, `${stat.value.size} bytes, ${unpacked} unpacked`),
        seen(reserved.from, reserved.value),
      ];
      return need > reserved.value / 2
        ? warn(`${formatSize(need)} of initrd in ${formatSize(reserved.value)}`, ...evidence)
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
      const { initrd } = machine.facts;
      const image = initrd.state === 'known' ? initrd.value.image : undefined;
      if (image) return pass('it is squashed', seen(initrd.from, `${image.path} (${image.kind})`));
      return withListing(machine, ({ unpackedBytes }, from) => {
        const evidence = seen(from, `no squashed image, ${unpackedBytes} bytes unpacked`);
        const reserved = machine.crashBytes.state === 'known' ? machine.crashBytes.value : 0;
        return unpackedBytes * 4 < (reserved || usualReservation)
          ? pass('it is not squashed, and small enough without', evidence)
          : warn('the capture initrd is not squashed', evidence);
      });
    },
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
      if (machine.settings.tooling === 'none') return noTooling;
      const { initrd } = machine.facts;
      if (initrd.state === 'absent') return skip('there is no capture initrd');
      if (initrd.state !== 'known') return notKnown(initrd, 'the capture initrd');
      const { problem, unopened, names } = initrd.value;
      if (unopened) return unknown(notOpened(unopened, initrd.from), seen(initrd.from, unopened));
      return problem
        ? fail(`the capture initrd is broken: ${problem}`, seen(initrd.from, problem))
        : pass('it is whole', seen(initrd.from, `${names.size} files`));
    },
  },
];

// Firmware restarts the machine after a crash, into the default entry: its initrd does the capture.
function fadumpNext(machine: Machine, next: string): CheckOutcome {
  const evidence = [
    seen(machine.kernel.defaultEntry?.from ?? '', next),
    seen('uname -r', machine.kernel.release),
  ];
  return next === machine.kernel.release
    ? pass(`firmware restarts into ${next}, which runs now`, ...evidence)
    : {
        ...warn(
          `after a crash firmware restarts into ${next}, which cannot read the memory of ${machine.kernel.release} that runs now`,
          ...evidence,
        ),
        fix: sameKernelFix(machine),
      };
}

// An image has reserved nothing yet: the least that a machine with it will.
function reservedOrAsked(machine: Machine): Fact<number> {
  if (machine.hasKernelState) return machine.crashBytes;
  return known(leastReserved(machine) ?? 0, subject(machine)?.from ?? 'crashkernel=');
}
