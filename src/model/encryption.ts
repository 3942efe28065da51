/** Bytes of one output on their way into encryption. Synchronous, memory does not grow with the input. */
export interface EncryptionStream {
  write(chunk: Buffer): Buffer;
  /** The last bytes. Without them the result cannot be decrypted to its end, and readers notice. */
  end(): Buffer;
}

/** Encrypts each output to the same receivers, each with a key of its own. */
export interface Encryption {
  /** Behind the file name, `.age` for instance. */
  readonly suffix: string;
  /** For manifests and messages: to whom, never a secret. */
  readonly receivers: readonly string[];
  open(): EncryptionStream;
}
