import { posix } from 'node:path';
import type { BundleManifest, BundleRecord } from '../model/bundle.ts';
import { SonaeError } from '../model/error.ts';
import type { RedactionStream, Redactor } from '../model/redaction.ts';
import { judgeBinary } from '../redact/binary-evidence.ts';
import { judgeArchiveKind, unpackSmall } from './archive/archive-kind.ts';
import type { ArchiveWriter } from './archive/archive-writer.ts';
import type { Codec } from './archive/codec.ts';
import { type ArchiveEntry, archiveReader } from './archive/read-archive.ts';
import { parseManifest, renderManifest } from './manifest.ts';
import { maskTexts } from './mask-texts.ts';
import type { Feed } from './scan-bundle.ts';
import { Spool, type Spooled } from './spool.ts';

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

const headBytes = 4096;
const mostPackedBytes = 16 * 1024 * 1024;
const mostUnpackedBytes = 64 * 1024 * 1024;
const mostManifestBytes = 256 * 1024 * 1024;
// Compressed: the size of an entry stands before its bytes, so the whole of it is held.
const mostHeldBytes = 256 * 1024 * 1024;

interface Digests {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Copies a bundle entry by entry through a redaction: contents, names, link targets. The manifest of a bundle of
 * sonae is written anew at the end, so that it proves what is there now.
 */
export async function cleanBundle(request: CleanRequest): Promise<CleanResult> {
  const { redactor, archive, codec, input } = request;
  const hits = new Map<string, number>();
  const dropped: { path: string; reason: string }[] = [];
  const truncated: string[] = [];
  const written = new Map<string, Digests>();
  let manifestBytes: Buffer | undefined;
  let manifestEntry: ArchiveEntry | undefined;
  let work: Promise<unknown>[] = [];
  let files = 0;

  const store = (entry: ArchiveEntry, path: string, spooled: Spooled) => {
    files += 1;
    if (spooled.isTruncated) truncated.push(path);
    written.set(withoutTop(entry.path), {
      path: withoutTop(path),
      bytes: spooled.bytes,
      sha256: spooled.sha256,
    });
    const { mode, uid, gid, mtimeMs } = entry;
    work.push(
      archive
        .addFile({ type: 'File', path, mode, uid, gid, mtimeMs, size: spooled.bytes }, spooled)
        .then(refuseFull),
    );
  };

  const listener = entryListener({
    redactor,
    codec,
    onFile: store,
    onHits: (found) => {
      for (const [rule, count] of found) hits.set(rule, (hits.get(rule) ?? 0) + count);
    },
    onDropped: (path, reason) => dropped.push({ path, reason }),
    onLink(entry, target) {
      const { mode, uid, gid, mtimeMs } = entry;
      const path = redactor.name(entry.path);
      work.push(
        archive
          .addLink({
            type: 'SymbolicLink',
            path,
            target: redactor.name(target),
            mode,
            uid,
            gid,
            mtimeMs,
          })
          .then(refuseFull),
      );
    },
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
    const manifest = rewriteManifest(
      parseManifest(manifestBytes.toString('utf8')),
      written,
      dropped,
      redactor,
      hits,
    );
    const spool = new Spool({ codec, limitBytes: mostManifestBytes, keep: 'head' });
    spool.write(Buffer.from(renderManifest(manifest)));
    store(manifestEntry, redactor.name(manifestEntry.path), spool.finish());
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

interface EntryWork {
  readonly redactor: Redactor;
  readonly codec: Codec;
  onFile(entry: ArchiveEntry, path: string, spooled: Spooled): void;
  onLink(entry: ArchiveEntry, target: string): void;
  onDropped(path: string, reason: string): void;
  onHits(hits: ReadonlyMap<string, number>): void;
  onManifest(entry: ArchiveEntry, bytes: Buffer): void;
}

// One entry at a time: its first bytes decide what becomes of it.
function entryListener(options: EntryWork) {
  const { redactor, codec } = options;
  let entry: ArchiveEntry | undefined;
  let head: Buffer[] = [];
  let headLength = 0;
  let held: 'head' | 'packed' | 'manifest' | 'dropped' | 'text' = 'head';
  let stream: RedactionStream | undefined;
  let spool: Spool | undefined;

  const beginText = (path: string) => {
    stream = redactor.open({ id: 'clean', path });
    spool = new Spool({
      codec,
      limitBytes: Number.MAX_SAFE_INTEGER,
      keep: 'head',
      memoryBytes: mostHeldBytes,
    });
    held = 'text';
  };
  const endText = (from: ArchiveEntry, path: string) => {
    if (stream === undefined || spool === undefined) return;
    spool.write(stream.end());
    options.onHits(stream.hits);
    options.onFile(from, path, spool.finish());
  };
  const drop = (path: string, reason: string) => {
    options.onDropped(redactor.name(path), reason);
    held = 'dropped';
    head = [];
  };
  const decide = (from: ArchiveEntry) => {
    const first = Buffer.concat(head);
    const decision = judgeBinary(from.path, first);
    if (decision.action === 'text') {
      beginText(withoutTop(from.path));
      spool?.write(stream?.write(first) ?? first);
      head = [];
    } else if (judgeArchiveKind(first) === 'gz' || judgeArchiveKind(first) === 'zst')
      held = 'packed';
    else
      drop(
        from.path,
        decision.action === 'drop'
          ? `${decision.kind}: ${decision.reason}`
          : `${decision.kind}: its names cannot be replaced`,
      );
  };
  const endPacked = (from: ArchiveEntry) => {
    const packed = Buffer.concat(head);
    const kind = judgeArchiveKind(packed);
    const inner = kind === undefined ? undefined : unpackSmall(kind, packed, mostUnpackedBytes);
    if (
      inner === undefined ||
      judgeBinary(from.path, inner.subarray(0, headBytes)).action !== 'text'
    ) {
      drop(from.path, 'packed, and not a text small enough to be unpacked and searched');
      return;
    }
    const plainPath = from.path.replace(/\.(?:gz|zst)$/, '');
    beginText(withoutTop(plainPath));
    spool?.write(stream?.write(inner) ?? inner);
    endText(from, redactor.name(plainPath));
  };

  return {
    onEntry(next: ArchiveEntry) {
      entry = next;
      head = [];
      headLength = 0;
      held = 'head';
      stream = undefined;
      spool = undefined;
      if (next.type === 'SymbolicLink' && next.target !== undefined)
        options.onLink(next, next.target);
      // A second name of a file becomes a link to the first: no content comes with it.
      else if (next.type === 'Link' && next.target !== undefined) {
        options.onLink(next, posix.relative(posix.dirname(next.path), next.target));
      } else if (!isFile(next) && next.type !== 'Directory') drop(next.path, `a ${next.type}`);
      if (!isFile(next)) held = 'dropped';
      else if (next.path.endsWith('/sonae/manifest.json')) held = 'manifest';
    },
    onContent(chunk: Buffer) {
      if (held === 'dropped' || entry === undefined) return;
      if (held === 'text') {
        spool?.write(stream?.write(chunk) ?? chunk);
        return;
      }
      head.push(Buffer.from(chunk));
      headLength += chunk.length;
      if (held === 'head' && headLength >= headBytes) decide(entry);
      else if (held === 'packed' && headLength > mostPackedBytes)
        drop(entry.path, 'packed, and too large to be unpacked and searched');
      else if (held === 'manifest' && headLength > mostManifestBytes)
        throw new SonaeError('E_INTEGRITY', 'the manifest is too large');
    },
    onEntryEnd() {
      if (entry === undefined || !isFile(entry)) return;
      if (held === 'manifest') {
        options.onManifest(entry, Buffer.concat(head));
        return;
      }
      if (held === 'head') decide(entry);
      if (held === 'packed') endPacked(entry);
      else if (held === 'text') endText(entry, redactor.name(entry.path));
    },
  };
}

function isFile({ type }: ArchiveEntry): boolean {
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
}

function withoutTop(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

// Every text in the manifest passes the redaction too; digests and sizes are those of the new files.
function rewriteManifest(
  manifest: BundleManifest,
  written: ReadonlyMap<string, Digests>,
  dropped: readonly { readonly path: string; readonly reason: string }[],
  redactor: Redactor,
  hits: ReadonlyMap<string, number>,
): BundleManifest {
  const reasons = new Map(dropped.map(({ path, reason }) => [withoutTop(path), reason]));
  const records = manifest.records.map((record): BundleRecord => {
    if (record.path === undefined) return record;
    const name = withoutTop(redactor.name(`x/${record.path}`));
    if (record.link !== undefined)
      return { ...record, path: name, link: redactor.name(record.link) };
    const now = written.get(record.path);
    if (now !== undefined)
      return { ...record, path: now.path, bytes: now.bytes, sha256: now.sha256 };
    const { path: _path, sha256: _sha256, ...rest } = record;
    return {
      ...rest,
      state: 'skipped',
      reason: `left out by the cleaning: ${reasons.get(name) ?? 'not in the bundle'}`,
      bytes: 0,
    };
  });
  const masked = maskTexts(redactor, { ...manifest, records });
  const all = { ...manifest.redaction.hits };
  for (const [rule, count] of hits) all[rule] = (all[rule] ?? 0) + count;
  return { ...masked, redaction: { rules: redactor.rules, hits: all } };
}
