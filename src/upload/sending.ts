import type { Reporter } from '../model/event.ts';
import type { Remote, SentFile } from '../model/remote.ts';
import type { Journal } from './journal.ts';
import type { Progress } from './progress.ts';
import type { ShipmentFile } from './shipment.ts';
import type { Target } from './target.ts';

/** What sending one shipment is given. */
export interface Sending {
  readonly target: Target;
  readonly remote: Remote;
  readonly journal: Journal;
  /** Opens a file of the shipment; throws E_INPUT_CHANGED when it is not what was hashed any more. */
  readonly open: (file: ShipmentFile) => Promise<SentFile>;
  /** Fetch every file again and hash it. */
  readonly isReadBack: boolean;
  readonly hasCredentials: boolean;
  /** File of the authorities that are trusted; undefined for those of the system. */
  readonly caFile: string | undefined;
  readonly reporter: Reporter;
  readonly progress: Progress;
  /** Waits, but not when we are told to stop. */
  readonly pause: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}
