import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader } from '../../std/byte-reader.ts';
import { decompressLz4 } from '../../std/lz4.ts';
import { decompressLzo1x } from '../../std/lzo1x.ts';
import { UnsupportedFormat } from '../../std/unsupported-format.ts';
import { unpackXz } from '../../std/xz.ts';
import { type MetadataBlock, MetadataCursor } from './squashfs-metadata.ts';

/** One name in a squashfs image. */
export interface SquashEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** All bytes of a file; undefined when it has more than `mostBytes`. */
  read(mostBytes: number): Buffer | undefined;
}

/** True when bytes begin as a squashfs image does. */
export function isSquashfs(bytes: Buffer): boolean {
  return bytes.length >= superblockBytes && bytes.toString('latin1', 0, 4) === 'hsqs';
}

// Squashfs 4.0 as in linux/fs/squashfs/squashfs_fs.h; extended attributes, owners and times are not looked at.
const superblockBytes = 96;
const metadataBytes = 8192;
const mostMetadataBlocks = 4096;
const mostDepth = 64;
const noFragment = 0xffff_ffff;
const fragmentsPerBlock = 512;
// Of the size of a data block or fragment: stored as it is.
const isStoredData = 1 << 24;
const isStoredMetadata = 1 << 15;

interface Superblock {
  readonly blockBytes: number;
  readonly fragments: number;
  readonly compression: number;
  readonly rootInode: InodePlace;
  readonly inodeTable: number;
  readonly directoryTable: number;
  readonly fragmentTable: number;
}

/** A metadata block after its table's start, and a place in it once it is unpacked. */
interface InodePlace {
  readonly block: number;
  readonly offset: number;
}

interface Inode {
  readonly kind: SquashEntry['kind'];
  readonly size: number;
  /** Of a folder: where its names are. */
  readonly listing: InodePlace;
  /** Of a file. */
  readonly dataStart: number;
  readonly fragment: number;
  readonly fragmentOffset: number;
  /** Stored sizes of its blocks; asked only of a file that is small enough. */
  readonly blockSizes: () => readonly number[];
}

/**
 * Walks an image from its root and hands over each name; ends early when `onEntry` answers false. Throws on what is
 * damaged, `UnsupportedFormat` on a compression that is not opened here. Bounded in depth, metadata and file size.
 */
export function walkSquashfs(image: Buffer, onEntry: (entry: SquashEntry) => boolean): void {
  const superblock = readSuperblock(image);
  const files = new SquashReader(image, superblock);
  const seen = new Set<string>();
  const walk = (place: InodePlace, above: string, depth: number): boolean => {
    const key = `${place.block}:${place.offset}`;
    if (depth > mostDepth || seen.has(key)) throw new Error('its folders contain each other');
    seen.add(key);
    for (const { name, kind, inode } of files.names(files.inode(place))) {
      const path = above === '' ? name : `${above}/${name}`;
      const read = (mostBytes: number) => files.content(files.inode(inode), mostBytes);
      if (!onEntry({ path, kind, read })) return false;
      if (kind === 'folder' && !walk(inode, path, depth + 1)) return false;
    }
    return true;
  };
  walk(superblock.rootInode, '', 0);
}

function readSuperblock(image: Buffer): Superblock {
  const reader = new ByteReader(image, { name: 'squashfs' });
  reader.skip(12);
  const blockBytes = reader.u32();
  const fragments = reader.u32();
  const compression = reader.u16();
  reader.skip(6);
  const version = `${reader.u16()}.${reader.u16()}`;
  if (version !== '4.0') throw new UnsupportedFormat(`squashfs ${version}`);
  const root = reader.size64();
  const usedBytes = reader.size64();
  if (usedBytes > image.length)
    throw new Error(`it is cut short: ${image.length} bytes of ${usedBytes}`);
  reader.skip(16);
  const superblock = {
    blockBytes,
    fragments,
    compression,
    rootInode: { block: Math.floor(root / 65536), offset: root % 65536 },
    inodeTable: reader.size64(),
    directoryTable: reader.size64(),
    fragmentTable: reader.size64(),
  };
  if (blockBytes < 4096 || blockBytes > 1024 * 1024) throw reader.error('a possible block size');
  return superblock;
}

/** Reads tables and data of one image; keeps the metadata it has unpacked, and the last fragment. */
class SquashReader {
  readonly #image: Buffer;
  readonly #superblock: Superblock;
  readonly #blocks = new Map<number, MetadataBlock>();
  #fragment: { readonly index: number; readonly bytes: Buffer } | undefined;

  constructor(image: Buffer, superblock: Superblock) {
    this.#image = image;
    this.#superblock = superblock;
  }

  inode(place: InodePlace): Inode {
    const at = this.#cursor(this.#superblock.inodeTable, place);
    const type = at.u16();
    at.skip(14);
    const none = { size: 0, dataStart: 0, fragment: noFragment, fragmentOffset: 0 };
    const base = { ...none, listing: { block: 0, offset: 0 }, blockSizes: () => [] };
    switch (type) {
      case 1: {
        const block = at.u32();
        at.skip(4);
        const size = at.u16();
        return { ...base, kind: 'folder', size, listing: { block, offset: at.u16() } };
      }
      case 8: {
        at.skip(4);
        const size = at.u32();
        const block = at.u32();
        at.skip(6);
        return { ...base, kind: 'folder', size, listing: { block, offset: at.u16() } };
      }
      case 2: {
        const dataStart = at.u32();
        const fragment = at.u32();
        const fragmentOffset = at.u32();
        const size = at.u32();
        return this.#file({ ...base, kind: 'file', dataStart, fragment, fragmentOffset, size }, at);
      }
      case 9: {
        const dataStart = at.size64();
        const size = at.size64();
        at.skip(12);
        const fragment = at.u32();
        const fragmentOffset = at.u32();
        at.skip(4);
        return this.#file({ ...base, kind: 'file', dataStart, fragment, fragmentOffset, size }, at);
      }
      default:
        return { ...base, kind: 'other' };
    }
  }

