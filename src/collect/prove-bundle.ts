import { createHash, type Hash } from 'node:crypto';
import type { BundleManifest } from '../model/bundle.ts';
import { SonaeError } from '../model/error.ts';
import { ByteQueue } from '../std/byte-queue.ts';
import type { Codec } from './archive/codec.ts';
import type { ArchiveEntry } from './archive/read-archive.ts';
import { parseManifest } from './manifest.ts';
import { type ArchiveDigest, type BundleReader, type Feed, readBundle } from './read-bundle.ts';

/** What reading a bundle from its first byte to its last has shown. */
export interface BundleProof extends ArchiveDigest {
  readonly manifest: BundleManifest;
  /** One sentence for each difference between the archive and its manifest; empty when they agree. */
  readonly problems: readonly string[];
}

/** Entries that the manifest cannot list, since they are written with it. */
const unlisted = /^(?:version\.txt|sonae\/(?:README\.txt|manifest\.json)|sos_reports\/|sos_logs\/)/;

const manifestPath = 'sonae/manifest.json';
const mostManifestBytes = 256 * 1024 * 1024;
const mostEntries = 1_000_000;

interface Seen {
  readonly size: number;
  readonly sha256: string;
  readonly target: string | undefined;
  readonly isLink: boolean;
}

/**
 * Reads a whole bundle and compares every entry with the manifest inside. Throws E_INTEGRITY when it cannot be read at
 * all: damaged, no bundle, or unfinished.
 */
export async function proveBundle(codec: Codec, feed: Feed): Promise<BundleProof> {
  const inventory = new Inventory({ keepsManifest: true });
  const digest = await readBundle(codec, feed, [inventory]);
  const manifest = inventory.manifest();
  return { ...digest, manifest, problems: inventory.compare(manifest) };
}

/** What goes by while a bundle is read: the digest of each entry and, where it is not known yet, the manifest. */
export class Inventory implements BundleReader {
  readonly #keepsManifest: boolean;
  readonly #seen = new Map<string, Seen>();
  readonly #tops = new Set<string>();
  readonly #doubles: string[] = [];
  #entry: ArchiveEntry | undefined;
  #hash: Hash = createHash('sha256');
  readonly #manifest = new ByteQueue();

  constructor({ keepsManifest }: { readonly keepsManifest: boolean }) {
    this.#keepsManifest = keepsManifest;
  }

  onEntry(entry: ArchiveEntry): void {
    if (this.#seen.size >= mostEntries)
      throw new SonaeError('E_INTEGRITY', `more than ${mostEntries} entries`);
    if (this.#manifest.length > 0 && entry.path.endsWith(`/${manifestPath}`))
      throw new SonaeError(
        'E_INTEGRITY',
        'two manifests are in it: bundles that were put together',
      );
    this.#entry = entry;
    this.#hash = createHash('sha256');
  }

  onContent(bytes: Buffer): void {
    this.#hash.update(bytes);
    if (!this.#keepsManifest || !this.#entry?.path.endsWith(`/${manifestPath}`)) return;
    if (this.#manifest.length + bytes.length > mostManifestBytes)
      throw new SonaeError('E_INTEGRITY', 'the manifest is too large');
    this.#manifest.append(bytes);
  }

  onEntryEnd(): void {
    const { path: whole, type, size, target } = this.#entry as ArchiveEntry;
    const slash = whole.indexOf('/');
    const path = whole.slice(slash + 1);
    this.#tops.add(whole.slice(0, slash));
    if (this.#seen.has(path)) this.#doubles.push(path);
    const sha256 = this.#hash.digest('hex');
    const isLink = type === 'SymbolicLink';
    this.#seen.set(path, { size, sha256, target, isLink });
  }

  /** The manifest that was in it. */
  manifest(): BundleManifest {
    if (this.#manifest.length === 0) throw unfinished();
    return parseManifest(this.#manifest.bytes.toString('utf8'));
  }

  /** One sentence for each difference between what was seen and what the manifest says. */
  compare({ id, records }: Pick<BundleManifest, 'id' | 'records'>): string[] {
    const problems = this.#mixed(id);
    const listed = new Set<string>();
    for (const { path, link, sha256, bytes } of records) {
      if (path === undefined) continue;
      listed.add(path);
      const found = this.#seen.get(path);
      if (!found) problems.push(`${path}: in the manifest, not in the archive`);
      else if (link !== undefined && found.target !== link)
        problems.push(`${path}: points elsewhere than the manifest says`);
      else if (sha256 !== undefined && found.sha256 !== sha256) {
        problems.push(`${path}: digest differs (${found.size} bytes, ${bytes} expected)`);
      }
    }
    for (const [path, { isLink }] of this.#seen) {
      if (!listed.has(path) && !unlisted.test(path) && !isLink) {
        problems.push(`${path}: in the archive, not in the manifest`);
      }
    }
    return problems;
  }

  // One bundle holds one folder, which has its id in its name, and each name once.
  #mixed(id: string): string[] {
    const [top = '', ...others] = this.#tops;
    return [
      ...others.map((other) => `${other}/: in a bundle of ${top}/`),
      ...(top.split('-').includes(id)
        ? []
        : [`${top}/ is the folder of another bundle than ${id}`]),
      ...this.#doubles.map((path) => `${path}: twice in the archive`),
    ];
  }

  /** The same for a manifest that is known, whose own digest is compared too. */
  compareKnown(manifest: BundleManifest, manifestSha256: string): string[] {
    const found = this.#seen.get(manifestPath);
    if (found === undefined) throw unfinished();
    const isSame = found.sha256 === manifestSha256;
    return [...(isSame ? [] : [`${manifestPath}: digest differs`]), ...this.compare(manifest)];
  }
}

function unfinished(): SonaeError {
  return new SonaeError(
    'E_INTEGRITY',
    'there is no sonae/manifest.json in it: an unfinished bundle, or not one of sonae',
    {
      hint: 'What is in it can still be read: zstd -dc FILE | tar -x',
    },
  );
}
