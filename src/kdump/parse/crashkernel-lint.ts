import { crashkernelWords } from './crashkernel-value.ts';

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

const mebibyte = 1024 * 1024;

/** What the kernel takes a command line to ask for, in bytes; `error` is its own complaint. */
export interface AskedMemory {
  readonly size: number;
  readonly low: number | undefined;
  readonly offset: number | undefined;
  readonly error: string | undefined;
}

/** The traps in what a command line asks for; `asked` is what the kernel makes of it. */
export function lintOf(
  line: string,
  asked: AskedMemory,
  ramBytes: number,
): readonly CrashkernelLint[] {
  const lint: CrashkernelLint[] = [];
  const add = (kind: CrashkernelLint['kind'], says: string) => lint.push({ kind, says });
  const found = crashkernelWords(line);
  for (const { at } of found) {
    if (at > 0 && line[at - 1] !== ' ')
      add('substring', 'the kernel finds "crashkernel=" inside a longer word and takes it');
  }
  const words = found.map(({ word }) => word);
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
  if (asked.size === 0 && asked.error === undefined)
    add('silent-zero', 'the kernel reserves nothing and says nothing about it');
  if (asked.size > 0 && asked.size < 32 * mebibyte)
    add('tiny', `${asked.size} bytes are reserved: no crash kernel fits into that`);
  if (asked.offset !== undefined)
    add('offset', `an address is demanded: ${offsetRisk(asked, ramBytes)}`);
  if (asked.size > 0 && /:\d+[KMGT][A-Za-z]/i.test(text))
    add(
      'tail-ignored',
      'characters after the size are ignored here and an error on other RAM sizes',
    );
  if (asked.size > 0 && asked.size + (asked.low ?? 0) >= 0.4 * ramBytes)
    add('share', 'this asks for so much of the RAM that the reservation itself can fail');
  return lint;
}

function offsetRisk({ offset = 0, size }: AskedMemory, ramBytes: number): string {
  if (offset < mebibyte) return 'that address is in use, the reservation fails';
  if (offset + size > ramBytes) return 'that is beyond the RAM, the reservation fails';
  return 'the reservation fails when anything else is there; leave it out';
}
