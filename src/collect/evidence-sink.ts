import type { BundleRecord, RecordSource } from '../model/bundle.ts';
import type { OutcomeState } from '../model/outcome.ts';
import type { Step } from '../model/plan.ts';
import type { Redactor } from '../model/redaction.ts';
import type { ArchiveWriter } from './archive/archive-writer.ts';
import type { Codec } from './archive/codec.ts';
import { asItIs } from './as-it-is.ts';
import { relativeTarget, uniquePaths } from './bundle-layout.ts';
import { addHits } from './hits.ts';
import { Spool, type Spooled, SpoolMemory } from './spool.ts';

/** A piece of evidence while it is being taken: bytes go in, pass the redaction, and wait for their header. */
export interface OpenEvidence {
  /** Takes bytes; `isFull` says when no more are wanted. */
  write(chunk: Buffer): void;
  readonly isFull: boolean;
  /** Bytes taken so far, before masking. */
  readonly offered: number;
  /** Stores what came and writes the record. */
  close(end: EvidenceEnd): Promise<BundleRecord>;
}

/** How the taking ended; the state may still become `truncated` or `empty` by what was kept. */
export interface EvidenceEnd {
  readonly state: Exclude<OutcomeState, 'skipped'>;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Takes the place of the note it was opened with. */
  readonly note?: string;
}

/** What is known about evidence before its bytes come. */
export interface EvidenceStart {
  readonly step: Pick<Step, 'id'>;
  readonly source: RecordSource;
  /** Where it goes in the bundle. */
  readonly path: string;
  /** Where it goes instead when only its end was kept, with a link left at `path`. */
  readonly tailedPath?: string;
  readonly limitBytes: number;
  readonly keep: 'head' | 'tail';
  readonly file?: {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly mtimeMs: number;
  };
  readonly fallbackFor?: readonly string[];
  /** What the reader of the record should know of how it was taken. */
  readonly note?: string;
  /** Not text, and decided to be kept as it is: it does not pass the redaction. */
  readonly isKept?: boolean;
}

/** Where all takers bring their evidence: redaction, archive and records in one place. */
export interface EvidenceSink {
  /** Decides from the path and the first bytes of a file how it is taken. */
  readonly judge: Redactor['judge'];
  open(start: EvidenceStart): OpenEvidence;
  /** Remembers a symbolic link of the machine; links are stored last, see `storeLinks`. */
  link(step: Step, source: RecordSource, path: string, target: string): void;
  /**
   * Stores the links, except where files were stored below their path: an archive that held both could not be
   * unpacked (`/proc/net` is a link, and the folder that readers expect).
   */
  storeLinks(): Promise<void>;
  /** Records something that gave no bytes. */
  note(
    step: Pick<Step, 'id'>,
    state: OutcomeState,
    reason: string,
    source?: RecordSource,
    startedMs?: number,
  ): void;
  readonly records: readonly BundleRecord[];
  readonly hits: ReadonlyMap<string, number>;
  /** False once the archive takes nothing more. */
  readonly isOpen: boolean;
  /** Milliseconds since the start of the run. */
  elapsedMs(): number;
}

/** For all evidence that is being taken: 100 MB of a journal are about 8 MiB compressed. */
const mostHeldBytes = 12 * 1024 * 1024;

const defaultFile = { mode: 0o600, uid: 0, gid: 0 };

