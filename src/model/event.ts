/** What a room tells the person while it works. Only `ui` turns these into words on a terminal or JSON Lines. */
export type Event =
  | { readonly type: 'plan'; readonly message: string }
  | {
      readonly type: 'progress';
      readonly unit: 'items' | 'bytes';
      readonly done: number;
      /** Absent when the end is not known. */
      readonly total?: number;
      /** What is running now, for people. */
      readonly current?: string;
      /** Bytes of result so far. */
      readonly bytes?: number;
      readonly bytesPerSecond?: number;
      readonly remainingMs?: number;
    }
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string; readonly hint?: string }
  | {
      readonly type: 'item';
      readonly id: string;
      readonly state: string;
      readonly reason?: string;
    };

/** Where events go. Handed to a room by `cli`. */
export interface Reporter {
  emit(event: Event): void;
}
