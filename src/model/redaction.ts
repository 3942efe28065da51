/** What is known about a piece of evidence when it enters the redaction. */
export interface RedactionSubject {
  readonly id: string;
  /** Path inside the bundle. */
  readonly path: string;
}

/** One piece of evidence on its way: bytes in, masked bytes out. Synchronous, bounded carry-over between writes. */
export interface RedactionStream {
  /** What can be told of it so far, masked; good until the next `write`, and as long as `chunk` is. */
  write(chunk: Buffer): Buffer;
  /** What was held back, masked. */
  end(): Buffer;
  /** How often each rule masked something here; never values. */
  readonly hits: ReadonlyMap<string, number>;
}

/**
 * What becomes of a piece of evidence. Masking works on text; a binary file that merely passed through it would be
 * damaged and still hold its secrets, so each kind has a decision of its own.
 */
export type EvidenceDecision =
  /** Text: the redaction reads it. */
  | { readonly action: 'mask' }
  /** Take the text form instead; `argv` prints it, `{}` stands for the file. */
  | { readonly action: 'convert'; readonly kind: string; readonly argv: readonly string[] }
  /** No text of users: kept as it is, and said so loudly. `hasNames`: not where names must be replaced. */
  | {
      readonly action: 'keep';
      readonly kind: string;
      readonly note: string;
      readonly hasNames: boolean;
    }
  /** May hold anything: left out, with the reason. */
  | { readonly action: 'drop'; readonly kind: string; readonly reason: string };

/** Stands in the stream of every bundle: each piece of evidence passes it before it touches the disk. */
export interface Redactor {
  /** Name and version of the rules, for the manifest; `none` for `--no-redact`. */
  readonly rules: string;
  /** Decides from the path and the first bytes of a file (4 KiB are plenty) whether it is text, and if not, what then. */
  judge(path: string, head: Buffer): EvidenceDecision;
  open(subject: RedactionSubject): RedactionStream;
  /** A name inside the bundle (file, link target) masked the same way. */
  name(path: string): string;
}
