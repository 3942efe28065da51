import { formatSize } from '../../std/units.ts';
import type { Machine } from '../machine/machine.ts';
import { compareVersions, makedumpfileVersion } from '../machine/makedumpfile.ts';
import type { PageCensus } from '../pages/page-census.ts';
import { isKernelAtLeast } from '../parse/crashkernel.ts';
import {
  type Check,
  fail,
  noTooling,
  notKnown,
  pass,
  seen,
  skip,
  unknown,
  untold,
  warn,
} from './check.ts';
import { isLogOnly } from './collector.ts';
import { fixFor } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

// From the project's log; distributions backport, so an old version is a reason to doubt, not a proof.
const needs: readonly (readonly [number, number, readonly number[], string])[] = [
  [6, 2, [1, 7, 3], 'pages are excluded wrongly or not at all'],
  [6, 6, [1, 7, 4], 'compound pages are not excluded: a large dump'],
  [6, 9, [1, 7, 6], 'huge pages are not excluded'],
  [6, 12, [1, 7, 7], 'free pages are not excluded: a dump as large as the RAM'],
  [6, 16, [1, 7, 8], 'unaccepted pages of confidential guests are read'],
];

// Free pages are what an old one mistakes: without their bit the dump is large, and whole.
const updateOrLower = (machine: Machine) => [
  ...fixFor('updateCollector')(machine),
  'where there is no newer one: dump level 15 (-d 15) instead of 31',
];

