import type { LogLine } from './call-trace.ts';

/** Something that went wrong before the crash, counted. */
export interface Trouble {
  readonly kind: string;
  readonly count: number;
  readonly firstMicroseconds: number | undefined;
  readonly lastMicroseconds: number | undefined;
  /** The first such line. */
  readonly example: string;
}

const kinds: readonly [string, RegExp][] = [
  ['hardware error', /\[Hardware Error\]|^EDAC .*(?: CE | UE )|Machine Check/],
  [
    'oops or BUG',
    /^BUG: (?!soft lockup)|^kernel BUG at|^general protection fault|^Oops:|^Unable to handle kernel/,
  ],
  ['soft lockup', /BUG: soft lockup/],
  ['hard lockup', /hard LOCKUP/],
  ['hung task', /^INFO: task .{1,40} blocked for more than/],
  ['RCU stall', /^(?:rcu: )?INFO: .*detected (?:expedited )?stall/],
  ['out of memory', /invoked oom-killer|^Out of memory|^Memory cgroup out of memory/],
  ['page allocation failure', /page allocation failure/],
  ['I/O error', /I\/O error|critical (?:medium|target) error|Medium Error|blk_update_request/],
  ['SCSI trouble', /^(?:sd|scsi|st|sr) .*(?:timing out|abort|offlin|reset|rejecting I\/O)/i],
  ['NVMe trouble', /^nvme .*(?:timeout|abort|reset|controller is down)/i],
  ['path failure', /multipath: .*Failing path|dm-multipath: .*fail/i],
  [
    'file system error',
    /^(?:EXT[234]-fs error|EXT4-fs \(\S+\): error|XFS \(\S+\): .*(?:Corrupt|error|shut)|BTRFS (?:error|critical)|JBD2: .*error)/i,
  ],
  ['NFS not responding', /^nfs: server .* not responding/],
  ['network down', /NETDEV WATCHDOG|[Ll]ink is [Dd]own|carrier lost/],
  ['warning', /^WARNING: /],
  ['thermal', /[Tt]emperature above threshold|clock throttled/],
];

/** Counts known troubles among the lines before the crash. */
export function findTrouble(lines: readonly LogLine[]): Trouble[] {
  const found = new Map<string, Trouble>();
  for (const { text, microseconds } of lines) {
    const kind = kinds.find(([, pattern]) => pattern.test(text))?.[0];
    if (kind === undefined) continue;
    const known = found.get(kind);
    found.set(kind, {
      kind,
      count: (known?.count ?? 0) + 1,
      firstMicroseconds: known ? known.firstMicroseconds : microseconds,
      lastMicroseconds: microseconds ?? known?.lastMicroseconds,
      example: known?.example ?? text,
    });
  }
  return [...found.values()];
}
