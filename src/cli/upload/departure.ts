import { SonaeError } from '../../model/error.ts';
import type { Shipment } from '../../upload/shipment.ts';
import type { HashedFile } from '../bundle/file-digest.ts';
import type { Ownership } from '../ownership.ts';

/** A bundle or set that passed every guard: what to send, and what its files were when they were hashed. */
export interface Departure {
  readonly shipment: Shipment;
  /** Folder of its files. */
  readonly folder: string;
  /** Whose it is, where that can be told; undefined for an encrypted bundle. */
  readonly ownership: Ownership | undefined;
  /** Of each file that was hashed in this run. */
  readonly hashed: ReadonlyMap<string, HashedFile>;
}

/** What a bundle or set is held against. */
export interface Expected extends Ownership {
  readonly isUnredactedAllowed: boolean;
  /** Names will stand side by side with those of others. */
  readonly isFlat: boolean;
  /** Digests of files that the receipt says are there: those need not be hashed again. */
  readonly arrived: ReadonlyMap<string, string>;
}

/** Refuses what was made without masking secrets, unless that was asked for. */
export function refuseUnredacted(path: string, { isUnredactedAllowed }: Expected): void {
  if (isUnredactedAllowed) return;
  throw new SonaeError('E_REFUSED', `${path} is UNREDACTED: secrets in it were not masked`, {
    hint: `Mask them: sonae clean --keep-names ${path}. If the centre may have them: --unredacted`,
  });
}
