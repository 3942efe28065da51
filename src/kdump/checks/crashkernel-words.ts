import type { Machine } from '../machine/machine.ts';
import {
  type CrashkernelRequest,
  evaluateCrashkernel,
  imageRamSizes,
} from '../parse/crashkernel.ts';
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

/** The least that a machine with this image reserves, of those that reserve anything; undefined where none does. */
export function leastReserved(machine: Machine): number | undefined {
  const of = subject(machine);
  if (!of) return undefined;
  const sizes = imageRamSizes().map((ram) => {
    const { size, low = 0 } = requestFor(machine, of.cmdline, ram);
    return size > 0 ? size + low : Number.POSITIVE_INFINITY;
  });
  const least = Math.min(...sizes);
  return Number.isFinite(least) ? least : undefined;
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
