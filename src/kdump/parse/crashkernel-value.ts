/** A place where the kernel finds `crashkernel=` on its command line. It searches for the text: `foo.crashkernel=` counts. */
export interface CrashkernelWord {
  /** Index of the `c`. */
  readonly at: number;
  /** From there to the next space. */
  readonly word: string;
}

/** Every place of `crashkernel=` on a command line, from the left. */
export function crashkernelWords(line: string): readonly CrashkernelWord[] {
  const words: CrashkernelWord[] = [];
  for (let at = line.indexOf('crashkernel='); at >= 0; at = line.indexOf('crashkernel=', at + 1)) {
    const end = line.indexOf(' ', at);
    words.push({ at, word: end < 0 ? line.slice(at) : line.slice(at, end) });
  }
  return words;
}

const roundUpBytes = 128 * 1024 * 1024; // SZ_128M of parse_crashkernel_mem() in kernel/crash_reserve.c

/** A value of `crashkernel=` as the kernel's parser leaves it: bytes, a demanded address, or its complaint. */
export interface CrashkernelValue {
  readonly size: number;
  readonly offset?: number;
  readonly error: string | undefined;
}

function failed(error: string): CrashkernelValue {
  return { size: 0, error };
}

/** Reads `SIZE[@OFFSET]` as parse_crashkernel_simple() of kernel/crash_reserve.c does. */
export function parseSimple(text: string): CrashkernelValue {
  const size = readMemory(text, 0);
  if (!size) return failed('memory value expected');
  const next = text[size.end];
  if (next === '@') {
    const offset = readMemory(text, size.end + 1);
    return { size: size.value, error: undefined, ...demanded(offset?.value) };
  }
  if (next !== undefined && next !== ' ') return failed(`unrecognized char: ${next}`);
  return { size: size.value, error: undefined };
}

// 0 is no address to the kernel: it chooses.
function demanded(offset: number | undefined): Pick<CrashkernelValue, 'offset'> {
  return offset ? { offset } : {};
}

/** Reads `SIZE,high` and its like as parse_crashkernel_suffix() does. */
export function parseSuffixed(text: string, suffix: string): CrashkernelValue {
  const size = readMemory(text, 0);
  if (!size) return failed('memory value expected');
  const after = size.end + suffix.length;
  if (!text.startsWith(suffix, size.end))
    return failed(`unrecognized char: ${text[size.end] ?? ''}`);
  const next = text[after];
  if (next !== undefined && next !== ' ') return failed(`unrecognized char: ${next}`);
  return { size: size.value, error: undefined };
}

/**
 * Reads `RANGE:SIZE[,RANGE:SIZE…][@OFFSET]` as parse_crashkernel_mem() does for this much RAM. Entries are validated from
 * the left up to the match; nothing after it is looked at but an `@`.
 */
export function parseRanges(text: string, ramBytes: number): CrashkernelValue {
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
    ? { size: matched, error: undefined, ...demanded(offset.value) }
    : failed("Memory value expected after '@'");
}

const shifts: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

// memparse() of lib/cmdline.c: decimal, 0x hexadecimal, 0 octal, one suffix letter; a lone suffix is zero. What does not
// fit into 64 bits loses its upper ones.
function readMemory(text: string, at: number): { value: number; end: number } | undefined {
  const pattern = /(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)?/y;
  pattern.lastIndex = at;
  const digits = pattern.exec(text)?.[0] ?? '';
  const suffix = shifts[(text[at + digits.length] ?? '').toUpperCase()];
  const end = at + digits.length + (suffix === undefined ? 0 : 1);
  if (end === at) return undefined;
  const number = BigInt(digits.replace(/^0(?=[0-7])/, '0o') || '0');
  return { value: Number(BigInt.asUintN(64, number << BigInt(10 * (suffix ?? 0)))), end };
}
