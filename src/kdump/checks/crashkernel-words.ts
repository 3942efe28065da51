import type { Machine } from '../machine/machine.ts';
import { type CrashkernelRequest, evaluateCrashkernel } from '../parse/crashkernel.ts';
import { type CheckOutcome, seen, skip, unknown } from './check.ts';

/** The command line to judge: the running one, or on an image the one of its default boot entry. */
export function subject(machine: Machine): { cmdline: string; from: string } | undefined {
  if (machine.kernel.cmdline !== undefined)
    return { cmdline: machine.kernel.cmdline, from: '/proc/cmdline' };
  const entry = machine.kernel.defaultEntry;
  return entry && { cmdline: entry.options, from: entry.from };
}

/** Why nothing can be said of crashkernel=. */
export const noCmdline = 'neither a running command line nor a boot entry was found';

/** The words of a command line that hold crashkernel=. */
export function crashkernelWords(cmdline: string): string {
  return cmdline
    .split(/\s+/)
    .filter((word) => word.includes('crashkernel='))
    .join(' ');
}

/** What the kernel makes of a command line on this machine, or with other RAM. */
export function requestFor(
  machine: Machine,
  cmdline: string,
  ramBytes = machine.ramBytes ?? 8 * 1024 ** 3,
): CrashkernelRequest {
  const { arch, release, defaultEntry } = machine.kernel;
  return evaluateCrashkernel(cmdline, {
    ramBytes,
    arch,
    release: release || (defaultEntry?.release ?? ''),
  });
}

/** Judges the crashkernel= words; their absence is one finding, not twelve. */
export function withWord(
  machine: Machine,
  judge: (cmdline: string, words: string, from: string) => CheckOutcome,
): CheckOutcome {
  const of = subject(machine);
  if (!of) return unknown(noCmdline);
  const words = crashkernelWords(of.cmdline);
  return words === ''
    ? skip('there is no crashkernel=', seen(of.from, 'no crashkernel='))
    : judge(of.cmdline, words, of.from);
}
