import { type CrashkernelLint, lintOf } from './crashkernel-lint.ts';
import {
  type CrashkernelWord,
  crashkernelWords,
  parseRanges,
  parseSimple,
  parseSuffixed,
} from './crashkernel-value.ts';

/** What the evaluation of `crashkernel=` depends on besides the command line itself. */
export interface CrashkernelContext {
  /** What memblock counts as RAM: the top-level `System RAM` of /proc/iomem. */
  readonly ramBytes: number;
  /** As `uname -m` prints it. */
  readonly arch: string;
  /** As `uname -r` prints it. */
  readonly release: string;
}

/** What the kernel makes of the command line: bytes asked for, or why nothing. */
export interface CrashkernelRequest {
  /** The word that decided, as it stands on the command line (with `,high` the `,low` that belongs to it); undefined when there is none. */
  readonly word: string | undefined;
  /** Bytes of the main region; 0 when nothing is asked for. */
  readonly size: number;
  /** Bytes below 4 GiB in addition; undefined when none was asked for and none is added. */
  readonly low: number | undefined;
  /** Bytes of the CMA region (6.17 and newer). */
  readonly cma: number | undefined;
  /** Address demanded with `@`; undefined when the kernel chooses. */
  readonly offset: number | undefined;
  readonly isHigh: boolean;
  /** The kernel's own complaint; undefined when it says nothing. */
  readonly error: string | undefined;
  readonly lint: readonly CrashkernelLint[];
}

const mebibyte = 1024 * 1024;
const longestLine = 8192; // twice COMMAND_LINE_SIZE of the architecture that has most (s390x): no kernel reads on
const gibibyte = 1024 * mebibyte;

/** The table behind `crashkernel=auto` of Red Hat kernels up to 8. */
const autoTables: Readonly<Record<string, string>> = {
  x86_64: '1G-4G:160M,4G-64G:192M,64G-1T:256M,1T-:512M',
  s390x: '1G-4G:160M,4G-64G:192M,64G-1T:256M,1T-:512M',
  aarch64: '2G-:448M',
  ppc64le: '2G-4G:384M,4G-16G:512M,16G-64G:1G,64G-128G:2G,128G-:4G',
};

/**
 * Evaluates `crashkernel=` as kernel/crash_reserve.c does for this much RAM. The kernel searches for the text, not for a
 * word: `foo.crashkernel=256M` counts. Never throws.
 */
export function evaluateCrashkernel(
  cmdline: string,
  context: CrashkernelContext,
): CrashkernelRequest {
  const line = cmdline.slice(0, longestLine).replace(/[\n\0]+$/, '');
  const suffixes = knownSuffixes(context);
  const regular = lastWord(line, undefined, suffixes);
  const main =
    regular === undefined
      ? evaluateHigh(line, suffixes, context)
      : evaluateRegular(line, regular, context);
  const request = withCma(line, suffixes, withRoom(main, context));
  return { ...request, lint: lintOf(line, request, context.ramBytes) };
}

/** True for the kernels that carry Red Hat's `crashkernel=auto` (RHEL 8 and older, and clones): told by the release itself. */
export function hasAutoCrashkernel(release: string): boolean {
  return /\.el[678](?:[._]|uek|$)/.test(release);
}

/** True when a release such as `6.12.1-foo` is at least `major.minor`. */
export function isKernelAtLeast(release: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release);
  if (!match) return false;
  const [have, haveMinor] = [Number(match[1]), Number(match[2])];
  return have > major || (have === major && haveMinor >= minor);
}

type Core = Omit<CrashkernelRequest, 'lint'>;

const nothing: Core = {
  word: undefined,
  size: 0,
  low: undefined,
  cma: undefined,
  offset: undefined,
  isHigh: false,
  error: undefined,
};

