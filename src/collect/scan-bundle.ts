import {
  type ForbiddenWords,
  findLeaksInName,
  type LeakPlace,
  type LeakScan,
  openLeakScan,
} from '../redact/verify-scan.ts';
import { judgeArchiveKind, plainCodec, unpackSmall } from './archive/archive-kind.ts';
import type { Codec } from './archive/codec.ts';
import { whyOpaque } from './archive/opaque-kind.ts';
import { type ArchiveEntry, type ArchiveListener, archiveReader } from './archive/read-archive.ts';
import { type BundleReader, type Feed, readBundle } from './read-bundle.ts';

/** What the verification of a whole bundle has shown. */
export interface BundleScan {
  /** The first of them; `count` has all. */
  readonly places: readonly LeakPlace[];
  readonly count: number;
  readonly files: number;
  readonly bytes: number;
  /** What could not be looked into, and why. */
  readonly unseen: readonly { readonly path: string; readonly why: string }[];
}

const mostPlaces = 10_000;
const mostDepth = 3;
const mostPackedBytes = 32 * 1024 * 1024;
const mostUnpackedBytes = 256 * 1024 * 1024;

interface Packed {
  readonly path: string;
  readonly bytes: Buffer;
  readonly depth: number;
}

/**
 * Searches everything in a bundle for secrets, and for the originals of a map: contents, names, link targets,
 * compressed files and archives inside. Throws E_INTEGRITY when the archive cannot be read.
 */
export async function scanBundle(
  codec: Pick<Codec, 'decompressor'>,
  feed: Feed,
  forbidden?: ForbiddenWords,
): Promise<BundleScan> {
  const scanner = bundleScanner(forbidden);
  await readBundle(codec, feed, [scanner]);
  return scanner.result();
}

/** The search, as one who looks on while a bundle is read. */
export function bundleScanner(forbidden?: ForbiddenWords): BundleReader & { result(): BundleScan } {
  const places: LeakPlace[] = [];
  const unseen: { path: string; why: string }[] = [];
  const waiting: Packed[] = [];
  let count = 0;
  let files = 0;
  let bytes = 0;
  const report = (place: LeakPlace) => {
    count += 1;
    if (places.length < mostPlaces) places.push(place);
  };
  const listenerFor = (outer: string, depth: number): ArchiveListener => {
    let current: OpenEntry | undefined;
    return {
      onEntry(entry) {
        files += 1;
        const path = `${outer}${entry.path}`;
        current = openEntry(path, entry, {
          report,
          forbidden,
          onOpaque: (why) => unseen.push({ path, why }),
        });
      },
      onContent(chunk) {
        bytes += chunk.length;
        current?.write(chunk);
      },
      onEntryEnd() {
        const packed = current?.end();
        if (packed === undefined || current === undefined) return;
        if (packed === 'too-large')
          unseen.push({ path: current.path, why: 'packed, and too large to look into' });
        else waiting.push({ path: current.path, bytes: packed, depth: depth + 1 });
      },
    };
  };
  const scanPacked = async ({ path, bytes: packed, depth }: Packed) => {
    const kind = judgeArchiveKind(packed);
    const inner = kind === undefined ? undefined : unpackSmall(kind, packed, mostUnpackedBytes);
    if (inner === undefined || depth > mostDepth) {
      unseen.push({
        path,
        why:
          depth > mostDepth
            ? 'an archive too deep inside others'
            : 'packed in a way that is not looked into',
      });
      return;
    }
    const innerKind = judgeArchiveKind(inner);
    if (innerKind !== undefined && innerKind !== 'tar') {
      waiting.push({ path, bytes: inner, depth: depth + 1 });
    } else if (innerKind === 'tar') {
      const reader = archiveReader(plainCodec, listenerFor(`${path}!`, depth));
      try {
        await reader.push(inner);
        await reader.end();
      } catch {
        unseen.push({ path, why: 'a damaged archive' });
      }
    } else {
      const why = whyOpaque(inner);
      if (why !== undefined) unseen.push({ path, why });
      const scan = openLeakScan(path, report, forbidden);
      scan.write(inner);
      scan.end();
    }
  };
  return {
    ...listenerFor('', 0),
    // What is packed is unpacked between two pieces: unpacking an archive takes turns of the event loop.
    async settle() {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await scanPacked(next);
    },
    result: () => ({ places, count, files, bytes, unseen }),
  };
}

interface OpenEntry {
  readonly path: string;
  write(chunk: Buffer): void;
  /** The bytes of a packed file, to be unpacked and looked into. */
  end(): Buffer | 'too-large' | undefined;
}

interface Finder {
  report(place: LeakPlace): void;
  readonly forbidden: ForbiddenWords | undefined;
  /** The bytes are searched as they are, and that is not enough. */
  onOpaque(why: string): void;
}

function openEntry(
  path: string,
  entry: ArchiveEntry,
  { report, forbidden, onOpaque }: Finder,
): OpenEntry {
  findLeaksInName(path, report, forbidden);
  if (entry.target !== undefined)
    findLeaksInName(entry.target, (place) => report({ ...place, path }), forbidden);
  let scan: LeakScan | undefined;
  let head: Buffer = Buffer.alloc(0);
  let packed: Buffer[] | undefined;
  let packedBytes = 0;
  const decide = () => {
    if (judgeArchiveKind(head) !== undefined) packed = [head];
    else {
      const why = whyOpaque(head);
      if (why !== undefined) onOpaque(why);
      scan = openLeakScan(path, report, forbidden);
      scan.write(head);
    }
    packedBytes = head.length;
  };
  return {
    path,
    write(chunk) {
      if (scan !== undefined) scan.write(chunk);
      else if (packed !== undefined) {
        packedBytes += chunk.length;
        if (packedBytes <= mostPackedBytes) packed.push(Buffer.from(chunk));
      } else {
        head = Buffer.concat([head, chunk]);
        if (head.length >= 512) decide();
      }
    },
    end() {
      if (scan === undefined && packed === undefined) decide();
      scan?.end();
      if (packed === undefined) return undefined;
      return packedBytes > mostPackedBytes ? 'too-large' : Buffer.concat(packed);
    },
  };
}