/** Makes the sink of one run. `top` is the archive's top folder. */
export function evidenceSink(options: {
  readonly archive: ArchiveWriter;
  readonly codec: Codec;
  readonly redactor: Redactor;
  readonly top: string;
  readonly startedAt: Date;
  readonly elapsedMs: () => number;
}): EvidenceSink {
  const { archive, codec, redactor, top, elapsedMs } = options;
  const records: BundleRecord[] = [];
  const hits = new Map<string, number>();
  const links: {
    step: string;
    source: RecordSource;
    path: string;
    target: string;
    startedMs: number;
  }[] = [];
  const unique = uniquePaths();
  const memory = new SpoolMemory(mostHeldBytes);
  const now = () => options.startedAt.getTime() + elapsedMs();

  // A secret can stand in the name of a file, and in what the system says of it.
  const add = (record: BundleRecord): BundleRecord => {
    const { source, reason } = record;
    const told: BundleRecord = {
      ...record,
      ...(source !== undefined && 'file' in source
        ? { source: { file: redactor.name(source.file) } }
        : {}),
      ...(reason === undefined ? {} : { reason: redactor.name(reason) }),
    };
    records.push(told);
    return told;
  };

  const addLink = (path: string, target: string) =>
    archive.addLink({
      ...defaultFile,
      type: 'SymbolicLink',
      path: `${top}/${path}`,
      target,
      mtimeMs: now(),
    });

  const store = async (start: EvidenceStart, path: string, spooled: Spooled) => {
    const { mode, uid, gid, mtimeMs } = start.file ?? { ...defaultFile, mtimeMs: now() };
    const header = { type: 'File', path: `${top}/${path}`, mode, uid, gid, mtimeMs } as const;
    return archive.addFile({ ...header, size: spooled.bytes }, spooled);
  };

  return {
    judge: redactor.judge,
    records,
    hits,
    elapsedMs,
    get isOpen() {
      return archive.fullness === undefined;
    },

    open(start) {
      const startedMs = elapsedMs();
      const path = unique(redactor.name(start.path));
      const mask = start.isKept ? asItIs : redactor.open({ id: start.step.id, path });
      const spool = new Spool({ codec, limitBytes: start.limitBytes, keep: start.keep, memory });
      let offered = 0;
      return {
        get isFull() {
          return spool.isFull;
        },
        get offered() {
          return offered;
        },
        write(chunk) {
          offered += chunk.length;
          spool.write(mask.write(chunk));
        },
        async close(end) {
          spool.write(mask.end());
          addHits(hits, mask.hits);
          if (end.state === 'truncated') spool.markTruncated();
          const spooled = spool.finish();
          const isTailed =
            spooled.isTruncated && start.keep === 'tail' && start.tailedPath !== undefined;
          const storedPath = isTailed ? unique(redactor.name(start.tailedPath as string)) : path;
          const hasBytes = spooled.bytes > 0 || end.state === 'collected';
          const isStored = hasBytes && (await store(start, storedPath, spooled));
          spool.release();
          if (isStored && isTailed) await addLink(path, relativeTarget(path, storedPath));
          const note = end.note ?? start.note;
          const record: BundleRecord = {
            step: start.step.id,
            source: start.source,
            ...(isStored ? { path: storedPath, sha256: spooled.sha256 } : {}),
            ...finalState(end, spooled, start.keep, hasBytes && !isStored),
            startedMs: Math.round(startedMs),
            durationMs: Math.round(elapsedMs() - startedMs),
            bytes: isStored ? spooled.bytes : 0,
            ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
            ...(end.signal === undefined ? {} : { signal: end.signal }),
            ...(start.fallbackFor === undefined ? {} : { fallbackFor: start.fallbackFor }),
            ...(note === undefined ? {} : { note }),
            ...(start.isKept ? { unmasked: true } : {}),
            ...(mask.hits.size === 0 ? {} : { masked: Object.fromEntries(mask.hits) }),
          };
          return add(record);
        },
      };
    },

    link(step, source, path, target) {
      links.push({ step: step.id, source, path, target, startedMs: Math.round(elapsedMs()) });
    },

    async storeLinks() {
      const folders = new Set(
        records.flatMap(({ path }) => (path === undefined ? [] : foldersAbove(path))),
      );
      for (const { path, target, ...rest } of links) {
        const stored = redactor.name(path);
        const link = redactor.name(target);
        const base = { ...rest, durationMs: 0, bytes: 0 };
        if (folders.has(stored)) {
          add({
            ...base,
            state: 'skipped',
            reason: `a link to ${link}; its files were stored in its place`,
          });
        } else if (await addLink(unique(stored), link)) {
          add({ ...base, path: stored, link, state: 'collected' });
        } else add({ ...base, ...noRoom });
      }
    },

    note(step, state, reason, source, startedMs = elapsedMs()) {
      add({
        step: step.id,
        ...(source === undefined ? {} : { source }),
        state,
        reason,
        startedMs: Math.round(startedMs),
        durationMs: Math.round(elapsedMs() - startedMs),
        bytes: 0,
      });
    },
  };
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

const noRoom = { state: 'failed', reason: 'no room left in the bundle' } as const;

function finalState(
  end: EvidenceEnd,
  spooled: Spooled,
  keep: 'head' | 'tail',
  isWithoutRoom: boolean,
): { state: OutcomeState; reason?: string } {
  if (isWithoutRoom) return noRoom;
  if (end.state !== 'collected')
    return { state: end.state, ...(end.reason ? { reason: end.reason } : {}) };
  if (spooled.isTruncated) {
    return {
      state: 'truncated',
      reason: `more than the limit: the ${keep === 'tail' ? 'newest' : 'first'} part was kept`,
    };
  }
  return spooled.bytes === 0 ? { state: 'empty', reason: 'it was empty' } : { state: 'collected' };
}
