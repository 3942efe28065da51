// Letters in the order of their bits (Documentation/admin-guide/tainted-kernels.rst). G is the absence of P.
const letters: readonly [string, string][] = [
  ['P', 'proprietary module loaded'],
  ['F', 'module was force loaded'],
  ['S', 'kernel running on an out of specification system'],
  ['R', 'module was force unloaded'],
  ['M', 'processor reported a machine check: hardware'],
  ['B', 'bad page referenced: memory was corrupted before'],
  ['U', 'taint requested by user space'],
  ['D', 'kernel died before: an earlier oops or BUG'],
  ['A', 'ACPI table overridden by user'],
  ['W', 'warning issued before'],
  ['C', 'staging driver loaded'],
  ['I', 'workaround for a firmware bug applied'],
  ['O', 'out-of-tree module loaded'],
  ['E', 'unsigned module loaded'],
  ['L', 'soft lockup happened before'],
  ['K', 'kernel was live patched'],
  ['X', 'taint by the distribution'],
  ['T', 'kernel built with struct randomisation'],
  ['N', 'in-kernel test was run'],
  ['J', 'fwctl changed a device'],
];

/** A taint in words. */
export interface Taint {
  readonly letter: string;
  readonly words: string;
}

/** The taints of `G        W  OE`. */
export function taintsOfLetters(text: string): Taint[] {
  return letters
    .filter(([letter]) => text.includes(letter))
    .map(([letter, words]) => ({ letter, words }));
}

/** The taints of the kernel's bit mask `tainted_mask`. */
export function taintsOfMask(mask: bigint): Taint[] {
  return letters
    .filter((_, bit) => (mask >> BigInt(bit)) & 1n)
    .map(([letter, words]) => ({ letter, words }));
}
