/** What the evaluation of `crashkernel=` depends on besides the command line itself. */
export interface CrashkernelContext {
  /** What memblock counts as RAM: the top-level `System RAM` of /proc/iomem. */
  readonly ramBytes: number;
  /** As `uname -m` prints it. */
  readonly arch: string;
  /** As `uname -r` prints it. */
  readonly release: string;
}

/** A trap in a `crashkernel=` word that the kernel does not name, or names in one line nobody reads. */
export interface CrashkernelLint {
  readonly kind:
    | 'quotes'
    | 'unit'
    | 'space'
    | 'substring'
    | 'silent-zero'
    | 'tiny'
    | 'offset'
    | 'tail-ignored'
    | 'share'
    | 'duplicate'
    | 'suffix-mix';
  readonly says: string;
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

const roundUpBytes = 128 * 1024 * 1024; // SZ_128M of parse_crashkernel_mem() in kernel/crash_reserve.c
const mebibyte = 1024 * 1024;
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
  const line = cmdline.replace(/[\n\0]+$/, '');
  const suffixes = knownSuffixes(context);
  const regular = lastWord(line, undefined, suffixes);
  const main =
    regular === undefined
      ? evaluateHigh(line, suffixes, context)
      : evaluateRegular(line, regular, context);
  const request = withCma(line, suffixes, withRoom(main, context));
  return { ...request, lint: lintOf(line, request, context) };
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

function lastWord(
  line: string,
  suffix: string | undefined,
  suffixes: readonly string[],
): number | undefined {
  let found: number | undefined;
  for (let at = line.indexOf('crashkernel='); at >= 0; at = line.indexOf('crashkernel=', at + 1)) {
    const word = wordAt(line, at);
    const wanted =
      suffix === undefined
        ? !suffixes.some((known) => word.endsWith(known))
        : word.endsWith(suffix);
    if (wanted) found = at;
  }
  return found;
}

function wordAt(line: string, at: number): string {
  const end = line.indexOf(' ', at);
  return end < 0 ? line.slice(at) : line.slice(at, end);
}

function evaluateRegular(line: string, at: number, context: CrashkernelContext): Core {
  const word = wordAt(line, at);
  let rest = line.slice(at + 'crashkernel='.length);
  const table = autoTables[context.arch];
  if (/^auto(?: |$)/.test(rest) && hasAutoCrashkernel(context.release) && table) rest = table;
  const colon = rest.indexOf(':');
  const space = rest.indexOf(' ');
  const parsed =
    colon >= 0 && (space < 0 || colon < space)
      ? parseRanges(rest, context.ramBytes)
      : parseSimple(rest);
  return { ...nothing, word, ...parsed };
}

function evaluateHigh(
  line: string,
  suffixes: readonly string[],
  context: CrashkernelContext,
): Core {
  if (!hasSuffixSupport(context.arch)) return nothing;
  const high = lastWord(line, ',high', suffixes);
  if (high === undefined) return nothing;
  const word = wordAt(line, high);
  const main = parseSuffixed(line.slice(high + 'crashkernel='.length), ',high');
  if (main.error !== undefined || main.size === 0) return { ...nothing, word, error: main.error };
  const lowAt = lastWord(line, ',low', suffixes);
  if (lowAt === undefined) {
    return { ...nothing, word, size: main.size, low: defaultLow(context.arch), isHigh: true };
  }
  const low = parseSuffixed(line.slice(lowAt + 'crashkernel='.length), ',low');
  // A bad `,low` cancels everything.
  if (low.error !== undefined) return { ...nothing, word: wordAt(line, lowAt), error: low.error };
  const words = `${word} ${wordAt(line, lowAt)}`;
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
  const at = lastWord(line, ',cma', suffixes);
  if (at === undefined) return core;
  const cma = parseSuffixed(line.slice(at + 'crashkernel='.length), ',cma');
  return cma.error === undefined ? { ...core, cma: cma.size } : core;
}

interface Parsed {
  readonly size: number;
  readonly offset?: number;
  readonly error: string | undefined;
}

function failed(error: string): Parsed {
  return { size: 0, error };
}

function parseSimple(text: string): Parsed {
  const size = readMemory(text, 0);
  if (!size) return failed('memory value expected');
  const next = text[size.end];
  if (next === '@') {
    const offset = readMemory(text, size.end + 1);
    return { size: size.value, error: undefined, ...(offset ? { offset: offset.value } : {}) };
  }
  if (next !== undefined && next !== ' ') return failed(`unrecognized char: ${next}`);
  return { size: size.value, error: undefined };
}

function parseSuffixed(text: string, suffix: string): Parsed {
  const size = readMemory(text, 0);
  if (!size) return failed('memory value expected');
  const after = size.end + suffix.length;
  if (!text.startsWith(suffix, size.end))
    return failed(`unrecognized char: ${text[size.end] ?? ''}`);
  const next = text[after];
  if (next !== undefined && next !== ' ') return failed(`unrecognized char: ${next}`);
  return { size: size.value, error: undefined };
}

// Entries are validated from the left up to the match; nothing after it is looked at but an `@`.
function parseRanges(text: string, ramBytes: number): Parsed {
  const total = Math.ceil(ramBytes / roundUpBytes) * roundUpBytes;
  let at = 0;
  let matched = 0;
  for (;;) {
    const start = readMemory(text, at);
    if (!start) return failed('Memory value expected');
    at = start.end;
    if (text[at] !== '-') return failed("'-' expected");
    at += 1;
    let end = Number.POSITIVE_INFINITY;
    if (text[at] !== ':') {
      const read = readMemory(text, at);
      if (!read) return failed('Memory value expected');
      at = read.end;
      end = read.value;
      if (end <= start.value) return failed('end <= start');
    }
    if (text[at] !== ':') return failed("':' expected");
    const size = readMemory(text, at + 1);
    if (!size) return failed('Memory value expected');
    at = size.end;
    if (size.value >= total) return failed('invalid size');
    if (total >= start.value && total < end) {
      matched = size.value;
      break;
    }
    if (text[at] !== ',') break;
    at += 1;
  }
  if (matched === 0) return failed('crashkernel size resulted in zero bytes');
  while (at < text.length && text[at] !== ' ' && text[at] !== '@') at += 1;
  if (text[at] !== '@') return { size: matched, error: undefined };
  const offset = readMemory(text, at + 1);
  return offset
    ? { size: matched, offset: offset.value, error: undefined }
    : failed("Memory value expected after '@'");
}

const shifts: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

// memparse() of lib/cmdline.c: decimal, 0x hexadecimal, 0 octal, one suffix letter; a lone suffix is zero.
function readMemory(text: string, at: number): { value: number; end: number } | undefined {
  const pattern = /(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)?/y;
  pattern.lastIndex = at;
  const digits = pattern.exec(text)?.[0] ?? '';
  const suffix = shifts[(text[at + digits.length] ?? '').toUpperCase()];
  const end = at + digits.length + (suffix === undefined ? 0 : 1);
  if (end === at) return undefined;
  const number = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits || '0');
  return { value: number * 1024 ** (suffix ?? 0), end };
}

