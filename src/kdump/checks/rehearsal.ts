import { formatDuration, formatSize } from '../../std/units.ts';
import { isRemote } from '../configuration/dump-target.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { certificateName, stateFolder } from '../machine/rehearsal-state.ts';
import { parseWtmp } from '../parse/wtmp.ts';
import {
  type Check,
  fail,
  notKnown,
  onlyRunning,
  pass,
  seen,
  skip,
  unknown,
  warn,
} from './check.ts';

const certificate = `${stateFolder}/${certificateName}`;
const rehearse = () => ['sonae check-kdump rehearse   # prints the plan, does nothing'];
const isDump = (path: string) =>
  /(?:^|\/)(?:vmcore|dump)[^/]*$/.test(path) && !/dmesg|\.txt$/.test(path);

/** Section 12: was it ever proved, and did the last panic leave a dump? */
export const rehearsalChecks: readonly Check[] = [
  {
    id: 'rehearsal-done',
    group: 'rehearsal',
    weight: 'high',
    title: 'kdump was proved by a real panic',
    why: 'Every other check looks at parts; only a panic shows that they work together.',
    reads: `${certificate}, /var/lib/kdump/vmcore-creation.status`,
    fix: rehearse,
    evaluate(machine) {
      const { rehearsal } = machine;
      const distribution = textOf(machine.facts, '/var/lib/kdump/vmcore-creation.status');
      switch (rehearsal.kind) {
        case 'none':
          if (distribution?.startsWith('success'))
            return pass(
              'kdumpctl test made a dump',
              seen('/var/lib/kdump/vmcore-creation.status', distribution),
            );
          return warn('no dump of this machine was ever rehearsed', seen(certificate, 'absent'));
        case 'unreadable':
          return unknown(`the certificate could not be read: ${rehearsal.why}`);
        case 'failed':
          return fail(
            'the last rehearsal failed',
            seen(certificate, rehearsal.certificate.verifiedAt),
          );
        case 'proved':
          return pass(
            `proved on ${rehearsal.certificate.verifiedAt.slice(0, 10)}`,
            seen(certificate, rehearsal.certificate.dump.path),
          );
        default:
          return rehearsal satisfies never;
      }
    },
  },
  {
    id: 'rehearsal-current',
    group: 'rehearsal',
    weight: 'high',
    title: 'nothing changed since the rehearsal',
    why: 'A new kernel, disk or network card makes the proof worthless.',
    reads: 'fingerprint in the certificate against the machine',
    fix: rehearse,
    evaluate({ rehearsal }) {
      if (rehearsal.kind !== 'proved') return skip('there is no rehearsal that counts');
      const evidence = seen(certificate, rehearsal.certificate.verifiedAt);
      if (rehearsal.changed.length > 0)
        return warn(`changed since the rehearsal: ${rehearsal.changed.join(', ')}`, evidence);
      return rehearsal.isExpired
        ? warn(`the last rehearsal was ${formatDuration(rehearsal.ageMs)} ago`, evidence)
        : pass('nothing changed', evidence);
    },
  },
  {
    id: 'rehearsal-complete',
    group: 'rehearsal',
    weight: 'high',
    isStatic: true,
    title: 'the rehearsed dump was complete',
    why: 'A file with the right name can still be cut off.',
    reads: certificate,
    fix: rehearse,
    evaluate({ rehearsal }) {
      if (rehearsal.kind !== 'proved' && rehearsal.kind !== 'failed')
        return skip('there is no rehearsal');
      const missed = rehearsal.certificate.checks.filter(
        ({ ok, what }) => !ok && !what.startsWith('note:'),
      );
      return missed.length > 0
        ? fail(
            `not met: ${missed.map(({ what }) => what).join(', ')}`,
            seen(certificate, rehearsal.certificate.dump.path),
          )
        : pass(
            `${formatSize(rehearsal.certificate.dump.bytes)}, complete`,
            seen(certificate, rehearsal.certificate.dump.sha256),
          );
    },
  },
  {
    id: 'rehearsal-time',
    group: 'rehearsal',
    weight: 'medium',
    title: 'the rehearsed dump was fast enough',
    why: 'A watchdog or a cluster does not wait longer.',
    reads: `${certificate}, watchdogs`,
    fix: rehearse,
    evaluate(machine) {
      const { rehearsal, watchdogs } = machine;
      if (rehearsal.kind !== 'proved') return skip('there is no rehearsal that counts');
      const { seconds } = rehearsal.certificate.measured;
      if (seconds === undefined) return skip('the rehearsed panic came from outside: not timed');
      const active =
        watchdogs.state === 'known' ? watchdogs.value.filter(({ isActive }) => isActive) : [];
      const shortest = Math.min(
        ...active.map(({ timeout }) => timeout ?? Number.POSITIVE_INFINITY),
      );
      const evidence = seen(certificate, `${seconds} s`);
      return shortest < seconds
        ? warn(`the rehearsed dump took ${seconds} s, a watchdog waits ${shortest} s`, evidence)
        : pass(`it took ${formatDuration(seconds * 1000)}`, evidence);
    },
  },
  {
    id: 'last-panic-captured',
    group: 'rehearsal',
    weight: 'high',
    isStatic: true,
    title: 'the last time the machine went down, it left a dump or was shut down',
    why: 'A panic that left nothing proves that kdump is broken, whatever the other checks say.',
    reads: '/var/log/wtmp, dump folder, pstore',
    fix: () => ['journalctl -b -1 -e   # how the last boot ended', ...rehearse()],
    evaluate: evaluateLastEnd,
  },
  {
    id: 'incomplete-dumps',
    group: 'rehearsal',
    weight: 'high',
    isStatic: true,
    title: 'no dump was left unfinished',
    why: 'It tells that a capture ran and failed: out of space, out of memory, or reset.',
    reads: 'names and sizes below the dump folder',
    fix: () => ['look at the log beside it: dmesg.*, vmcore-dmesg.txt, kexec-dmesg.log'],
    evaluate(machine) {
      const { dumps } = machine.facts;
      if (dumps.state === 'absent') return pass('there are no dumps', seen(dumps.from, 'absent'));
      if (dumps.state !== 'known')
        return machine.settings.target.kind === 'local'
          ? notKnown(dumps, 'the dumps')
          : skip(`the dumps lie on ${dumps.from}: look there`);
      const broken = dumps.value.filter(
        ({ path, bytes }) => /incomplete/.test(path) || (isDump(path) && bytes === 0),
      );
      return broken.length > 0
        ? warn(
            `${broken.length === 1 ? 'an unfinished dump' : `${broken.length} unfinished dumps`}: ${broken[0]?.path}`,
            ...broken.slice(0, 5).map(({ path, bytes }) => seen(path, `${bytes} bytes`)),
          )
        : pass(
            'none was',
            seen(dumps.from, `${dumps.value.filter(({ path }) => isDump(path)).length} dumps`),
          );
    },
  },
];

