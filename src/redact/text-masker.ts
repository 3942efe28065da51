import type { ByteQueue } from '../std/byte-queue.ts';
import { anchorHits, findAnchors } from './anchor-scan.ts';
import { readExpected } from './line-expectations.ts';
import {
  type Expectation,
  type Findings,
  type LineView,
  lineAround,
  type Span,
  type SpanStyle,
} from './line-view.ts';
import { findInLine, type RuleSet } from './rule-set.ts';
import type { SecretTokens } from './secret-tokens.ts';

/** A piece of text to mask. */
export interface Piece {
  readonly bytes: Buffer;
  /** Bytes before this are context, written already. */
  readonly from: number;
  /** A secret that begins here or later may be left for the next piece; the end unless the line goes on. */
  readonly limit: number;
  /** The line at the end of the bytes goes on after them. */
  readonly isOpen: boolean;
}

/** A piece after masking. */
export interface MaskedPiece {
  /** Where the next piece begins; at least `limit`. */
  readonly cut: number;
  /** A secret that had not ended: what follows belongs to it. */
  readonly unfinished: Span | undefined;
}

/** Masks text piece by piece; remembers from line to line what a secret over several lines needs. */
export interface TextMasker {
  /** Appends the piece to `out`, masked. */
  mask(piece: Piece, out: ByteQueue): MaskedPiece;
  /** Appends what stands for a secret over several lines that was still open. */
  end(out: ByteQueue): void;
  count(rule: string): void;
}

// A piece after the search: as text, and where what is written of it ends.
interface SearchedPiece {
  readonly text: string;
  readonly bytes: Buffer;
  readonly from: number;
  readonly cut: number;
  readonly isOpen: boolean;
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  /** Asked when it is written, so that tokens are numbered in the order of the text, however it was cut. */
  readonly text: () => string;
}

interface OpenSecret {
  readonly rule: string;
  readonly indent: string;
  readonly digest: ReturnType<SecretTokens['digest']>;
}

