import { SonaeError } from '../model/error.ts';
import type { Redactor } from '../model/redaction.ts';
import type { ArchiveWriter } from './archive/archive-writer.ts';
import type { Codec } from './archive/codec.ts';
import { type ArchiveEntry, archiveReader } from './archive/read-archive.ts';
import { cleanEntries, withoutTop } from './clean-entries.ts';
import { type Cleaned, cleanManifest } from './clean-manifest.ts';
import { addHits, type Hits } from './hits.ts';
import { parseManifest, renderManifest } from './manifest.ts';
import type { Feed } from './read-bundle.ts';
import { Spool, type Spooled, SpoolMemory } from './spool.ts';

/** What a cleaning needs, already decided. */
export interface CleanRequest {
  readonly input: { readonly codec: Pick<Codec, 'decompressor'>; readonly feed: Feed };
  readonly redactor: Redactor;
  readonly archive: ArchiveWriter;
  readonly codec: Codec;
}

/** What came of it. Names here are the new ones. */
export interface CleanResult {
  readonly files: number;
  readonly hits: ReadonlyMap<string, number>;
  /** Left out, with the reason: what cannot be searched. */
  readonly dropped: readonly { readonly path: string; readonly reason: string }[];
  /** Kept in part: too large to be held. */
  readonly truncated: readonly string[];
  /** The bundle was one of sonae and has its manifest still. */
  readonly hasManifest: boolean;
}

const mostManifestBytes = 256 * 1024 * 1024;

/**
 * Copies a bundle entry by entry through a redaction: contents, names, link targets. The manifest of a bundle of
 * sonae is written anew at the end, so that it proves what is there now.
 */
export async function cleanBundle(request: CleanRequest): Promise<CleanResult> {
  const { redactor, archive, codec, input } = request;
  const hits = new Map<string, number>();
  const dropped: { path: string; reason: string }[] = [];
  const truncated: string[] = [];
  const written = new Map<string, Cleaned>();
  let manifestBytes: Buffer | undefined;
  let manifestEntry: ArchiveEntry | undefined;
  let work: Promise<unknown>[] = [];
  let files = 0;

  const store = (entry: ArchiveEntry, path: string, spooled: Spooled, masked: Hits) => {
    files += 1;
    if (spooled.isTruncated) truncated.push(path);
    addHits(hits, masked);
    const { bytes, sha256 } = spooled;
    written.set(withoutTop(entry.path), { path: withoutTop(path), bytes, sha256, masked });
    const { mode, uid, gid, mtimeMs } = entry;
    work.push(
      archive
        .addFile({ type: 'File', path, mode, uid, gid, mtimeMs, size: spooled.bytes }, spooled)
        .then(refuseFull),
    );
  };

  const placeOf = ({ path, mode, uid, gid, mtimeMs }: ArchiveEntry) => ({
    path: redactor.name(path),
    mode,
    uid,
    gid,
    mtimeMs,
  });
  const add = (entry: Parameters<ArchiveWriter['addLink']>[0]) =>
    void work.push(archive.addLink(entry).then(refuseFull));

  const listener = cleanEntries({
    redactor,
    codec,
    onFile: store,
    onDropped: (path, reason) => dropped.push({ path, reason }),
    onLink: (entry, target) =>
      add({ ...placeOf(entry), type: 'SymbolicLink', target: redactor.name(target) }),
    onFolder: (entry) => add({ ...placeOf(entry), type: 'Directory' }),
    onManifest(entry, bytes) {
      manifestEntry = entry;
      manifestBytes = bytes;
    },
  });
  const reader = archiveReader(input.codec, listener);
  try {
    await input.feed(async (piece) => {
      await reader.push(piece);
      await Promise.all(work);
      work = [];
    });
    await reader.end();
  } catch (error) {
    if (error instanceof SonaeError) throw error;
    throw new SonaeError('E_INTEGRITY', `the bundle cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  await Promise.all(work);
  if (manifestEntry !== undefined && manifestBytes !== undefined) {
    const manifest = cleanManifest(
      parseManifest(manifestBytes.toString('utf8')),
      written,
      dropped,
      redactor,
      hits,
    );
    const memory = new SpoolMemory(mostManifestBytes);
    const spool = new Spool({ codec, limitBytes: mostManifestBytes, keep: 'head', memory });
    spool.write(Buffer.from(renderManifest(manifest)));
    store(manifestEntry, redactor.name(manifestEntry.path), spool.finish(), new Map());
    await Promise.all(work);
  }
  await archive.flush();
  await archive.finish();
  return { files, hits, dropped, truncated, hasManifest: manifestEntry !== undefined };
}

function refuseFull(isTaken: boolean): void {
  if (!isTaken)
    throw new SonaeError('E_NO_SPACE', 'no room left for the cleaned bundle', {
      hint: 'Give another place with --output.',
    });
}
