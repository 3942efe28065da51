/** Why bytes of a dumped machine cannot be had. Each is a different message to a person. */
export type Missing =
  /** Left out by makedumpfile's filter: not an error. */
  | { readonly kind: 'excluded' }
  /** Was stored, but the file ends before it, a part of the set is missing, or the dump was never finished. */
  | { readonly kind: 'beyond-end' }
  /** The machine had no memory there. */
  | { readonly kind: 'not-ram' }
  /** Stored, but does not decompress. */
  | { readonly kind: 'damaged'; readonly why: string }
  /** No page-table entry leads there (virtual addresses only). */
  | { readonly kind: 'unmapped' };

/** What reading a dumped machine's memory gives. Everything above degrades on each of the kinds. */
export type ByteRead = { readonly kind: 'data'; readonly bytes: Buffer } | Missing;

/** The reason in words, to stand after "cannot read the kernel log: ". */
export function explainMissing(read: Missing): string {
  switch (read.kind) {
    case 'excluded':
      return 'the page was left out by the dump filter';
    case 'beyond-end':
      return 'the page is in the part of the dump that is missing';
    case 'not-ram':
      return 'there is no memory at that physical address';
    case 'damaged':
      return `the page is damaged: ${read.why}`;
    case 'unmapped':
      return 'the address is not mapped';
    default:
      return read satisfies never;
  }
}
