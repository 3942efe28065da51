import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { parseNumber, parseShellVariables } from '../parse/text.ts';
import { hasName, withListing } from './capture-initrd.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  pass,
  seen,
  skip,
  unknown,
  untold,
  warn,
} from './check.ts';
import { fixFor } from './fixes.ts';

const clusterFiles = [
  '/etc/corosync/corosync.conf',
  '/var/lib/pacemaker/cib/cib.xml',
  '/etc/ocfs2/cluster.conf',
] as const;

function clusterEvidence(machine: Machine) {
  return clusterFiles.filter((path) => {
    const fact = machine.facts.files.get(path);
    return fact !== undefined && fact.state !== 'absent';
  });
}

function inCluster(
  machine: Machine,
  judge: (cib: string | undefined) => CheckOutcome,
): CheckOutcome {
  if (clusterEvidence(machine).length === 0) return skip('this is no member of a cluster');
  return judge(textOf(machine.facts, '/var/lib/pacemaker/cib/cib.xml'));
}

// kdump.conf, SUSE's post script and the stonith resource are three ways to the same thing.
function fenceKdump(machine: Machine, cib: string | undefined): string | undefined {
  const nodes = machine.settings.conf?.values.get('fence_kdump_nodes');
  if (nodes) return `fence_kdump_nodes ${nodes}`;
  if (/fence_kdump_send/.test(machine.settings.values.get('KDUMP_POSTSCRIPT') ?? ''))
    return 'KDUMP_POSTSCRIPT';
  return cib !== undefined && /type="fence_kdump"/.test(cib)
    ? 'stonith resource fence_kdump'
    : undefined;
}

function sbd(machine: Machine): ReadonlyMap<string, string> | undefined {
  const text =
    textOf(machine.facts, '/etc/sysconfig/sbd') ?? textOf(machine.facts, '/etc/default/sbd');
  return text === undefined ? undefined : parseShellVariables(text).values;
}

