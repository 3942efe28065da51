import { formatSize } from '../../std/units.ts';
import { initrdStat } from './capture-initrd.ts';
import { type Check, notKnown, pass, seen, skip, unknown, untold, warn } from './check.ts';
import { noCmdline, subject } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';

/** Section 5, further: can a new capture initrd be written and loaded where the kernels lie? */
export const bootFolderChecks: readonly Check[] = [
  {
    id: 'boot-space',
    group: 'initrd',
    weight: 'high',
    title: 'there is room to build the next capture initrd',
    why: 'The next kernel update builds a new one; without room the machine is unprotected from then on.',
    reads: 'free space of /boot or /var/lib/kdump',
    isStatic: true,
    fix: (machine) => [...fixFor('removeKernels')(machine), 'df -h /boot /var/lib/kdump'],
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
    isStatic: true,
    fix: () => ['mount -o remount,rw /boot'],
    evaluate(machine) {
      const folder = machine.settings.tooling === 'redhat' ? '/boot' : '/var/lib/kdump';
      const mount = [...machine.mounts]
        .filter(({ point }) => point === '/' || folder === point || folder.startsWith(`${point}/`))
        .sort((a, b) => b.point.length - a.point.length)[0];
      if (!mount) return untold(machine, 'the mounts are not told here');
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
      if (!subject(machine)) return unknown(noCmdline);
      if (!machine.captureWords.includes('fips=1')) return skip('FIPS mode is off');
      const boot = machine.facts.folders.get('/boot');
      if (boot?.state !== 'known') return unknown('/boot could not be read');
      return boot.value.includes(`.vmlinuz-${machine.captureRelease}.hmac`)
        ? pass('the hmac file is there', seen('/boot', `.vmlinuz-${machine.captureRelease}.hmac`))
        : warn('FIPS mode is on and the kernel has no hmac file', seen('/boot', 'no .hmac'));
    },
  },
];
