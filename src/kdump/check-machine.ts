import type { FindingState } from '../model/finding.ts';
import { catalogue } from './checks/catalogue.ts';
import { type Check, type CheckOutcome, onlyRunning, unknown } from './checks/check.ts';
import { weightFor } from './checks/purpose.ts';
import { type Facts, textOf } from './facts.ts';
import { type Impossibility, isAskedWithoutKdump } from './machine/impossible.ts';
import { describeMachine, type Machine } from './machine/machine.ts';
import { describeOutside } from './report/outside-dump.ts';
import type { KdumpFinding, KdumpReport, OutsideDump } from './report/report.ts';
import { decideVerdict } from './report/verdict.ts';

/** Size of the pieces that `split` makes unless told. */
const pieceBytes = 1024 ** 3;

/** Holds every check against the facts and puts the report together. Pure. */
export function checkMachine(facts: Facts, sonae: string): KdumpReport {
  const machine = describeMachine(facts);
  const findings = catalogue.map((check) => evaluate(check, machine));
  const { container } = machine.environment;
  const outside = describeOutside(machine);
  const { verdict, because } =
    container !== undefined
      ? {
          verdict: 'unproven' as const,
          because: `this is a container (${container}): a crash dump is the business of its host, check there`,
        }
      : machine.impossible
        ? { verdict: 'not ready' as const, because: impossibleSays(machine.impossible, outside) }
        : decideVerdict(findings, rehearsalSays(machine));
  return {
    format: 'sonae-kdump-report',
    version: 1,
    sonae,
    checkedAt: new Date(facts.nowMs).toISOString(),
    purpose: facts.purpose,
    host: {
      name:
        textOf(facts, '/proc/sys/kernel/hostname') ?? textOf(facts, '/etc/hostname') ?? 'unknown',
      kernel: machine.kernel.release || (machine.kernel.defaultEntry?.release ?? ''),
      architecture: machine.kernel.arch,
      platform: machine.environment.platform,
      container: machine.environment.container,
      tooling: machine.settings.tooling,
      isLive: facts.isLive,
      isRoot: facts.isRoot,
      ramBytes: machine.ramBytes,
    },
    verdict,
    because,
    counts: countStates(findings),
    crashkernel: {
      word: machine.request?.word,
      requestedBytes: machine.request?.size,
      reservedBytes: machine.crashBytes.state === 'known' ? machine.crashBytes.value : undefined,
    },
    target: {
      kind: machine.settings.target.kind,
      where: machine.settings.target.where,
      path: machine.settings.target.path,
      freeBytes:
        machine.targetSpace.state === 'known' ? machine.targetSpace.value.freeBytes : undefined,
    },
    prediction: machine.size,
    time: machine.time,
    reservation: machine.reservation,
    pieces: machine.size && {
      bytes: pieceBytes,
      count: Math.ceil(machine.size.likely.bytes / pieceBytes),
      highCount: Math.ceil(machine.size.likely.highBytes / pieceBytes),
    },
    rehearsal: describeRehearsal(machine),
    captureCmdline: machine.captureWords.join(' '),
    impossible: container === undefined ? machine.impossible?.because : undefined,
    outside,
    findings,
  };
}

// A sentence may quote what a file holds.
const longestSaying = 600;

function evaluate(check: Check, machine: Machine): KdumpFinding {
  const { state, says, evidence = [], fix, isLeftToRunning } = outcomeOf(check, machine);
  const needsFix = state === 'warn' || state === 'fail';
  return {
    id: `kdump/${check.id}`,
    group: check.group,
    state,
    weight: weightFor(check, machine.facts.purpose),
    title: check.title,
    says: says.length > longestSaying ? `${says.slice(0, longestSaying)}…` : says,
    why: check.why,
    evidence,
    fix: needsFix ? (fix ?? check.fix?.(machine) ?? []) : [],
    ...(isLeftToRunning ? { isLeftToRunning } : {}),
  };
}

