import type { FolderRead, FoundEntry, SpaceRead, StatRead } from '../../model/system.ts';
import { ByteQueue } from '../../std/byte-queue.ts';
import type { Failure, ReadEnd } from './file-operations.ts';

/** What the reader process is asked, one JSON line on its stdin. */
export type Request =
  | { readonly op: 'stat'; readonly path: string; readonly follow: boolean }
  | { readonly op: 'list'; readonly path: string; readonly limit: number }
  | { readonly op: 'space'; readonly path: string }
  | {
      readonly op: 'read';
      readonly path: string;
      readonly limitBytes: number;
      readonly keep: 'head' | 'tail';
      readonly follow: boolean;
    }
  | {
      readonly op: 'find';
      readonly globs: readonly string[];
      readonly except: readonly string[];
      readonly limit: number;
      readonly prefer: 'names' | 'newest';
      readonly isOneFileSystem: boolean;
      readonly isShallow: boolean;
      readonly content?: { readonly limitBytes: number; readonly except: readonly string[] };
    };

/** A found entry on the wire: the bytes of all entries of an answer follow in one `bytes` answer, in their order. */
export interface SentEntry extends Omit<FoundEntry, 'content'> {
  readonly contentBytes?: number;
}

/** What it answers: `ready` once it runs, then for each request any number of pieces and one end. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'bytes'; readonly bytes: Buffer }
  | { readonly type: 'entries'; readonly entries: readonly SentEntry[] }
  | { readonly type: 'problem'; readonly path: string; readonly why: string; readonly code: string }
  | {
      readonly type: 'end';
      readonly result:
        | StatRead
        | FolderRead
        | SpaceRead
        | ReadEnd
        | Failure
        | { state: 'found'; isFull: boolean };
    };

// A frame is one letter (B bytes, J JSON), the payload's length as u32le, the payload.
const headBytes = 5;
const mostFrameBytes = 64 * 1024 * 1024;

/** An answer as a frame: head and payload apart, so that bytes are not copied. */
export function encodeAnswer(answer: Answer): readonly [Buffer, Buffer] {
  const isBytes = answer.type === 'bytes';
  const payload = isBytes ? answer.bytes : Buffer.from(JSON.stringify(answer));
  const head = Buffer.allocUnsafe(headBytes);
  head[0] = isBytes ? 0x42 : 0x4a;
  head.writeUInt32LE(payload.length, 1);
  return [head, payload];
}

/** Puts frames together from the pieces in which a pipe delivers them. */
export class AnswerDecoder {
  readonly #queue = new ByteQueue();

  /** The answers that are complete with this piece, their bytes good until the next. Throws when the stream is not ours. */
  push(piece: Buffer): Answer[] {
    this.#queue.append(piece);
    const waiting = this.#queue.bytes;
    const answers: Answer[] = [];
    let at = 0;
    while (waiting.length - at >= headBytes) {
      const kind = waiting[at];
      const length = waiting.readUInt32LE(at + 1);
      if ((kind !== 0x42 && kind !== 0x4a) || length > mostFrameBytes) {
        throw new Error('the reader process sent something that is no answer');
      }
      if (waiting.length - at - headBytes < length) break;
      const payload = waiting.subarray(at + headBytes, at + headBytes + length);
      answers.push(
        kind === 0x42 ? { type: 'bytes', bytes: payload } : JSON.parse(payload.toString('utf8')),
      );
      at += headBytes + length;
    }
    this.#queue.drop(at);
    return answers;
  }
}
