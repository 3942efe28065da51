import { byteWriter, x64 } from './byte-writer.ts';

const blockBytes = 131_072;
const metadataBytes = 8192;
const folder = 1;
const file = 2;

interface Node {
  readonly name: string;
  readonly content: Buffer | readonly Node[];
}

/** A squashfs 4.0 image in which nothing is compressed (linux/fs/squashfs/squashfs_fs.h), from path to content. */
export function buildSquashfs(
  files: Readonly<Record<string, string | Buffer>>,
  { compression = 1 } = {},
): Buffer {
  const data = new Table();
  const inodes = new Table();
  const folders = new Table();
  data.bytes(Buffer.alloc(96));
  let inodeCount = 0;

  // Writes an inode after all that it points to; returns where it begins.
  const writeInode = ({ content }: Node): { place: number; number: number } => {
    if (Buffer.isBuffer(content)) {
      const start = data.length;
      const sizes: number[] = [];
      for (let at = 0; at < content.length; at += blockBytes) {
        const block = content.subarray(at, at + blockBytes);
        data.bytes(block);
        sizes.push(block.length | (1 << 24));
      }
      const number = ++inodeCount;
      const place = inodes.add((to) => {
        head(to, file, 0o644, number);
        for (const value of [start, 0xffff_ffff, 0, content.length, ...sizes]) to.u32(value);
      });
      return { place, number };
    }
    const names = content.map((child) => ({ child, ...writeInode(child) }));
    const listing = folders.length;
    for (const { child, place, number } of names)
      folders.add((to) => {
        for (const value of [0, inBlocks(place).block, number]) to.u32(value);
        const type = Buffer.isBuffer(child.content) ? file : folder;
        for (const value of [inBlocks(place).offset, 0, type, child.name.length - 1]) to.u16(value);
        to.bytes(Buffer.from(child.name, 'latin1'));
      });
    const number = ++inodeCount;
    const place = inodes.add((to) => {
      head(to, folder, 0o755, number);
      to.u32(inBlocks(listing).block);
      to.u32(2);
      to.u16(folders.length - listing + 3);
      to.u16(inBlocks(listing).offset);
      to.u32(1);
    });
    return { place, number };
  };
  const root = inBlocks(writeInode({ name: '', content: treeOf(files) }).place);

  const tables = [data.result(), inodes.inMetadata(), folders.inMetadata()];
  const [inodeTable, folderTable, idBlock] = offsets(tables);
  const image = Buffer.concat([...tables, idTable(idBlock)]);
  const to = byteWriter(x64);
  to.text(0, 'hsqs');
  for (const [at, value] of [
    [4, inodeCount],
    [12, blockBytes],
    [16, 0],
  ] as const)
    to.u32(at, value);
  for (const [at, value] of [
    [20, compression],
    [22, 17],
    [24, 0x1 | 0x2 | 0x8 | 0x10],
    [26, 1],
    [28, 4],
    [30, 0],
  ] as const)
    to.u16(at, value);
  const none = 0xffff_ffff_ffff_ffffn;
  for (const [index, value] of [
    BigInt(root.block) * 65536n + BigInt(root.offset),
    image.length,
    idBlock + 6,
    none,
    inodeTable,
    folderTable,
    idBlock + 6,
    none,
  ].entries())
    to.u64(32 + index * 8, value);
  to.result().copy(image);
  return image;
}

class Table {
  #pieces: Buffer[] = [];
  length = 0;

  add(write: (table: Table) => void): number {
    const start = this.length;
    write(this);
    return start;
  }

  bytes(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.length += bytes.length;
  }

  u16(value: number): void {
    this.bytes(Buffer.from([value & 255, value >> 8]));
  }

  u32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.bytes(bytes);
  }

  result(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  // Blocks of 8 KiB, each after two bytes that say how long it is and that it is stored as it is.
  inMetadata(): Buffer {
    const all = this.result();
    const blocks = new Table();
    for (let at = 0; at < all.length; at += metadataBytes) {
      const block = all.subarray(at, at + metadataBytes);
      blocks.u16(block.length | 0x8000);
      blocks.bytes(block);
    }
    return blocks.result();
  }
}

function head(to: Table, type: number, mode: number, number: number): void {
  for (const value of [type, mode, 0, 0]) to.u16(value);
  for (const value of [0, number]) to.u32(value);
}

function inBlocks(at: number): { block: number; offset: number } {
  const index = Math.floor(at / metadataBytes);
  return { block: index * (metadataBytes + 2), offset: at % metadataBytes };
}

function offsets(tables: readonly Buffer[]): [number, number, number] {
  let at = 0;
  return tables.map(({ length }) => (at += length)) as [number, number, number];
}

function idTable(at: number): Buffer {
  const table = new Table();
  table.u16(4 | 0x8000);
  table.u32(0);
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(at));
  table.bytes(place);
  return table.result();
}

function treeOf(files: Readonly<Record<string, string | Buffer>>): readonly Node[] {
  const tops = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))].sort();
  return tops.map((name) => {
    const content = files[name];
    if (content !== undefined) return { name, content: Buffer.from(content) };
    const below = Object.entries(files).filter(([path]) => path.startsWith(`${name}/`));
    return {
      name,
      content: treeOf(
        Object.fromEntries(below.map(([path, bytes]) => [path.slice(name.length + 1), bytes])),
      ),
    };
  });
}