function outcomeOf(check: Check, machine: Machine): CheckOutcome {
  const { container } = machine.environment;
  if (machine.facts.folders.get('/etc')?.state === 'absent')
    return unknown('there is no /etc here: give the root folder of a system');
  const ownGroups = check.group === 'environment';
  if (container !== undefined && !ownGroups)
    return {
      state: 'skip',
      says: `we are in a container (${container}): the kernel is the host's, check there`,
    };
  if (machine.impossible && !isAskedWithoutKdump(check.id))
    return { state: 'skip', says: `kdump is impossible here: ${machine.impossible.because}` };
  if (!machine.hasKernelState && !check.isStatic) return onlyRunning;
  const outcome = check.evaluate(machine);
  if (outcome.state === 'unknown' && !outcome.isLeftToRunning && needsBoot(check, machine))
    return unknown('/boot of the image is empty: mount it below the root as well');
  return restsOnUnread(check, outcome, machine)
    ? unknown(`${machine.settings.configPath} could not be read: ${machine.settings.unread}`)
    : outcome;
}

// What such a check needs lies on a file system of its own, which whoever mounted the image forgot.
function needsBoot({ group }: Check, { hasKernelState, facts }: Machine): boolean {
  const boot = facts.folders.get('/boot');
  const isEmpty = boot?.state === 'absent' || (boot?.state === 'known' && boot.value.length === 0);
  return (
    !hasKernelState &&
    isEmpty &&
    ['kernel', 'reservation', 'configuration', 'initrd', 'shipping'].includes(group)
  );
}

// Defaults are not what an unreadable file holds: nothing that follows from it may pass.
function restsOnUnread(check: Check, { evidence = [] }: CheckOutcome, machine: Machine): boolean {
  const { unread, configPath } = machine.settings;
  if (unread === undefined || check.id === 'config-parses') return false;
  const isOfConfiguration = check.group === 'configuration' || check.group === 'target';
  return isOfConfiguration || evidence.some(({ from }) => from === configPath);
}

// Who reads this at night needs the way that is left, not a list of settings that cannot help.
function impossibleSays(
  { because, instead }: Impossibility,
  outside: OutsideDump | undefined,
): string {
  const left =
    outside && outside.commands.length > 0
      ? `${outside.who} can take the memory from outside`
      : 'nobody outside can take the memory either';
  return `kdump is impossible here: ${because}; ${left} (for kdump itself: ${instead})`;
}

function countStates(findings: readonly KdumpFinding[]): Record<FindingState, number> {
  const counts = { pass: 0, warn: 0, fail: 0, skip: 0, unknown: 0 };
  for (const { state } of findings) counts[state] += 1;
  return counts;
}

function describeRehearsal({ rehearsal }: Machine): KdumpReport['rehearsal'] {
  switch (rehearsal.kind) {
    case 'none':
    case 'unreadable':
      return { state: rehearsal.kind, verifiedAt: undefined, changed: [] };
    case 'failed':
      return { state: 'failed', verifiedAt: rehearsal.certificate.verifiedAt, changed: [] };
    case 'proved': {
      const { changed, isExpired, certificate } = rehearsal;
      const state = changed.length > 0 ? 'invalidated' : isExpired ? 'expired' : 'valid';
      return { state, verifiedAt: certificate.verifiedAt, changed };
    }
    default:
      return rehearsal satisfies never;
  }
}

function rehearsalSays(machine: Machine): string {
  const { state, verifiedAt = '', changed } = describeRehearsal(machine);
  switch (state) {
    case 'valid':
      return `proved by a rehearsal on ${verifiedAt.slice(0, 10)}`;
    case 'expired':
      return `the last rehearsal, on ${verifiedAt.slice(0, 10)}, is too long ago`;
    case 'invalidated':
      return `the rehearsal of ${verifiedAt.slice(0, 10)} no longer counts (changed: ${changed.join(', ')})`;
    case 'failed':
      return 'the last rehearsal failed';
    case 'none':
    case 'unreadable':
      return 'never proved by a rehearsal';
    default:
      return state satisfies never;
  }
}