// The folders on a share are named after the address of a machine, which is not asked for, or after the machine.
function isNamedAfter({ facts }: Machine, path: string): boolean {
  const host = textOf(facts, '/proc/sys/kernel/hostname') ?? '';
  return host !== '' && path.split('/').some((name) => name.startsWith(`${host}-`));
}

// A boot that ended without a shutdown, and no dump of that time: a panic, a reset or lost power that left nothing.
function evaluateLastEnd(machine: Machine) {
  const { wtmp, dumps, folders } = machine.facts;
  if (wtmp.state === 'absent' && !machine.hasKernelState) return onlyRunning;
  if (wtmp.state !== 'known') return notKnown(wtmp, 'how the last boot ended');
  const boots = parseWtmp(wtmp.value);
  if (!boots)
    return unknown(
      'wtmp is damaged or of a kind that is not known',
      seen(wtmp.from, `${wtmp.value.length} bytes`),
    );
  const previous = boots.at(-2);
  const current = boots.at(-1);
  if (!previous || !current) return skip('only one boot is recorded');
  const evidence = seen(wtmp.from, `boot of ${new Date(previous.startedMs).toISOString()}`);
  if (previous.endedCleanly) return pass('the last boot ended with a shutdown', evidence);
  const found =
    dumps.state === 'known'
      ? dumps.value.find(
          ({ path, mtimeMs }) =>
            isDump(path) && mtimeMs > previous.startedMs && mtimeMs < current.startedMs + 3_600_000,
        )
      : undefined;
  if (found && isRemote(machine.settings) && !isNamedAfter(machine, found.path))
    return unknown(
      'the last boot ended without a shutdown; a dump came to the share then, of this machine or of another',
      evidence,
      seen(found.path, `${found.bytes} bytes`),
    );
  if (found)
    return pass(
      'the last boot ended in a panic that left a dump',
      evidence,
      seen(found.path, `${found.bytes} bytes`),
    );
  const { rehearsal } = machine;
  if (rehearsal.kind === 'proved') {
    const { record, dump } = rehearsal.certificate;
    // A capture that runs in the root file system (Debian) is a boot of its own in wtmp: the dump ends in it, the panic came before.
    const isOfLastBoot = [record.startedAt, dump.finishedAt]
      .map((text) => Date.parse(text))
      .some((ms) => ms > previous.startedMs && ms < current.startedMs);
    if (isOfLastBoot)
      return pass(
        'the last boot ended in the rehearsed panic, whose dump was verified',
        evidence,
        seen('rehearsal', dump.path),
      );
  }
  // A dump on another machine may be there or not.
  if (dumps.state === 'unreadable')
    return unknown(
      `the last boot ended without a shutdown; whether it left a dump could not be seen: ${dumps.why}`,
      evidence,
    );
  const pstore = ['/sys/fs/pstore', '/var/lib/systemd/pstore'].find((path) => {
    const fact = folders.get(path);
    return (
      fact?.state === 'known' &&
      fact.value.some((name) => name.startsWith('dmesg-') || /^\d+$/.test(name))
    );
  });
  if (pstore)
    return fail(
      'the last boot ended in a panic and left no dump',
      evidence,
      seen(pstore, 'a record of the crash'),
    );
  return warn(
    'the last boot ended without a shutdown and left no dump: a panic, a reset or lost power',
    evidence,
  );
}
