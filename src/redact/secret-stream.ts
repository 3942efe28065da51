import type { RedactionStream } from '../model/redaction.ts';
import { ByteQueue } from '../std/byte-queue.ts';
import type { RuleSet } from './rule-set.ts';
import type { SecretTokens } from './secret-tokens.ts';
import { textMasker } from './text-masker.ts';

/** Lines up to this length are masked whole; longer ones in pieces of this size. */
export const windowBytes = 64 * 1024;
/** A piece of a long line ends this far before its window does, so that no rule meets the end of the window. */
export const overlapBytes = 16 * 1024;
/** How much of what is written already a rule can still see in the next piece. */
const contextBytes = 512;

interface Unfinished {
  readonly rule: string;
  readonly mark: string | undefined;
  readonly digest: ReturnType<SecretTokens['digest']>;
}

/**
 * Masks one piece of evidence. Where a piece ends depends on the content alone, never on how it was cut into
 * chunks. At most `windowBytes` and the last chunk are held.
 */
export function secretStream(rules: RuleSet, tokens: SecretTokens, path: string): RedactionStream {
  const hits = new Map<string, number>();
  const masker = textMasker(rules, tokens, path, hits);
  const carry = new ByteQueue();
  const output = new ByteQueue();
  let context: Buffer = Buffer.alloc(0);
  let isMidLine = false;
  let unfinished: Unfinished | undefined;

  function write(chunk: Buffer, isLast: boolean, out: ByteQueue): Buffer {
    const isCarried = carry.length > 0;
    if (isCarried) carry.append(chunk);
    const data = isCarried ? carry.bytes : chunk;
    let at = 0;
    for (;;) {
      if (unfinished !== undefined) {
        const end = endOfUnfinished(data, at, unfinished.mark);
        unfinished.digest.update(data.toString('latin1', at, end));
        at = end;
        if (at === data.length && !isLast) break;
        out.append(Buffer.from(unfinished.digest.token(), 'latin1'));
        masker.count(unfinished.rule);
        unfinished = undefined;
        context = Buffer.alloc(0);
      }
      if (at >= data.length) break;
      const next = step(data, at, isLast, out);
      if (next === undefined) break;
      at = next;
    }
    if (isCarried) carry.drop(at);
    else carry.append(data.subarray(at));
    return out.bytes;
  }

  // One piece; returns where the next begins, undefined when more must be known first.
  function step(data: Buffer, at: number, isLast: boolean, out: ByteQueue): number | undefined {
    const windowEnd = Math.min(data.length, at + windowBytes);
    const newline = isMidLine
      ? firstNewline(data, at, windowEnd)
      : lastNewline(data, at, windowEnd);
    if (newline >= 0) return maskWhole(data, at, newline + 1, out);
    if (data.length - at < windowBytes) {
      return isLast ? maskWhole(data, at, data.length, out) : undefined;
    }
    return maskWindow(data, at, windowEnd, out);
  }

  function maskWhole(data: Buffer, at: number, end: number, out: ByteQueue): number {
    const bytes =
      context.length === 0
        ? data.subarray(at, end)
        : Buffer.concat([context, data.subarray(at, end)]);
    masker.mask({ bytes, from: context.length, limit: bytes.length, isOpen: false }, out);
    context = Buffer.alloc(0);
    isMidLine = false;
    return end;
  }

  function maskWindow(data: Buffer, at: number, end: number, out: ByteQueue): number {
    const from = context.length;
    const bytes = Buffer.concat([context, data.subarray(at, end)]);
    const masked = masker.mask(
      { bytes, from, limit: bytes.length - overlapBytes, isOpen: true },
      out,
    );
    isMidLine = true;
    const { cut } = masked;
    context = Buffer.from(bytes.subarray(Math.max(0, cut - contextBytes), cut));
    if (masked.unfinished !== undefined) {
      const { rule, start } = masked.unfinished;
      const before = bytes.toString('latin1', start - 1, start);
      const digest = tokens.digest();
      digest.update(bytes.toString('latin1', start, bytes.length));
      unfinished = { rule, mark: /["'`]/.test(before) ? before : undefined, digest };
      context = Buffer.alloc(0);
    }
    return at + cut - from;
  }

  return {
    hits,
    write(chunk) {
      output.clear();
      return write(chunk, false, output);
    },
    end() {
      // Not into the buffer that the last `write` gave: callers put the two together.
      const last = new ByteQueue();
      write(Buffer.alloc(0), true, last);
      masker.end(last);
      return last.bytes;
    },
  };
}

// A quoted secret ends at its quote, any other at white space or a quote; both at the end of the line.
function endOfUnfinished(data: Buffer, from: number, mark: string | undefined): number {
  const code = mark?.charCodeAt(0);
  for (let at = from; at < data.length; at += 1) {
    const byte = data[at] as number;
    if (byte === 0x0a || byte === code) return at;
    if (
      code === undefined &&
      (byte === 0x20 || byte === 0x09 || byte === 0x22 || byte === 0x27 || byte === 0)
    )
      return at;
  }
  return data.length;
}

function lastNewline(data: Buffer, from: number, to: number): number {
  const at = to > from ? data.lastIndexOf(0x0a, to - 1) : -1;
  return at >= from ? at : -1;
}

function firstNewline(data: Buffer, from: number, to: number): number {
  const at = data.indexOf(0x0a, from);
  return at >= from && at < to ? at : -1;
}
