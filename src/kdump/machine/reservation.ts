import type { Tooling } from '../configuration/settings.ts';
import { evaluateCrashkernel } from '../parse/crashkernel.ts';

/** What the capture kernel is estimated to need, addend by addend. */
export interface ReservationEstimate {
  readonly bytes: number;
  readonly parts: readonly { readonly what: string; readonly bytes: number }[];
  /** What this distribution would reserve for this much RAM; undefined where there is no table. */
  readonly standardBytes: number | undefined;
}

const mebibyte = 1024 * 1024;

// Defaults that distributions ship; RHEL 9's and 10's differ by little, the older is taken for releases that do not say.
const tables: readonly (readonly [RegExp, string, string])[] = [
  [/\.el8/, 'x86_64', '1G-4G:160M,4G-64G:192M,64G-1T:256M,1T-:512M'],
  [/\.el9/, 'x86_64', '1G-4G:192M,4G-64G:256M,64G-:512M'],
  [/\.(?:el10|fc\d+)/, 'x86_64', '2G-64G:256M,64G-:512M'],
  [/\.el8/, 'aarch64', '2G-:448M'],
  [/\.el9/, 'aarch64', '1G-4G:256M,4G-64G:320M,64G-:576M'],
  [/\.(?:el10|fc\d+)/, 'aarch64', '2G-4G:256M,4G-64G:320M,64G-:576M'],
  [/\.(?:el\d+|fc\d+)/, 'ppc64le', '2G-4G:384M,4G-16G:512M,16G-64G:1G,64G-128G:2G,128G-:4G'],
];

/** What the distribution of a kernel reserves by default for this much RAM, in bytes. */
export function standardReservation(
  release: string,
  arch: string,
  ramBytes: number,
): number | undefined {
  const table = tables.find(([pattern, of]) => of === arch && pattern.test(release))?.[2];
  if (!table) return undefined;
  const { size } = evaluateCrashkernel(`crashkernel=${table}`, { ramBytes, arch, release });
  return size > 0 ? size : undefined;
}

/** What the estimate is made from; undefined where it could not be read. */
export interface ReservationInputs {
  readonly kernelImageBytes: number | undefined;
  readonly initrdBytes: number | undefined;
  readonly unpackedBytes: number | undefined;
  readonly captureCpus: number;
  readonly isRemote: boolean;
  readonly isEncryptedMemory: boolean;
  readonly crashBytes: number;
  readonly standardBytes: number | undefined;
  readonly tooling: Tooling;
}

/** Adds up what the capture kernel needs; undefined when the kernel's or the initrd's size is not known. */
export function estimateReservation(inputs: ReservationInputs): ReservationEstimate | undefined {
  const { kernelImageBytes, initrdBytes } = inputs;
  if (kernelImageBytes === undefined || initrdBytes === undefined) return undefined;
  const unpacked = inputs.unpackedBytes ?? initrdBytes * 2.2;
  const parts = [
    { what: 'kernel image', bytes: kernelImageBytes || 40 * mebibyte },
    { what: 'initrd as loaded and unpacked', bytes: initrdBytes + unpacked * 1.1 },
    { what: 'processors', bytes: inputs.captureCpus * 0.4 * mebibyte },
    { what: 'page structures of the reservation', bytes: inputs.crashBytes * 0.016 },
    { what: 'makedumpfile', bytes: 8 * mebibyte },
    // Debian's capture boots the real root file system: more services than an initrd has.
    { what: 'programs and page cache', bytes: (inputs.tooling === 'debian' ? 56 : 40) * mebibyte },
    ...(inputs.isRemote ? [{ what: 'network', bytes: 32 * mebibyte }] : []),
    ...(inputs.isEncryptedMemory ? [{ what: 'bounce buffers', bytes: 64 * mebibyte }] : []),
  ].map(({ what, bytes }) => ({ what, bytes: Math.round(bytes) }));
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    parts,
    standardBytes: inputs.standardBytes,
  };
}
