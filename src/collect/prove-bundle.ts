import { createHash, type Hash } from 'node:crypto';
import type { BundleManifest, BundleRecord } from '../model/bundle.ts';
import { SonaeError } from '../model/error.ts';
import type { Codec } from './archive/codec.ts';
import { type ArchiveEntry, archiveReader } from './archive/read-archive.ts';
import { parseManifest } from './manifest.ts';

/** What reading a bundle from its first byte to its last has shown. */
export interface BundleProof {
  /** Digest of the archive file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly manifest: BundleManifest;
  /** One sentence for each difference between the archive and its manifest; empty when they agree. */
  readonly problems: readonly string[];
}

/** Entries that the manifest cannot list, since they are written with it. */
const unlisted = /^(?:version\.txt|sonae\/(?:README\.txt|manifest\.json)|sos_reports\/|sos_logs\/)/;

const mostManifestBytes = 256 * 1024 * 1024;
const mostEntries = 1_000_000;

interface Seen {
  readonly entry: ArchiveEntry;
  readonly sha256: string;
}

/**
 * Reads a whole bundle and compares every entry with the manifest inside. `feed` pushes the archive's bytes in order.
 * Throws E_INTEGRITY when it cannot be read at all: damaged, no bundle, or unfinished.
 */
export async function proveBundle(
  codec: Codec,
  feed: (take: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<BundleProof> {
  const outer = createHash('sha256');
  let bytes = 0;
  const inventory = new Inventory();
  const reader = archiveReader(codec, inventory);
  try {
    await feed(async (piece) => {
      outer.update(piece);
      bytes += piece.length;
      await reader.push(piece);
    });
    await reader.end();
  } catch (error) {
    if (error instanceof SonaeError) throw error;
    throw new SonaeError('E_INTEGRITY', `the archive cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const manifest = inventory.manifest();
  return {
    sha256: outer.digest('hex'),
    bytes,
    manifest,
    problems: compare(inventory.seen, manifest.records),
  };
}

// Collects what goes by: a digest of each entry, and the bytes of the manifest.
class Inventory {
  readonly seen = new Map<string, Seen>();
  #entry: ArchiveEntry | undefined;
  #hash: Hash = createHash('sha256');
  #manifest: Buffer[] = [];
  #manifestBytes = 0;

  onEntry(entry: ArchiveEntry): void {
    if (this.seen.size >= mostEntries)
      throw new SonaeError('E_INTEGRITY', `more than ${mostEntries} entries`);
    this.#entry = entry;
    this.#hash = createHash('sha256');
  }

  onContent(bytes: Buffer): void {
    this.#hash.update(bytes);
    if (!this.#entry?.path.endsWith('/sonae/manifest.json')) return;
    this.#manifestBytes += bytes.length;
    if (this.#manifestBytes > mostManifestBytes)
      throw new SonaeError('E_INTEGRITY', 'the manifest is too large');
    this.#manifest.push(bytes);
  }

  onEntryEnd(): void {
    const entry = this.#entry as ArchiveEntry;
    this.seen.set(entry.path.slice(entry.path.indexOf('/') + 1), {
      entry,
      sha256: this.#hash.digest('hex'),
    });
  }

  manifest(): BundleManifest {
    if (this.#manifestBytes === 0) {
      throw new SonaeError(
        'E_INTEGRITY',
        'there is no sonae/manifest.json in it: an unfinished bundle, or not one of sonae',
        {
          hint: 'What is in it can still be read: zstd -dc FILE | tar -x',
        },
      );
    }
    return parseManifest(Buffer.concat(this.#manifest).toString('utf8'));
  }
}

function compare(seen: ReadonlyMap<string, Seen>, records: readonly BundleRecord[]): string[] {
  const problems: string[] = [];
  const listed = new Set<string>();
  for (const { path, link, sha256, bytes } of records) {
    if (path === undefined) continue;
    listed.add(path);
    const found = seen.get(path);
    if (!found) problems.push(`${path}: in the manifest, not in the archive`);
    else if (link !== undefined && found.entry.target !== link)
      problems.push(`${path}: points elsewhere than the manifest says`);
    else if (sha256 !== undefined && found.sha256 !== sha256) {
      problems.push(`${path}: digest differs (${found.entry.size} bytes, ${bytes} expected)`);
    }
  }
  for (const [path, { entry }] of seen) {
    if (!listed.has(path) && !unlisted.test(path) && entry.type !== 'SymbolicLink') {
      problems.push(`${path}: in the archive, not in the manifest`);
    }
  }
  return problems;
}
