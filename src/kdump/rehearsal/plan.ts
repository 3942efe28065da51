import { printable } from '../../std/printable.ts';
import { formatDuration, formatSize } from '../../std/units.ts';
import type { Fingerprint } from '../machine/fingerprint.ts';
import type { RehearsalRecord } from '../machine/rehearsal-documents.ts';
import { recordName, stateFolder } from '../machine/rehearsal-state.ts';
import type { KdumpReport } from '../report/report.ts';
import type { Rail } from './rails.ts';
import { placeOfDumps, verifyCommands } from './reach-dump.ts';

/** Everything that will happen in a rehearsal, with this machine's own values. */
export interface RehearsalPlan {
  readonly host: string;
  readonly steps: readonly string[];
  readonly rails: readonly Rail[];
  /** Other ways to make the machine panic, printed only. */
  readonly otherTriggers: readonly string[];
}

/** Plans a rehearsal; `key` is what ssh must be told to bring the dump from a target. Pure. */
export function planRehearsal(
  report: KdumpReport,
  rails: readonly Rail[],
  key: string | undefined,
): RehearsalPlan {
  const { host, target, prediction, time } = report;
  const size = prediction
    ? `${formatSize(prediction.likely.bytes)} to ${formatSize(prediction.likely.highBytes)}`
    : 'of unknown size';
  const wait = time
    ? `${formatDuration(time.seconds * 1000)} to ${formatDuration(time.highSeconds * 1000)}`
    : 'an unknown time';
  return {
    host: host.name,
    steps: [
      'Get a change ticket and a second person; tell monitoring and the load balancer; stop or drain the services.',
      'Open the serial console or the console of the hypervisor, and record it: it is the only witness when the dump fails.',
      'Leave the hardware watchdog as it is in production: it is part of the test.',
      `sonae check-kdump rehearse --trigger   # writes ${stateFolder}/${recordName}, asks for the host name, then panics`,
      `Wait ${wait} for a dump ${size} in ${placeOfDumps(target)}, then for the reboot.`,
      ...verifySteps(verifyCommands(target, key)),
      'End the maintenance; keep the certificate with the build record.',
    ],
    rails,
    otherTriggers: [
      'echo c > /proc/sysrq-trigger   # what --trigger does',
      'for all others, first: sonae check-kdump rehearse --prepare   # writes the record, does not panic',
      'NMI of the management controller: ipmitool chassis power diag   # needs kernel.unknown_nmi_panic=1 or panic_on_unrecovered_nmi=1',
      ...(report.outside?.trigger ?? []),
      ...(host.tooling === 'redhat'
        ? ["kdumpctl test   # the distribution's own test; not for fadump or raw targets"]
        : []),
    ],
  };
}

// The last command does the work, those before it bring the dump here.
function verifySteps(commands: readonly string[]): readonly string[] {
  return commands.map((command, index) => {
    if (index === commands.length - 1)
      return `${command}   # after the reboot: finds the dump, proves it, writes the certificate`;
    return command.includes('FOLDER')
      ? `${command}   # after the reboot; FOLDER: the newest there that is named after this machine or its address (127.0.0.1 where the network came late)`
      : `${command}   # after the reboot, where it is not mounted`;
  });
}

/** The plan for people. */
export function renderPlan(plan: RehearsalPlan): string {
  return `${[
    `Rehearsal of a panic on ${printable(plan.host)}. Nothing was done yet.`,
    '',
    ...plan.steps.map((step, index) => `${String(index + 1).padStart(3)}. ${printable(step)}`),
    '',
    'Rails',
    ...plan.rails.map(
      ({ id, isClear, says }) => `  ${isClear ? 'ok  ' : 'STOP'} ${printable(says)}  [${id}]`,
    ),
    '',
    'Ways to make it panic; each proves its own path',
    ...plan.otherTriggers.map((trigger) => `  ${printable(trigger)}`),
  ].join('\n')}\n`;
}

/** The record that must survive the crash. */
export function makeRecord(
  report: KdumpReport,
  known: {
    readonly nonce: string;
    readonly machineId: string;
    readonly bootId: string;
    readonly startedAt: string;
    readonly fingerprint: Fingerprint;
    readonly dumps: readonly string[];
    readonly trigger: RehearsalRecord['trigger'];
    readonly operator: string | undefined;
    readonly ticket: string | undefined;
  },
): RehearsalRecord {
  const { prediction, time } = report;
  return {
    format: 'sonae-kdump-rehearsal',
    version: 1,
    host: report.host.name,
    kernel: report.host.kernel,
    predicted: {
      bytes: prediction?.likely.bytes ?? 0,
      highBytes: prediction?.likely.highBytes ?? 0,
      seconds: time?.seconds ?? 0,
      highSeconds: time?.highSeconds ?? 0,
    },
    level: prediction?.likely.level,
    ...known,
  };
}
