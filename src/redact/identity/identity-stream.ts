import type { RedactionStream } from '../../model/redaction.ts';

/** Lines are held up to this length; longer ones are cut at a place where no name can be. */
const windowBytes = 64 * 1024;

/** Hands whole lines to `replace`, which counts its hits; what `inner` gives is cut where no name can be. */
export function identityStream(
  inner: RedactionStream,
  replace: (text: string, hits: Map<string, number>) => string,
): RedactionStream {
  const own = new Map<string, number>();
  let carry = '';
  const take = (bytes: Buffer, isLast: boolean) => {
    const text = carry + bytes.toString('latin1');
    let end = isLast ? text.length : text.lastIndexOf('\n') + 1;
    if (!isLast && text.length - end > windowBytes) end = safeCut(text, end);
    carry = text.slice(end);
    // As UTF-8 behind the scenes: names and addresses are ASCII, other bytes pass one to one.
    return Buffer.from(replace(text.slice(0, end), own), 'latin1');
  };
  return {
    write: (chunk) => take(inner.write(chunk), false),
    end: () => take(inner.end(), true),
    get hits() {
      return new Map([...inner.hits, ...own]);
    },
  };
}

// The last white space or comma of a long line; without one, where the line stands.
function safeCut(text: string, from: number): number {
  for (let at = text.length - 1024; at > from; at -= 1) {
    if (/[\s,;"']/.test(text[at] as string)) return at + 1;
  }
  return text.length - 1024;
}
