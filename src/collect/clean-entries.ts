import { posix } from 'node:path';
import { SonaeError } from '../model/error.ts';
import type { RedactionStream, Redactor } from '../model/redaction.ts';
import { type ArchiveKind, unpackSmall } from './archive/archive-kind.ts';
import type { Codec } from './archive/codec.ts';
import type { ArchiveEntry, ArchiveListener } from './archive/read-archive.ts';
import { asItIs } from './as-it-is.ts';
import { convertedPath } from './bundle-layout.ts';
import type { Hits } from './hits.ts';
import { Spool, type Spooled, SpoolMemory } from './spool.ts';

const headBytes = 4096;
const mostPackedBytes = 16 * 1024 * 1024;
const mostUnpackedBytes = 64 * 1024 * 1024;
const mostManifestBytes = 256 * 1024 * 1024;
// Compressed: the size of an entry stands before its bytes, so the whole of it is held.
const mostHeldBytes = 256 * 1024 * 1024;

/** Where the entries of a bundle that is cleaned go. Paths are the new ones. */
export interface EntryWork {
  readonly redactor: Redactor;
  readonly codec: Codec;
  onFile(entry: ArchiveEntry, path: string, spooled: Spooled, masked: Hits): void;
  onLink(entry: ArchiveEntry, target: string): void;
  /** An empty one may be what a link points to. */
  onFolder(entry: ArchiveEntry): void;
  onDropped(path: string, reason: string): void;
  onManifest(entry: ArchiveEntry, bytes: Buffer): void;
}

/** Cleans one entry at a time: its first bytes decide what becomes of it. */
export function cleanEntries(options: EntryWork): ArchiveListener {
  const { redactor, codec } = options;
  let entry: ArchiveEntry | undefined;
  let head: Buffer[] = [];
  let headLength = 0;
  let held: 'head' | 'packed' | 'manifest' | 'dropped' | 'text' = 'head';
  let stream: RedactionStream | undefined;
  let spool: Spool | undefined;
  let kind = '';

  const begin = (opened: RedactionStream) => {
    stream = opened;
    spool = new Spool({
      codec,
      limitBytes: Number.MAX_SAFE_INTEGER,
      keep: 'head',
      memory: new SpoolMemory(mostHeldBytes),
    });
    held = 'text';
  };
  const endText = (from: ArchiveEntry, path: string) => {
    if (stream === undefined || spool === undefined) return;
    spool.write(stream.end());
    options.onFile(from, path, spool.finish(), stream.hits);
  };
  const drop = (path: string, reason: string) => {
    options.onDropped(redactor.name(path), reason);
    held = 'dropped';
    head = [];
  };
  const decide = (from: ArchiveEntry) => {
    const first = Buffer.concat(head);
    const decision = redactor.judge(from.path, first);
    if (decision.action === 'mask' || decision.action === 'keep') {
      const path = withoutTop(from.path);
      begin(decision.action === 'keep' ? asItIs : redactor.open({ id: 'clean', path }));
      spool?.write(stream?.write(first) ?? first);
      head = [];
    } else if (decision.action === 'convert' && isUnpackable(decision.kind)) {
      held = 'packed';
      kind = decision.kind;
    } else if (decision.action === 'drop') drop(from.path, `${decision.kind}: ${decision.reason}`);
    else drop(from.path, `${decision.kind}: it cannot be searched here`);
  };
  const endPacked = (from: ArchiveEntry) => {
    const inner = unpack(kind, Buffer.concat(head));
    const plainPath = convertedPath(from.path);
    if (inner === undefined) {
      drop(from.path, `${kind}: damaged, or too large to be unpacked and searched`);
      return;
    }
    const decision = redactor.judge(plainPath, inner.subarray(0, headBytes));
    if (decision.action !== 'mask') {
      drop(from.path, `${decision.kind} in ${kind}`);
      return;
    }
    begin(redactor.open({ id: 'clean', path: withoutTop(plainPath) }));
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
      } else if (next.type === 'Directory') options.onFolder(next);
      else if (!isFile(next)) drop(next.path, `a ${next.type}`);
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

const unpackableKinds: ReadonlyMap<string, ArchiveKind> = new Map([
  ['gzip', 'gz'],
  ['zstd', 'zst'],
  ['xz', 'xz'],
]);

// In memory, without a tool: what is in an archive has no file that one could be given.
function isUnpackable(kind: string): boolean {
  return unpackableKinds.has(kind) || kind === 'UTF-16 text';
}

function unpack(kind: string, packed: Buffer): Buffer | undefined {
  const archiveKind = unpackableKinds.get(kind);
  if (archiveKind !== undefined) return unpackSmall(archiveKind, packed, mostUnpackedBytes);
  const isBigEndian = packed[0] === 0xfe;
  return Buffer.from(new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(packed));
}

/** A path of an archive below its top folder. */
export function withoutTop(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}
