/**
 * Random access to the bytes of an input: a dump file, a chunk set that was not joined, a buffer in a test.
 * Reads are synchronous: an analysis follows thousands of small pointers, and a promise for each would cost
 * more than the read.
 */
export interface ByteSource {
  /** For messages: the path or a description. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes from `offset`; fewer than `length` only at the end or where a part is missing. Never throws on range. */
  read(offset: number, length: number): Buffer;
  close(): void;
}
