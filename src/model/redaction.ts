/** What is known about a piece of evidence when it enters the redaction. */
export interface RedactionSubject {
  readonly id: string;
  /** Path inside the bundle. */
  readonly path: string;
}

/** One piece of evidence on its way: bytes in, masked bytes out. Synchronous, bounded carry-over between writes. */
export interface RedactionStream {
  write(chunk: Buffer): Buffer;
  /** What was held back, masked. */
  end(): Buffer;
  /** How often each rule masked something here; never values. */
  readonly hits: ReadonlyMap<string, number>;
}

/** Stands in the stream of every bundle: each piece of evidence passes it before it touches the disk. */
export interface Redactor {
  /** Name and version of the rules, for the manifest; `none` for `--no-redact`. */
  readonly rules: string;
  open(subject: RedactionSubject): RedactionStream;
  /** A name inside the bundle (file, link target) masked the same way. */
  name(path: string): string;
}
