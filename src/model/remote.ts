import type { InputFile } from './storage.ts';

/** A file of ours that is open: what is sent is what this descriptor gives, whatever becomes of the name. */
export interface SentFile extends InputFile {
  readonly descriptor: number;
}

/** Why a remote did not do what it was asked. The closed set that the decision to try again rests on. */
export type FailureReason =
  | 'unresolved' // its name, or that of the proxy, is not known
  | 'unreachable' // nothing answers there
  | 'silent' // it, or the way to it, stood still for too long
  | 'broken-off' // the connection ended before the answer
  | 'busy' // it says: later
  | 'login' // it does not know us
  | 'forbidden' // it knows us, or needs not to, and says no
  | 'no-place' // there is no such folder or address
  | 'not-offered' // it takes no files there
  | 'too-large'
  | 'full'
  | 'redirected'
  | 'untrusted' // its certificate or host key is not one that we trust
  | 'insecure' // no encrypted connection came about
  | 'no-protocol' // our own curl cannot speak it
  | 'our-side' // our own disk, file or curl failed
  | 'refused'; // anything else that it says no to

/** What a remote, or the way to it, answered instead of doing it. */
export interface RemoteFailure {
  readonly state: 'failed';
  readonly reason: FailureReason;
  /** In its own words, bounded and printable; empty when it said nothing. */
  readonly says: string;
  /** HTTP status. */
  readonly status?: number;
  /** How long it asks us to wait. */
  readonly retryAfterMs?: number;
  /** Where a redirection points. */
  readonly location?: string;
}

/** Ended because we were told to stop. */
export interface RemoteStop {
  readonly state: 'stopped';
}

/** A file was taken; `sha256` is what the remote says it has. */
export interface RemoteTaken {
  readonly state: 'taken';
  readonly sha256?: string;
}

/** A file is there; its size and digest where the remote tells them. */
export interface RemoteFile {
  readonly state: 'there';
  readonly bytes?: number;
  readonly sha256?: string;
}

/** What the remote says about a name. `untold` is neither there nor absent. */
export type RemoteAnswer =
  | RemoteFile
  | { readonly state: 'absent' }
  | { readonly state: 'untold' }
  | RemoteFailure
  | RemoteStop;

/** How one file is put. */
export interface PutOptions {
  /** Bytes that are there already and are not sent again; only where `resumesInside`. */
  readonly from: number;
  /** Called now and then with how far into the file sending has come. */
  readonly onPosition: (bytes: number) => void;
}

/**
 * The other side, as far as it can be asked. Addresses are whole URLs. Nothing here throws for what the world does, and every wait
 * ends: by an answer, by silence, or because we were told to stop.
 */
export interface Remote {
  /** A file can be gone on with where it was broken off. */
  readonly resumesInside: boolean;
  put(
    address: string,
    file: SentFile,
    options: PutOptions,
  ): Promise<RemoteTaken | RemoteFailure | RemoteStop>;
  ask(address: string): Promise<RemoteAnswer>;
  /** Hands what is there to `take`, at most `most` bytes and one more that tells of too many. */
  fetch(
    address: string,
    most: number,
    take: (bytes: Uint8Array) => void,
  ): Promise<{ readonly state: 'fetched' } | RemoteFailure | RemoteStop>;
  /** Makes a folder, where folders are made by asking (WebDAV). */
  makeFolder(address: string): Promise<RemoteTaken | RemoteFailure | RemoteStop>;
}