// `,high` and `,low` exist where the architecture uses the generic reservation.
function knownSuffixes({ arch, release }: CrashkernelContext): readonly string[] {
  const hasCma = arch === 'x86_64' && isKernelAtLeast(release, 6, 17);
  return [',high', ',low', ...(hasCma ? [',cma'] : [])];
}

// The last one counts: with this suffix, or with none that is known.
function lastWord(
  line: string,
  suffix: string | undefined,
  suffixes: readonly string[],
): CrashkernelWord | undefined {
  return crashkernelWords(line).findLast(({ word }) =>
    suffix === undefined ? !suffixes.some((known) => word.endsWith(known)) : word.endsWith(suffix),
  );
}

// What stands behind the `=`, to the end of the line: the kernel's parsers do not stop at the word.
function valueAt(line: string, { at }: CrashkernelWord): string {
  return line.slice(at + 'crashkernel='.length);
}

function evaluateRegular(line: string, found: CrashkernelWord, context: CrashkernelContext): Core {
  let rest = valueAt(line, found);
  const table = autoTables[context.arch];
  if (/^auto(?: |$)/.test(rest) && hasAutoCrashkernel(context.release) && table) rest = table;
  const colon = rest.indexOf(':');
  const space = rest.indexOf(' ');
  const parsed =
    colon >= 0 && (space < 0 || colon < space)
      ? parseRanges(rest, context.ramBytes)
      : parseSimple(rest);
  return { ...nothing, word: found.word, ...parsed };
}

function evaluateHigh(
  line: string,
  suffixes: readonly string[],
  context: CrashkernelContext,
): Core {
  if (!hasSuffixSupport(context.arch)) return nothing;
  const high = lastWord(line, ',high', suffixes);
  if (high === undefined) return nothing;
  const { word } = high;
  const main = parseSuffixed(valueAt(line, high), ',high');
  if (main.error !== undefined || main.size === 0) return { ...nothing, word, error: main.error };
  const below = lastWord(line, ',low', suffixes);
  if (below === undefined) {
    return { ...nothing, word, size: main.size, low: defaultLow(context.arch), isHigh: true };
  }
  const low = parseSuffixed(valueAt(line, below), ',low');
  // A bad `,low` cancels everything.
  if (low.error !== undefined) return { ...nothing, word: below.word, error: low.error };
  const words = `${word} ${below.word}`;
  return { ...nothing, word: words, size: main.size, low: low.size, isHigh: true };
}

function hasSuffixSupport(arch: string): boolean {
  return ['x86_64', 'aarch64', 'riscv64', 'loongarch64'].includes(arch);
}

// x86: max(swiotlb 64 MiB + 8 MiB, 256 MiB); the others 128 MiB.
function defaultLow(arch: string): number {
  return (arch === 'x86_64' ? 256 : 128) * mebibyte;
}

function withRoom(core: Core, { ramBytes, arch }: CrashkernelContext): Core {
  const size = arch === 's390x' ? Math.ceil(core.size / mebibyte) * mebibyte : core.size;
  if (size >= ramBytes) return { ...core, size: 0, low: undefined };
  // What does not fit below 4 GiB goes above it, and then gets a low part of its own.
  const isAbove =
    arch === 'x86_64' && !core.isHigh && core.offset === undefined && size > 2.5 * gibibyte;
  return { ...core, size, ...(isAbove ? { low: defaultLow(arch) } : {}) };
}

function withCma(line: string, suffixes: readonly string[], core: Core): Core {
  if (!suffixes.includes(',cma') || core.size === 0) return core;
  const found = lastWord(line, ',cma', suffixes);
  if (found === undefined) return core;
  const cma = parseSuffixed(valueAt(line, found), ',cma');
  return cma.error === undefined ? { ...core, cma: cma.size } : core;
}

/** RAM sizes an image may meet: just around the borders that tables use, 512 MiB to 8 TiB. */
export function imageRamSizes(): readonly number[] {
  const gib = [0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
  return [...gib, 1024, 1536, 2048, 4096, 8192].map((size) => size * gibibyte);
}