/** The masker of one stream. `hits` is filled as it goes. */
export function textMasker(
  rules: RuleSet,
  tokens: SecretTokens,
  path: string,
  hits: Map<string, number>,
): TextMasker {
  const anchors = anchorHits();
  const until = new Int32Array(rules.finders.length);
  const fileRules = rules.files.filter((rule) => rule.path.test(path));
  let expectation: Expectation | undefined;
  let open: OpenSecret | undefined;

  const count = (rule: string) => void hits.set(rule, (hits.get(rule) ?? 0) + 1);

  function mask({ bytes, from, limit, isOpen }: Piece, out: ByteQueue): MaskedPiece {
    findAnchors(rules.table, bytes, 0, bytes.length, anchors);
    if (anchors.count === 0 && expectation === undefined && fileRules.length === 0) {
      const cut = isOpen ? limit : bytes.length;
      out.append(bytes.subarray(from, cut));
      return { cut, unfinished: undefined };
    }
    const text = bytes.toString('latin1', 0, bytes.length);
    const spans: Span[] = [];
    const replacements: Replacement[] = [];
    let expected: Expectation | undefined;
    let latest: Span | undefined;
    let cut = isOpen ? limit : text.length;
    const findings: Findings = {
      add(start, end, rule, style: SpanStyle = 'plain') {
        latest = { start, end, rule, style };
        spans.push(latest);
        if (end > cut) cut = end;
      },
      expect(next) {
        expected = next;
      },
    };
    until.fill(0);
    let line: LineView = { memo: { from: -1, end: -1 }, text, start: 0, end: -1 };
    // Lines before this one have had what was expected of them.
    let nextLine = from;
    let skipTo = 0;

    const meetExpectations = (upTo: number) => {
      while (expectation !== undefined && nextLine <= upTo && nextLine < text.length) {
        const current = lineAround(text, nextLine, nextLine, text.length);
        const result = readExpected(expectation, current, findings);
        const after = Math.min(text.length, current.end + 1);
        if (result.use === 'whole') swallowLine(expectation.rule, current, after);
        else if (!(result.use === 'done' && result.next !== undefined)) closeOpen(current.start);
        if (result.use !== 'open') skipTo = after;
        expectation = result.next;
        nextLine = after;
      }
    };
    const swallowLine = (rule: string, current: LineView, after: number) => {
      const content = text.slice(current.start, current.end);
      open ??= { rule, indent: /^\s*/.exec(content)?.[0] ?? '', digest: tokens.digest() };
      open.digest.update(`${content.trim()}\n`);
      replacements.push({ start: current.start, end: after, text: () => '' });
    };
    const closeOpen = (at: number) => {
      if (open === undefined) return;
      const { indent, digest, rule } = open;
      const masked = () => {
        count(rule);
        return `${indent}${digest.token()}\n`;
      };
      replacements.push({ start: at, end: at, text: masked });
      open = undefined;
    };

    if (fileRules.length > 0) {
      for (let at = from; at < text.length; ) {
        const current = lineAround(text, at, at, text.length);
        for (const rule of fileRules) findInLine(rule, current, findings);
        at = current.end + 1;
      }
      latest = undefined;
    }
    for (let index = 0; index < anchors.count; index += 1) {
      const at = anchors.positions[index] as number;
      if (at >= cut && isOpen) break;
      if (at > line.end) {
        line = lineAround(text, at, 0, text.length);
        if (expected !== undefined) {
          expectation = expected;
          expected = undefined;
        }
        if (expectation !== undefined) meetExpectations(at);
      }
      if (at < skipTo || (latest !== undefined && at >= latest.start && at < latest.end)) continue;
      for (const finder of rules.byAnchor[anchors.ids[index] as number] ?? []) {
        if (at < (until[finder] as number)) continue;
        until[finder] = rules.finders[finder]?.(line, at, findings) ?? 0;
        if (expected !== undefined) nextLine = line.end + 1;
      }
    }
    if (expected !== undefined) expectation = expected;
    if (!isOpen) meetExpectations(text.length);
    return write({ text, bytes, from, cut, isOpen }, spans, replacements, out);
  }

  function write(
    { text, bytes, from, cut, isOpen }: SearchedPiece,
    spans: Span[],
    replacements: Replacement[],
    out: ByteQueue,
  ): MaskedPiece {
    let unfinished: Span | undefined;
    for (const span of mergeSpans(spans, from)) {
      if (isOpen && span.end >= text.length) {
        unfinished = span;
        continue;
      }
      const { start, end, rule } = span;
      const masked = () => {
        count(rule);
        return styled(text, span, tokens.token(text.slice(start, end)));
      };
      replacements.push({ start, end, text: masked });
    }
    replacements.sort((a, b) => a.start - b.start || a.end - b.end);
    let at = from;
    for (const { start, end, text: replacement } of replacements) {
      if (start < at) continue; // inside a line that was swallowed
      out.append(bytes.subarray(at, start));
      out.append(Buffer.from(replacement(), 'latin1'));
      at = end;
    }
    out.append(bytes.subarray(at, unfinished?.start ?? cut));
    return { cut: unfinished === undefined ? cut : text.length, unfinished };
  }

  return {
    mask,
    count,
    end(out) {
      if (open === undefined) return;
      const { indent, digest, rule } = open;
      open = undefined;
      count(rule);
      out.append(Buffer.from(`${indent}${digest.token()}\n`, 'latin1'));
    },
  };
}

// In order, overlapping ones as one, those in the context dropped.
function mergeSpans(spans: Span[], from: number): Span[] {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (span.end <= from || span.end <= span.start) continue;
    if (last !== undefined && span.start < last.end) {
      if (span.end > last.end) merged[merged.length - 1] = { ...last, end: span.end };
    } else merged.push(span.start < from ? { ...span, start: from } : span);
  }
  return merged;
}

function styled(text: string, { start, end, style }: Span, token: string): string {
  if (style === 'quote') return `"${token}"`;
  if (style === 'xml' || isInMarkup(text, start, end)) {
    return token.replace('<', '&lt;').replace('>', '&gt;');
  }
  return token;
}

// Between the tags of an element on one line.
function isInMarkup(text: string, start: number, end: number): boolean {
  return text.startsWith('</', end) && text[start - 1] === '>';
}