/** Section 9: will the rest of the cluster let the node dump? */
export const clusterChecks: readonly Check[] = [
  {
    id: 'cluster-detected',
    group: 'cluster',
    weight: 'info',
    isStatic: true,
    title: 'whether this is a member of a cluster',
    why: 'A cluster power-cycles a node that does not answer, in the middle of its dump.',
    reads: 'corosync.conf, cib.xml, OCFS2 cluster.conf',
    evaluate(machine) {
      const found = clusterEvidence(machine);
      return found.length > 0
        ? pass('this is a member of a cluster', ...found.map((path) => seen(path, 'there')))
        : skip('this is no member of a cluster');
    },
  },
  {
    id: 'fence-kdump-configured',
    group: 'cluster',
    weight: 'high',
    isStatic: true,
    title: 'the cluster waits for a node that dumps',
    why: 'Without fence_kdump the others cut the power before the dump is complete.',
    reads: 'cib.xml, fence_kdump_nodes, KDUMP_POSTSCRIPT',
    fix: (machine) =>
      machine.settings.tooling === 'suse'
        ? [
            'set KDUMP_POSTSCRIPT="/usr/lib/fence_kdump_send -v -i 10 -c 5 OTHER_NODES" and KDUMP_NETCONFIG="auto:force" in /etc/sysconfig/kdump',
            ...fixFor('rebuild')(machine),
          ]
        : [
            'pcs stonith create kdump fence_kdump pcmk_host_check=static-list pcmk_host_list="ALL NODES"',
            'pcs stonith level add 1 NODE kdump; pcs stonith level add 2 NODE POWER_AGENT',
            ...fixFor('rebuild')(machine),
          ],
    evaluate: (machine) =>
      inCluster(machine, (cib) => {
        const way = fenceKdump(machine, cib);
        if (way !== undefined) return pass(`it waits: ${way}`, seen('cluster configuration', way));
        if (
          cib === undefined &&
          machine.facts.files.get('/var/lib/pacemaker/cib/cib.xml')?.state === 'unreadable'
        )
          return unknown("the cluster's configuration can be read by root only");
        return fail(
          'the cluster does not know fence_kdump: it cuts the power during a dump',
          seen('/var/lib/pacemaker/cib/cib.xml', 'no fence_kdump'),
        );
      }),
  },
  {
    id: 'fence-kdump-send-in-initrd',
    group: 'cluster',
    weight: 'high',
    isStatic: true,
    title: 'the capture initrd can tell the cluster that it dumps',
    why: 'Without fence_kdump_send no message goes out and the node is fenced.',
    reads: 'capture initrd',
    fix: fixFor('rebuild'),
    evaluate: (machine) =>
      inCluster(machine, (cib) => {
        if (fenceKdump(machine, cib) === undefined) return skip('fence_kdump is not configured');
        return withListing(machine, (listing, from) =>
          hasName(listing, /fence_kdump_send$/)
            ? pass('fence_kdump_send is there', seen(from, 'fence_kdump_send'))
            : fail('fence_kdump_send is not in the capture initrd', seen(from, 'not found')),
        );
      }),
  },
  {
    id: 'fence-timeout-vs-boot',
    group: 'cluster',
    weight: 'high',
    isStatic: true,
    title: 'fencing waits until the capture kernel can speak',
    why: 'The message comes only when the capture kernel has a network: later than the time-out, it comes too late.',
    reads: 'timeout of fence_kdump in cib.xml, predicted start of the capture',
    fix: () => ['pcs stonith update kdump timeout=120'],
    evaluate: (machine) =>
      inCluster(machine, (cib) => {
        if (cib === undefined || !/type="fence_kdump"/.test(cib))
          return skip('no fence_kdump resource is seen');
        const resource =
          /<primitive[^>]*type="fence_kdump"[\s\S]{0,4000}?<\/primitive>/.exec(cib)?.[0] ?? '';
        const timeout =
          parseNumber(/name="timeout"\s+value="(\d+)/.exec(resource)?.[1] ?? '60') ?? 60;
        const start = machine.time?.parts.filter(({ what }) => /start|network/.test(what)) ?? [];
        const high = start.reduce((sum, { highSeconds }) => sum + highSeconds, 0);
        const evidence = [
          seen('fence_kdump timeout', `${timeout} s`),
          seen('start of the capture', `up to ${high} s`),
        ];
        return timeout < high
          ? warn(`fencing waits ${timeout} s, the capture can need ${high} s to speak`, ...evidence)
          : pass(`fencing waits ${timeout} s`, ...evidence);
      }),
  },
  {
    id: 'fence-only-first-message',
    group: 'cluster',
    weight: 'medium',
    isStatic: true,
    title: 'what happens after the first message',
    why: 'After it the node counts as fenced and its resources start elsewhere, while the dump goes on.',
    reads: 'cib.xml',
    evaluate: (machine) =>
      inCluster(machine, (cib) =>
        cib && /type="fence_kdump"/.test(cib)
          ? pass(
              'the node counts as fenced while it dumps',
              seen('/var/lib/pacemaker/cib/cib.xml', 'fence_kdump'),
            )
          : skip('no fence_kdump resource is seen'),
      ),
  },
  {
    id: 'sbd-watchdog',
    group: 'cluster',
    weight: 'critical',
    isStatic: true,
    title: 'SBD does not reset the node while it dumps',
    why: 'SBD arms the hardware watchdog with a few seconds: the dump never gets further.',
    reads: '/etc/sysconfig/sbd',
    fix: ({ time }) => {
      const seconds = time ? Math.ceil((time.highSeconds * 1.2) / 10) * 10 : 600;
      return [
        `crm sbd configure crashdump-watchdog-timeout=${seconds}   # SUSE`,
        `elsewhere, in /etc/sysconfig/sbd: SBD_TIMEOUT_ACTION=flush,crashdump and SBD_OPTS="-C ${seconds}"`,
      ];
    },
    evaluate(machine) {
      const values = sbd(machine);
      if (!values) return skip('SBD is not configured');
      const timeout = parseNumber(values.get('SBD_WATCHDOG_TIMEOUT') ?? '5') ?? 5;
      const isAware =
        /crashdump/.test(values.get('SBD_TIMEOUT_ACTION') ?? '') ||
        /-C\s*\d+/.test(values.get('SBD_OPTS') ?? '');
      const evidence = [
        seen('SBD_WATCHDOG_TIMEOUT', timeout),
        seen('SBD_TIMEOUT_ACTION', values.get('SBD_TIMEOUT_ACTION') ?? 'not set'),
      ];
      if (isAware) return pass('SBD knows of crash dumps', ...evidence);
      if (timeout === 0) return pass('SBD arms no watchdog', ...evidence);
      const need = machine.time?.seconds ?? 30;
      return timeout < need
        ? fail(
            `SBD resets the node after ${timeout} s, the dump takes at least ${need} s`,
            ...evidence,
          )
        : pass(`SBD waits ${timeout} s`, ...evidence);
    },
  },
  {
    id: 'ocfs2-fence-method',
    group: 'cluster',
    weight: 'medium',
    isStatic: true,
    title: 'OCFS2 panics instead of resetting',
    why: 'With fence_method=reset the node restarts without a panic and without a dump.',
    reads: '/etc/sysconfig/o2cb, /etc/ocfs2/cluster.conf',
    fix: () => ['o2cb set fence_method panic'],
    evaluate(machine) {
      const text = `${textOf(machine.facts, '/etc/sysconfig/o2cb') ?? ''}\n${textOf(machine.facts, '/etc/default/o2cb') ?? ''}\n${textOf(machine.facts, '/etc/ocfs2/cluster.conf') ?? ''}`;
      if (text.trim() === '') return skip('there is no OCFS2');
      return /fence_method\s*=\s*reset/i.test(text)
        ? warn('the fence method is reset', seen('OCFS2', 'fence_method=reset'))
        : pass(
            'it is not set to reset',
            seen('OCFS2', /fence_method\s*=\s*\S+/i.exec(text)?.[0] ?? 'not set'),
          );
    },
  },
  {
    id: 'cluster-fs-target',
    group: 'cluster',
    weight: 'high',
    title: 'the dump does not go to a cluster file system',
    why: 'The node that dumps is fenced from the storage it writes to.',
    reads: 'mount of the dump folder',
    isStatic: true,
    fix: () => ['choose a local file system as the target'],
    evaluate(machine) {
      const mount = machine.targetMount;
      if (machine.settings.target.kind !== 'local') return skip('the target is not local');
      if (!mount) return untold(machine, 'what is mounted is not told here');
      return /^(?:gfs2|ocfs2)$/.test(mount.type)
        ? fail(`the dump goes to ${mount.type}`, seen(mount.point, mount.type))
        : pass(`it goes to ${mount.type}`, seen(mount.point, mount.type));
    },
  },
];
