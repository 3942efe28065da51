import { printableLines } from '../../std/printable.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Text of the kernel log made safe: valid UTF-8 stays, invalid bytes and control characters become `\xNN`, newline and tab stay. */
export function safeLogText(bytes: Buffer): string {
  try {
    return printableLines(decoder.decode(bytes));
  } catch {
    return printableLines(decodePieces(bytes));
  }
}

// Invalid UTF-8 somewhere: decode character by character and escape the bytes that do not belong.
function decodePieces(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const piece = bytes.subarray(at, at + length);
    try {
      text += decoder.decode(piece);
      at += length;
    } catch {
      text += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
      at += 1;
    }
  }
  return text;
}

function sequenceLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