/** Section 11: can the dump be read and sent? */
export const shippingChecks: readonly Check[] = [
  {
    id: 'makedumpfile-kernel-compat',
    group: 'shipping',
    weight: 'critical',
    isStatic: true,
    title: 'makedumpfile is new enough for this kernel',
    why: 'An older one filters wrongly and says nothing: a huge dump, or one with holes.',
    reads: 'makedumpfile -v, kernel release',
    fix: updateOrLower,
    evaluate(machine) {
      if (machine.settings.tooling === 'none') return noTooling;
      const version = makedumpfileVersion(machine);
      const release = machine.kernel.release || machine.captureRelease;
      if (!version || release === '') {
        const output = machine.facts.outputs.get('makedumpfile');
        if (output?.state === 'absent')
          return {
            ...fail('makedumpfile is not installed', seen(output.from, 'not found')),
            fix: fixFor('installCollector')(machine),
          };
        return unknown('the version of makedumpfile or of the kernel is not known here');
      }
      const evidence = [seen('makedumpfile -v', version.join('.')), seen('kernel', release)];
      const missed = needs.findLast(
        ([major, minor, least]) =>
          isKernelAtLeast(release, major, minor) && compareVersions(version, least) < 0,
      );
      return missed
        ? warn(
            `makedumpfile ${version.join('.')} is older than ${missed[2].join('.')}, which kernels from ${missed[0]}.${missed[1]} on need: ${missed[3]} (unless the distribution patched it)`,
            ...evidence,
          )
        : pass('it is new enough', ...evidence);
    },
  },
  {
    id: 'makedumpfile-selftest',
    group: 'shipping',
    weight: 'high',
    title: 'makedumpfile sees the same free pages as the kernel',
    why: 'It proves before the crash that the filter works; where it does not, a dump is as large as the RAM.',
    reads: 'makedumpfile --mem-usage /proc/kcore against /proc/kpageflags',
    fix: updateOrLower,
    evaluate(machine) {
      const output = machine.facts.outputs.get('makedumpfile --mem-usage');
      if (output?.state !== 'known')
        return unknown(
          'makedumpfile --mem-usage /proc/kcore was not run or did not answer (root only)',
        );
      const free = Number(/^FREE\s+(\d+)/m.exec(output.value)?.[1] ?? Number.NaN);
      const { pages } = machine.facts;
      if (!Number.isFinite(free))
        return unknown(
          'makedumpfile did not tell the free pages',
          seen(output.from, output.value.split('\n')[0] ?? ''),
        );
      if (pages.state !== 'known' || !pages.value[0])
        return notKnown(pages, 'the flags of the pages');
      const [census] = pages.value;
      const counted = census.free;
      const evidence = [
        seen(output.from, `FREE ${free}`),
        seen('/proc/kpageflags', `${counted} free pages`),
      ];
      if (free === 0 && counted > 0)
        return fail(
          'makedumpfile sees no free pages at all: its filter does not work with this kernel',
          ...evidence,
        );
      return Math.abs(free - counted) > Math.max(counted / 4, movesMeanwhile(census))
        ? warn(`makedumpfile sees ${free} free pages, the kernel ${counted}`, ...evidence)
        : pass('both see the same', ...evidence);
    },
  },
  {
    id: 'vmcore-tools',
    group: 'shipping',
    weight: 'low',
    isStatic: true,
    title: 'which tools can read a dump here',
    why: 'sonae inspect needs none; crash and drgn go further.',
    reads: 'crash, drgn',
    evaluate(machine) {
      const found = ['crash', 'drgn'].filter(
        (name) =>
          machine.facts.commands.get(name) === true ||
          machine.facts.stats.get(`/usr/bin/${name}`)?.state === 'known',
      );
      return pass(
        found.length > 0
          ? `${found.join(' and ')} installed`
          : 'neither crash nor drgn: sonae inspect reads a dump',
        seen('/usr/bin', found.join(', ') || 'none'),
      );
    },
  },
  {
    id: 'debuginfo-available',
    group: 'shipping',
    weight: 'low',
    isStatic: true,
    title: 'debug information of this kernel is at hand',
    why: 'crash needs it; the support centre usually has its own.',
    reads: '/usr/lib/debug',
    fix: fixFor('debuginfo'),
    evaluate(machine) {
      const { release } = machine.kernel;
      const folders = ['/usr/lib/debug/lib/modules', '/usr/lib/debug/boot'].map((path) =>
        machine.facts.folders.get(path),
      );
      const isThere =
        release !== '' &&
        folders.some(
          (fact) => fact?.state === 'known' && fact.value.some((name) => name.includes(release)),
        );
      return isThere
        ? pass('it is installed', seen('/usr/lib/debug', release))
        : warn(
            'debug information is not installed here: needed only where the dump is read',
            seen('/usr/lib/debug', 'not found'),
          );
    },
  },
  {
    id: 'vmcore-dmesg-fallback',
    group: 'shipping',
    weight: 'medium',
    isStatic: true,
    title: 'the kernel log is saved beside the dump',
    why: 'Two hundred kilobytes solve most cases, and come out even when the dump fails.',
    reads: 'KDUMP_DUMP_DMESG, vmcore-dmesg in the initrd',
    fix: settingFix({ debian: 'KDUMP_DUMP_DMESG=1' }),
    evaluate(machine) {
      const { tooling, values, target } = machine.settings;
      if (tooling === 'none') return noTooling;
      if (values.get('KDUMP_DUMP_DMESG') === '0')
        return warn(
          'KDUMP_DUMP_DMESG=0: the log is not saved',
          seen('/etc/default/kdump-tools', 'KDUMP_DUMP_DMESG=0'),
        );
      if (target.kind === 'raw')
        return warn('a raw target keeps no log', seen(machine.settings.configPath, 'raw'));
      return pass('it is saved', seen(machine.settings.configPath, 'default'));
    },
  },
  {
    id: 'ship-size-vs-limit',
    group: 'shipping',
    weight: 'medium',
    isStatic: true,
    title: 'the dump can be sent in pieces of 1 GiB',
    why: 'Support centres limit an upload; sonae split cuts a dump into pieces that join with cat.',
    reads: 'predicted size',
    evaluate(machine) {
      if (!machine.size) return untold(machine, 'the size could not be predicted');
      const { bytes, highBytes } = machine.size.likely;
      const pieces = Math.ceil(bytes / 1024 ** 3);
      const evidence = seen('predicted', `${bytes} to ${highBytes} bytes`);
      return pieces > 100
        ? warn(`about ${formatSize(bytes)}: ${pieces} pieces of 1 GiB`, evidence)
        : pass(
            `about ${formatSize(bytes)}: ${pieces} ${pieces === 1 ? 'piece' : 'pieces'} of 1 GiB`,
            evidence,
          );
    },
  },
  {
    id: 'ship-route',
    group: 'shipping',
    weight: 'low',
    title: 'the dump can leave the machine',
    why: 'Behind a bastion it must be fetched.',
    reads: 'nothing: no network is used',
    evaluate: () =>
      skip('no network is used by this check: send a small file the way a dump would go'),
  },
  {
    id: 'ship-privacy',
    group: 'shipping',
    weight: 'medium',
    isStatic: true,
    title: "the dump holds no memory of users' programs",
    why: "With a level without 8 the customers' data is in the dump. The kernel's own pages hold keys at any level: encrypt what is sent.",
    reads: 'dump level',
    evaluate(machine) {
      const { level, isMakedumpfile, text } = machine.settings.collector;
      if (machine.settings.tooling === 'none') return noTooling;
      if (isLogOnly(machine)) return skip('no dump is saved');
      const evidence = seen(machine.settings.configPath, text);
      return !isMakedumpfile || ((level ?? 0) & 8) === 0
        ? warn("users' memory is in the dump: encrypt it (sonae split --encrypt-to)", evidence)
        : pass("users' memory is left out", evidence);
    },
  },
];

// Between the two counts the machine goes on, and both counters need memory themselves (seen: 52 MiB of 1 GiB, soon after a
// start). A broken filter is off by far more; where it is not, the dump does not become larger by much.
function movesMeanwhile({
  pageBytes,
  free,
  cache,
  cachePrivate,
  user,
  kernel,
}: PageCensus): number {
  const ram = free + cache + cachePrivate + user + kernel;
  return ram / 20 + (128 * 1024 * 1024) / pageBytes;
}
