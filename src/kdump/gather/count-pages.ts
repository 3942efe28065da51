import type { ByteSource } from '../../model/byte-source.ts';
import { SonaeError } from '../../model/error.ts';
import { absent, type Fact, known, unreadable } from '../../model/fact.ts';
import type { System } from '../../model/system.ts';
import { type Facts, textOf } from '../facts.ts';
import { type ContentSample, sampleContents, samplePages } from '../pages/content-sample.ts';
import { type PageCensus, pageCounter } from '../pages/page-census.ts';
import { openReservoir } from '../pages/reservoir.ts';
import { parseIomem } from '../parse/proc.ts';

const flagsPath = '/proc/kpageflags';
const memoryPath = '/proc/kcore';
const passes = 2;

/** Opens /proc/kcore; throws `SonaeError` where that is denied. */
export type OpenKernelMemory = () => ByteSource;

/** Counts the pages of RAM by kind, twice, and looks at a sample of the kernel's own. Root only; live systems only. */
export async function countPages(
  system: System,
  facts: Facts,
  openMemory: OpenKernelMemory | undefined,
  signal: AbortSignal | undefined,
): Promise<Pick<Facts, 'pages' | 'contents'>> {
  const notSampled = unreadable(memoryPath, 'the pages were not counted');
  const iomem = textOf(facts, '/proc/iomem');
  const map = iomem === undefined ? undefined : parseIomem(iomem);
  if (!map?.hasAddresses || map.ram.length === 0) {
    return {
      pages: unreadable(flagsPath, 'reading the page flags needs root'),
      contents: notSampled,
    };
  }
  const pageBytes = system.isLive ? pageSize() : 4096;
  const census: PageCensus[] = [];
  let chosen: readonly number[] = [];
  for (let pass = 0; pass < passes && !signal?.aborted; pass += 1) {
    const reservoir = openReservoir(samplePages);
    const counter = pageCounter(map.ram, map.crashKernel, pageBytes, reservoir.offer);
    const read = await system.readFile(flagsPath, {
      limitBytes: Number.MAX_SAFE_INTEGER - 1,
      timeoutMs: 600_000,
      onData: (bytes) => counter.add(bytes),
    });
    if (read.state === 'absent') return { pages: absent(flagsPath), contents: notSampled };
    if (read.state === 'unreadable')
      return { pages: unreadable(flagsPath, read.why), contents: notSampled };
    census.push(counter.finish());
    chosen = reservoir.values();
  }
  return {
    pages: known(census, flagsPath),
    contents: sample(facts, openMemory, chosen, pageBytes),
  };
}

function sample(
  facts: Facts,
  openMemory: OpenKernelMemory | undefined,
  pages: readonly number[],
  pageBytes: number,
): Fact<ContentSample> {
  if (!openMemory) return unreadable(memoryPath, 'the memory was not asked for');
  // A confidential guest may die from a read of memory that it has not accepted yet.
  if (/^Unaccepted: +[1-9]/m.test(textOf(facts, '/proc/meminfo') ?? ''))
    return unreadable(memoryPath, 'part of the memory is not accepted yet (confidential guest)');
  let memory: ByteSource;
  try {
    memory = openMemory();
  } catch (error) {
    if (error instanceof SonaeError) return unreadable(memoryPath, error.message);
    throw error;
  }
  try {
    const contents = sampleContents(memory, pages, pageBytes);
    return contents
      ? known(contents, memoryPath)
      : unreadable(memoryPath, 'its pages cannot be read (lockdown, or no physical addresses)');
  } finally {
    memory.close();
  }
}

// Node does not tell the page size; arm64 and ppc64le distributions with 64 KiB pages name it in the release.
function pageSize(): number {
  return process.arch === 'ppc64' ? 65_536 : 4096;
}
