import type { InputFile } from './storage.ts';

/** Plain bytes of one output on their way into encryption; what they become is given to whoever opened it. */
export interface EncryptionStream {
  /** Resolves when the bytes may be used again. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the last encrypted byte was taken. Without it nobody can decrypt to the end, and readers notice. */
  end(): Promise<void>;
  /** Gives up; nothing more is taken. */
  abandon(): Promise<void>;
  /** Decrypts what this stream gave, to prove it while its key is still in memory. Absent where we never have the key. */
  opener?(): DecryptionStream;
}

/** Encrypted bytes on their way back; throws E_INTEGRITY when they are damaged, cut off or for somebody else. */
export interface DecryptionStream {
  write(bytes: Uint8Array): Buffer;
  end(): Buffer;
}

/** Formats of encrypted results. */
export type EncryptionFormat = 'age' | 'openpgp';

/** What stands behind the names of files of a format. */
export const encryptionSuffixes = { age: '.age', openpgp: '.gpg' } as const satisfies Record<
  EncryptionFormat,
  string
>;

/** Encrypts each output to the same receivers, each with a key of its own. Memory does not grow with the input. */
export interface Encryption {
  readonly format: EncryptionFormat;
  /** Behind the file name. */
  readonly suffix: string;
  /** For manifests and messages: to whom, never a secret. */
  readonly receivers: readonly string[];
  /** The largest that so many bytes can become. What is added grows with the bytes. */
  bound(bytes: number): number;
  /** `take` is given the encrypted bytes in order, one call at a time; they may be used again when it resolves. */
  open(take: (bytes: Buffer) => Promise<void>): EncryptionStream;
}

/** An encrypted file as its plain bytes, at any place. Rejects with E_INTEGRITY when no key of ours opens it. */
export type Decrypt = (file: InputFile) => Promise<InputFile>;

/** How many plain bytes surely fit into so many encrypted ones. */
export function plainRoom(encryption: Encryption, bytes: number): number {
  return Math.max(0, bytes - (encryption.bound(bytes) - bytes));
}
