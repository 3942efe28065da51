import { Worker } from 'node:worker_threads';
import { allocatePageAligned } from '../std/page-aligned.ts';
import { sibling } from '../std/sibling.ts';
import type { ZstdParameters } from './frame-codec.ts';
import { type CrewMemory, type Slot, slotBytes, slotOf } from './frame-slot.ts';
import type { DataRun } from './zero-runs.ts';

/** What one thread is asked to do with the memory of a slot. */
export type Task = { readonly id: number } & (
  | { readonly kind: 'pack'; readonly slot: number; readonly length: number }
  | {
      readonly kind: 'unpack';
      readonly slot: number;
      readonly packedLength: number;
      readonly length: number;
    }
  | { readonly kind: 'hash'; readonly slot: number; readonly length: number }
);

/** What came of a task. */
export interface Answer {
  readonly id: number;
  readonly packedLength?: number;
  readonly problem?: string;
  readonly runs?: readonly DataRun[];
  readonly digest?: string;
}

/** Threads that do the work on frames, and the fixed memory it is done in. */
export interface Crew {
  /** Waits until a slot is free. */
  take(): Promise<Slot>;
  give(slot: Slot): void;
  /** Packs `plain[0..length)` into `packed`; resolves with the packed length. */
  pack(slot: Slot, length: number): Promise<number>;
  /** Unpacks a frame; resolves with what is not zero in it, or with the problem. */
  unpack(
    slot: Slot,
    packedLength: number,
    length: number,
  ): Promise<{ readonly runs: readonly DataRun[] } | { readonly problem: string }>;
  /**
   * Adds `plain[0..length)` to the SHA-256 of the original; calls must come in its order. Resolves with the digest of
   * everything up to there.
   */
  hash(slot: Slot, length: number): Promise<string>;
  close(): Promise<void>;
}

/** How large a crew is. */
export interface CrewSize {
  /** Threads that pack or unpack; one more hashes. */
  readonly jobs: number;
  readonly frameBytes: number;
}

// While one frame is worked on, the next waits beside it, so that no thread waits for the main one. Two more
// are being read, hashed or written.
const slotsFor = (jobs: number) => 2 * jobs + 2;

// A hostile set may have frames of 64 MiB: then fewer threads, never more memory than this.
const mostMemory = 1024 * 1024 * 1024;
const mostJobs = (frameBytes: number) =>
  Math.max(1, Math.floor((mostMemory / slotBytes(frameBytes) - 2) / 2));

/** Starts the threads. Memory: slots of a plain and a packed frame, and one zstd context for each thread. */
export function openCrew({ jobs, frameBytes }: CrewSize, parameters: ZstdParameters): Crew {
  const threads = Math.min(jobs, mostJobs(frameBytes));
  const shared = allocatePageAligned(slotsFor(threads) * slotBytes(frameBytes));
  const memory: CrewMemory = { shared, frameBytes, parameters };
  const slots = Array.from({ length: slotsFor(threads) }, (_, index) => slotOf(memory, index));
  const free = [...slots].reverse();
  const waiting: ((slot: Slot) => void)[] = [];
  const packers = Array.from({ length: threads }, () => openThread(memory));
  const hasher = openThread(memory);
  const leastBusy = () => packers.reduce((a, b) => (b.pending() < a.pending() ? b : a));
  return {
    async take() {
      return free.pop() ?? new Promise((resolve) => waiting.push(resolve));
    },
    give(slot) {
      const next = waiting.shift();
      if (next === undefined) free.push(slot);
      else next(slot);
    },
    async pack({ index: slot }, length) {
      return (await leastBusy().ask({ kind: 'pack', slot, length })).packedLength ?? 0;
    },
    async unpack({ index: slot }, packedLength, length) {
      const answer = await leastBusy().ask({ kind: 'unpack', slot, packedLength, length });
      return answer.runs === undefined
        ? { problem: answer.problem ?? 'no reason' }
        : { runs: answer.runs };
    },
    async hash({ index: slot }, length) {
      return (await hasher.ask({ kind: 'hash', slot, length })).digest ?? '';
    },
    async close() {
      await Promise.all([...packers, hasher].map((thread) => thread.close()));
    },
  };
}

type TaskBody = Task extends infer One ? (One extends Task ? Omit<One, 'id'> : never) : never;

interface Thread {
  ask(task: TaskBody): Promise<Answer>;
  pending(): number;
  close(): Promise<void>;
}

function openThread(memory: CrewMemory): Thread {
  const asked = new Map<number, PromiseWithResolvers<Answer>>();
  let failure: Error | undefined;
  let lastId = 0;
  // Nothing in a thread lives long: small heaps keep the whole process small.
  const worker = new Worker(sibling(import.meta.url, 'frame-worker'), {
    workerData: memory,
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
  });
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
  };
  worker.on('message', (answer: Answer) => {
    asked.get(answer.id)?.resolve(answer);
    asked.delete(answer.id);
  });
  worker.on('error', (error: unknown) => fail(error as Error));
  worker.on('exit', () => fail(new Error('a thread of the pipeline ended')));
  return {
    pending: () => asked.size,
    ask(task) {
      if (failure !== undefined) return Promise.reject(failure);
      lastId += 1;
      const answer = Promise.withResolvers<Answer>();
      asked.set(lastId, answer);
      worker.postMessage({ id: lastId, ...task } satisfies Task);
      return answer.promise;
    },
    async close() {
      for (const { promise } of asked.values()) promise.catch(() => undefined);
      await worker.terminate();
    },
  };
}
