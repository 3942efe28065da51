import { type Facts, textOf } from '../facts.ts';
import { isCrashKernelLoaded } from '../machine/kexec.ts';
import { describeMachine } from '../machine/machine.ts';
import type { KdumpReport } from '../report/report.ts';

/** A reason not to crash this machine now. */
export interface Rail {
  readonly id: string;
  /** True when it holds nobody back. */
  readonly isClear: boolean;
  /** A rail that no option overrides. */
  readonly isFixed: boolean;
  readonly says: string;
}

/** What runs and who is there; asked just before a rehearsal. */
export interface Activity {
  /** Names of running processes. */
  readonly processes: readonly string[];
  readonly sessions: number;
}

const busy =
  /^(?:apt|apt-get|dpkg|dnf|dnf5|yum|rpm|zypper|unattended-upgr|rsync|restic|borg|bacula-fd|fsck.*|e2fsck|xfs_repair|mdadm|dracut|mkinitramfs|update-initramf.*)$/;

/** The rails of a rehearsal: each says why a panic now would hurt or prove nothing. */
export function checkRails(facts: Facts, report: KdumpReport, activity: Activity): readonly Rail[] {
  const machine = describeMachine(facts);
  const uptime = Number.parseFloat(textOf(facts, '/proc/uptime') ?? '');
  const mdstat = textOf(facts, '/proc/mdstat') ?? '';
  const running = [...new Set(activity.processes.filter((name) => busy.test(name)))];
  const hasCluster = ['/etc/corosync/corosync.conf', '/etc/ocfs2/cluster.conf'].some(
    (path) => facts.files.get(path)?.state === 'known',
  );
  const consoles = `${textOf(facts, '/proc/consoles') ?? ''} ${textOf(facts, '/proc/cmdline') ?? ''}`;
  const rail = (id: string, isClear: boolean, says: string, isFixed = false): Rail => ({
    id,
    isClear,
    isFixed,
    says,
  });
  return [
    rail('live', facts.isLive, 'this must be the running machine, not an image', true),
    rail('root', facts.isRoot, 'this must run as root', true),
    rail(
      'container',
      machine.environment.container === undefined,
      'this must not be a container: its host would go down',
      true,
    ),
    rail('loaded', isCrashKernelLoaded(machine), 'a crash kernel must be loaded', true),
    rail(
      'sysrq',
      facts.stats.get('/proc/sysrq-trigger')?.state === 'known',
      'the kernel must have SysRq (/proc/sysrq-trigger); a panic from outside needs none',
    ),
    rail(
      'verdict',
      report.verdict !== 'not ready',
      `check-kdump must find nothing critical (${report.because})`,
    ),
    rail(
      'uptime',
      uptime >= 300,
      `the machine must be up for 5 minutes (${Math.round(uptime || 0)} s now)`,
    ),
    rail(
      'raid',
      !/\[[U_]*_[U_]*\]|resync|recovery/.test(mdstat),
      'no array may be degraded or in resync',
    ),
    rail(
      'busy',
      running.length === 0,
      `no package, backup or repair program may run${running.length > 0 ? ` (${running.join(', ')})` : ''}`,
    ),
    rail(
      'users',
      activity.sessions <= 2,
      `nobody else may be logged in (${activity.sessions} sessions)`,
    ),
    rail(
      'cluster',
      !hasCluster,
      'a member of a cluster must be in maintenance mode and standby first',
    ),
    rail(
      'console',
      /ttyS|hvc|ttyAMA|ttysclp|sclp/.test(consoles),
      'a serial console must be there, open and recorded',
    ),
  ];
}