function lintOf(line: string, core: Core, context: CrashkernelContext): CrashkernelLint[] {
  const lint: CrashkernelLint[] = [];
  const add = (kind: CrashkernelLint['kind'], says: string) => lint.push({ kind, says });
  const words: string[] = [];
  for (let at = line.indexOf('crashkernel='); at >= 0; at = line.indexOf('crashkernel=', at + 1)) {
    words.push(wordAt(line, at));
    if (at > 0 && line[at - 1] !== ' ')
      add('substring', 'the kernel finds "crashkernel=" inside a longer word and takes it');
  }
  if (words.length === 0) return lint;
  const text = words.join(' ');
  if (/["']/.test(text)) add('quotes', 'the quotes reach the kernel, which cannot read them');
  if (/\d[KMGT]i?B/i.test(text))
    add('unit', 'the unit is one letter: write 256M, not 256MB or 256MiB');
  if (words.some((word) => /[,:]$/.test(word)))
    add('space', 'a space splits the value: everything after it is ignored or an error');
  const plain = words.filter((word) => !/,(?:high|low|cma)$/.test(word));
  if (plain.length > 1) add('duplicate', `only the last of ${plain.length} settings counts`);
  if (plain.length > 0 && plain.length < words.length && !/,cma(?: |$)/.test(text))
    add('suffix-mix', 'a plain crashkernel= cancels ,high and ,low');
  if (core.size === 0 && core.error === undefined)
    add('silent-zero', 'the kernel reserves nothing and says nothing about it');
  if (core.size > 0 && core.size < 32 * mebibyte)
    add('tiny', `${core.size} bytes are reserved: no crash kernel fits into that`);
  if (core.offset !== undefined)
    add('offset', `an address is demanded: ${offsetRisk(core, context)}`);
  if (core.size > 0 && /:\d+[KMGT][A-Za-z]/i.test(text))
    add(
      'tail-ignored',
      'characters after the size are ignored here and an error on other RAM sizes',
    );
  if (core.size > 0 && core.size + (core.low ?? 0) >= 0.4 * context.ramBytes)
    add('share', 'this asks for so much of the RAM that the reservation itself can fail');
  return lint;
}

function offsetRisk({ offset = 0, size }: Core, { ramBytes }: CrashkernelContext): string {
  if (offset < mebibyte) return 'that address is in use, the reservation fails';
  if (offset + size > ramBytes) return 'that is beyond the RAM, the reservation fails';
  return 'the reservation fails when anything else is there; leave it out';
}

/** RAM sizes an image may meet: just around the borders that tables use, 512 MiB to 8 TiB. */
export function imageRamSizes(): readonly number[] {
  const gib = [0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
  return [...gib, 1024, 1536, 2048, 4096, 8192].map((size) => size * gibibyte);
}
