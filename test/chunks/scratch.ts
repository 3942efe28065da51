import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChunkSet } from '../../src/chunks/chunk-set.ts';
import { findResumable } from '../../src/chunks/find-resumable.ts';
import type { JournalHeader } from '../../src/chunks/journal.ts';
import { type SplitOptions, type SplitResult, splitInput } from '../../src/chunks/split.ts';
import { planSplit } from '../../src/chunks/split-plan.ts';
import { openInput } from '../../src/host/input-file.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import type { Event } from '../../src/model/event.ts';
import type { InputFile } from '../../src/model/storage.ts';

/** A temporary folder and splitting into it, with every default that a test does not care for. */
export function scratch() {
  const root = mkdtempSync(join(tmpdir(), 'sonae-chunks-'));
  const events: Event[] = [];
  let count = 0;
  const at = (name: string) => join(root, name);

  async function split(
    file: string | InputFile,
    options: Partial<
      Omit<SplitOptions, 'header'> & {
        readonly chunkBytes: number;
        readonly level: number;
        readonly frameBytes: number;
        readonly isResumed: boolean;
        readonly target: string;
      }
    > = {},
  ): Promise<{ readonly result: SplitResult; readonly target: string }> {
    const input = typeof file === 'string' ? await openInput(file) : file;
    count += 1;
    const target = options.target ?? at(`set${count}`);
    try {
      const { chunkBytes = 100_000_000, level = 3 } = options;
      const plan = planSplit(input.size, { chunkBytes, level });
      const header: JournalHeader = {
        setId: randomBytes(16).toString('hex'),
        host: 'test',
        createdAt: '2026-11-23T00:00:00.000Z',
        writer: 'sonae test',
        ...plan,
        ...(options.frameBytes === undefined ? {} : { frameBytes: options.frameBytes }),
        name: 'original',
        sourceName: 'original',
        input: { bytes: input.size ?? 0, mtimeMs: input.identity.mtimeMs },
      };
      const folder = options.folder ?? (await openOutputFolder(target, { isMade: true }));
      const found = await findResumable(folder, header, {
        isResumed: options.isResumed === true,
        isSizeGiven: false,
        isLevelGiven: false,
      });
      if (found.state === 'finished')
        return { result: { state: 'complete', set: found.set }, target };
      const resumed = found.state === 'unfinished' ? found.journal : undefined;
      const result = await splitInput({
        jobs: 2,
        isReadBack: true,
        isBadSkipped: false,
        isSpaceIgnored: false,
        label: {},
        reporter: { emit: (event) => void events.push(event) },
        signal: new AbortController().signal,
        ...options,
        folder,
        input,
        header: resumed?.header ?? header,
        ...(resumed === undefined ? {} : { resumed }),
      });
      return { result, target };
    } finally {
      await input.close();
    }
  }

  return {
    root,
    at,
    events,
    split,
    write(name: string, bytes: Uint8Array): string {
      writeFileSync(at(name), bytes);
      return at(name);
    },
    async splitWhole(
      bytes: Uint8Array,
      options: Parameters<typeof split>[1] = {},
    ): Promise<{ readonly set: ChunkSet; readonly target: string }> {
      writeFileSync(at('original'), bytes);
      const { result, target } = await split(at('original'), options);
      if (result.state !== 'complete') throw new Error(`split ended ${result.state}`);
      return { set: result.set, target };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Memory-like bytes: zero pages, text, numbers, noise, from a seed. */
export function memoryLike(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let at = 0; at < length; at += 4096) {
    const kind = next() % 8;
    const end = Math.min(length, at + 4096);
    if (kind < 3) continue;
    for (let i = at; i < end; i += 1) {
      if (kind < 6) bytes[i] = 97 + ((i * kind + (next() & 3)) % 23);
      else bytes[i] = kind === 6 ? next() >>> 24 : i & 7 ? 0xff : next() >>> 24;
    }
  }
  return bytes;
}
