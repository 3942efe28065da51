import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codecOf } from '../../src/collect/archive/codec.ts';
import { fileOutput } from '../../src/collect/bundle-output.ts';
import {
  type CollectRequest,
  type CollectResult,
  collectBundle,
} from '../../src/collect/collect-bundle.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import { openSystem } from '../../src/host/system.ts';
import type { Item } from '../../src/model/profile.ts';
import { noRedactor } from '../../src/redact/secret-redactor.ts';
import { planOf } from '../builders/item.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A finished run of the engine, and its bundle unpacked by the system's own tar and zstd. */
export interface Collected extends CollectResult {
  readonly file: string;
  /** Where it was unpacked, top folder included. */
  readonly folder: string;
  read(path: string): string;
}

/** Runs the engine over some items of a root folder and unpacks the bundle as its receiver would. */
export async function collectInto(
  items: readonly Item[],
  options: Partial<CollectRequest> & {
    root?: string;
    folder?: string;
    keepFreeBytes?: number;
  } = {},
): Promise<Collected> {
  const system = openSystem(options.root ?? '/');
  const folder = options.folder ?? temporaryFolder('bundle');
  const codec = options.codec ?? codecOf('zst');
  const name = `bundle.tar.${codec.name}`;
  const output = await fileOutput(await openOutputFolder(folder), {
    name,
    partialName: '.sonae-1-1.partial',
    keepFreeBytes: options.keepFreeBytes ?? 0,
  });
  const never = new AbortController().signal;
  try {
    const result = await collectBundle({
      plan: planOf(items),
      system,
      redactor: noRedactor(),
      output,
      codec,
      top: 'bundle',
      id: 'bundle',
      host: { name: 'test', kernel: '', architecture: '', os: '', bootId: '', uptimeSeconds: 0 },
      version: '0.0.0',
      options: {},
      jobs: 2,
      timeLimitMs: 60_000,
      limitFactor: 1,
      producers: [],
      hardwareSummaryArgv: ['false'],
      advice: [],
      reporter: { emit() {} },
      signal: never,
      urgent: never,
      cost: (bytesWritten) => ({
        cpuSeconds: 0,
        childCpuSeconds: 0,
        peakResidentBytes: 0,
        childrenStarted: 0,
        childrenAbandoned: 0,
        bytesWritten,
      }),
      ...options,
    });
    const unpacked = temporaryFolder('unpacked');
    const flag = codec.name === 'zst' ? '--zstd' : '--gzip';
    execFileSync('tar', [flag, '-xf', join(folder, name), '-C', unpacked]);
    const top = join(unpacked, 'bundle');
    return {
      ...result,
      file: join(folder, name),
      folder: top,
      read: (path) => readFileSync(join(top, path), 'utf8'),
    };
  } finally {
    system.close();
  }
}