  /** The names in a folder, each with its inode. */
  *names(folder: Inode): Generator<{ name: string; kind: SquashEntry['kind']; inode: InodePlace }> {
    // The stored size counts "." and "..", which are not stored, as three bytes.
    let left = folder.size - 3;
    if (folder.kind !== 'folder' || left <= 0) return;
    const at = this.#cursor(this.#superblock.directoryTable, folder.listing);
    while (left > 0) {
      const count = at.u32() + 1;
      const block = at.u32();
      at.skip(4);
      left -= 12;
      if (count > 256) throw at.error('at most 256 names behind one head');
      for (let index = 0; index < count; index += 1) {
        const offset = at.u16();
        at.skip(2);
        const type = at.u16();
        const length = at.u16() + 1;
        if (length > 256) throw at.error('a name of at most 256 bytes');
        const name = at.take(length).toString('utf8');
        left -= 8 + length;
        const kind = type === 1 ? 'folder' : type === 2 ? 'file' : 'other';
        yield { name, kind, inode: { block, offset } };
      }
    }
  }

  /** A file's bytes; undefined when there are more than `mostBytes`. */
  content(file: Inode, mostBytes: number): Buffer | undefined {
    if (file.kind !== 'file' || file.size > mostBytes) return undefined;
    const { blockBytes } = this.#superblock;
    const pieces: Buffer[] = [];
    let at = file.dataStart;
    let left = file.size;
    for (const stored of file.blockSizes()) {
      const size = Math.min(left, blockBytes);
      const length = stored & (isStoredData - 1);
      // A block of no length is a hole.
      const block = length === 0 ? Buffer.alloc(size) : this.#data(at, stored);
      if (block.length !== size) throw new Error('a file has a block of another size');
      pieces.push(block);
      at += length;
      left -= size;
    }
    if (left > 0) {
      const fragment = this.#readFragment(file.fragment);
      if (file.fragmentOffset + left > fragment.length)
        throw new Error('a file ends outside of its fragment');
      pieces.push(fragment.subarray(file.fragmentOffset, file.fragmentOffset + left));
    }
    return Buffer.concat(pieces);
  }

  // Sizes of the blocks follow the inode.
  #file(inode: Omit<Inode, 'blockSizes'>, at: MetadataCursor): Inode {
    const { blockBytes } = this.#superblock;
    const blocks = inode.size / blockBytes;
    const count = inode.fragment === noFragment ? Math.ceil(blocks) : Math.floor(blocks);
    return { ...inode, blockSizes: () => Array.from({ length: count }, () => at.u32()) };
  }

  #readFragment(index: number): Buffer {
    if (this.#fragment?.index === index) return this.#fragment.bytes;
    const { fragments, fragmentTable } = this.#superblock;
    if (index >= fragments) throw new Error('a file has a fragment that is not there');
    const table = new ByteReader(this.#image, { name: 'squashfs' });
    table.seek(fragmentTable + Math.floor(index / fragmentsPerBlock) * 8);
    const place = { block: 0, offset: (index % fragmentsPerBlock) * 16 };
    const entry = this.#cursor(table.size64(), place);
    const bytes = this.#data(entry.size64(), entry.u32());
    this.#fragment = { index, bytes };
    return bytes;
  }

  #data(start: number, stored: number): Buffer {
    const length = stored & (isStoredData - 1);
    const bytes = this.#image.subarray(start, start + length);
    if (bytes.length !== length) throw new Error('a file lies beyond the end of the image');
    return (stored & isStoredData) !== 0 ? bytes : this.#unpack(bytes, this.#superblock.blockBytes);
  }

  #cursor(table: number, { block, offset }: InodePlace): MetadataCursor {
    return new MetadataCursor((start) => this.#metadata(start), table + block, offset);
  }

  #metadata(start: number): MetadataBlock {
    const known = this.#blocks.get(start);
    if (known) return known;
    if (this.#blocks.size >= mostMetadataBlocks) throw new Error('it has too much metadata');
    const reader = new ByteReader(this.#image, { name: 'squashfs' });
    reader.seek(start);
    const head = reader.u16();
    const stored = reader.take(head & (isStoredMetadata - 1));
    const isStored = (head & isStoredMetadata) !== 0;
    const bytes = isStored ? stored : this.#unpack(stored, metadataBytes);
    const block = { bytes, next: reader.position };
    this.#blocks.set(start, block);
    return block;
  }

  #unpack(bytes: Buffer, mostBytes: number): Buffer {
    const { compression } = this.#superblock;
    const unpacked = decompressors[compression]?.(bytes, mostBytes);
    if (unpacked) return unpacked;
    if (decompressors[compression]) throw new Error('a block of it is damaged');
    const name = compression === 2 ? 'lzma' : `a compression of number ${compression}`;
    throw new UnsupportedFormat(`squashfs with ${name}`);
  }
}

const decompressors: Readonly<
  Record<number, (bytes: Buffer, mostBytes: number) => Buffer | undefined>
> = {
  1: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }),
  3: decompressLzo1x,
  4: (bytes, mostBytes) => unpackXz(bytes, mostBytes).bytes,
  5: decompressLz4,
  6: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
};
