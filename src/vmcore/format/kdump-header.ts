import type { ByteSource } from '../../model/byte-source.ts';

/** The six strings of `struct new_utsname`. */
export interface Utsname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
}

interface Range {
  readonly offset: number;
  readonly size: number;
}

/** What the sub-header adds; fields that the header version does not have are undefined. */
export interface KdumpSubHeader {
  /** Two's complement of a possibly negative number. */
  readonly physBase: bigint;
  readonly dumpLevel: number | undefined;
  readonly isSplit: boolean;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly vmcoreInfo: Range | undefined;
  readonly notes: Range | undefined;
  readonly eraseInfo: Range | undefined;
}

/** Header of a kdump-compressed or diskdump file (makedumpfile diskdump_mod.h). */
export interface KdumpHeader {
  readonly signature: 'KDUMP' | 'DISKDUMP';
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
  readonly version: number;
  readonly uts: Utsname;
  /** Unix seconds; 0 when the writer did not know. */
  readonly crashTime: number;
  readonly status: number;
  /** Page size; 0 when the file ends before it or no byte order makes sense. */
  readonly blockSize: number;
  readonly subHeaderBlocks: number;
  readonly bitmapBlocks: number;
  /** One past the highest page frame number. */
  readonly frames: number;
  readonly cpuCount: number;
  readonly sub: KdumpSubHeader | undefined;
  /** File offset of the page descriptors. */
  readonly descriptorsAt: number;
  readonly problems: readonly string[];
}

interface Layout {
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
}

// No flag says which: the first in which the numbers make sense is taken (libkdumpfile diskdump.c does the same).
const layouts: readonly Layout[] = [
  { is64: true, isLittleEndian: true },
  { is64: false, isLittleEndian: true },
  { is64: true, isLittleEndian: false },
  { is64: false, isLittleEndian: false },
];

/** Reads main header and sub-header; undefined when the signature is neither. */
export function readKdumpHeader(source: ByteSource): KdumpHeader | undefined {
  const head = source.read(0, 4096);
  const signature = head.toString('latin1', 0, 8);
  if (signature !== 'KDUMP   ' && signature !== 'DISKDUMP') return undefined;
  const kind = signature === 'DISKDUMP' ? signature : 'KDUMP';
  for (const layout of layouts) {
    const header = readMain(head, kind, layout);
    if (header && isSensible(header)) return withSubHeader(source, header);
  }
  const guess = readMain(padded(head), kind, { is64: true, isLittleEndian: true });
  if (!guess) return undefined;
  const why =
    head.length < 464
      ? `The file ends inside its first header, after ${head.length} bytes.`
      : 'The numbers in the main header make no sense in any byte order.';
  return { ...guess, blockSize: 0, problems: [why] };
}

function padded(head: Buffer): Buffer {
  return Buffer.concat([head, Buffer.alloc(Math.max(0, 464 - head.length))]);
}

function readMain(
  head: Buffer,
  signature: KdumpHeader['signature'],
  { is64, isLittleEndian }: Layout,
): KdumpHeader | undefined {
  if (head.length < (is64 ? 464 : 452)) return undefined;
  const u32 = (at: number) => (isLittleEndian ? head.readUInt32LE(at) : head.readUInt32BE(at));
  const seconds = is64
    ? Number(isLittleEndian ? head.readBigInt64LE(408) : head.readBigInt64BE(408))
    : u32(404);
  const text = (index: number) => {
    const field = head.subarray(12 + index * 65, 12 + (index + 1) * 65);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? 65 : end);
  };
  const at = is64 ? 424 : 412;
  const blockSize = u32(at + 4);
  const subHeaderBlocks = u32(at + 8);
  const bitmapBlocks = u32(at + 12);
  return {
    signature,
    is64,
    isLittleEndian,
    version: u32(8),
    uts: {
      sysname: text(0),
      nodename: text(1),
      release: text(2),
      version: text(3),
      machine: text(4),
    },
    crashTime: Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1e11 ? seconds : 0,
    status: u32(at),
    blockSize,
    subHeaderBlocks,
    bitmapBlocks,
    frames: u32(at + 16),
    cpuCount: u32(at + 36),
    sub: undefined,
    descriptorsAt: (1 + subHeaderBlocks + bitmapBlocks) * blockSize,
    problems: [],
  };
}

function isSensible(header: KdumpHeader): boolean {
  const { blockSize, bitmapBlocks, frames, subHeaderBlocks, version } = header;
  return (
    version <= 0xffff &&
    blockSize >= 4096 &&
    blockSize <= 65536 &&
    (blockSize & (blockSize - 1)) === 0 &&
    subHeaderBlocks > 0 &&
    subHeaderBlocks < 0x10000 &&
    bitmapBlocks > 0 &&
    bitmapBlocks * blockSize * 8 >= frames
  );
}

function withSubHeader(source: ByteSource, header: KdumpHeader): KdumpHeader {
  const wanted = Math.min(header.subHeaderBlocks * header.blockSize, 4096);
  const bytes = source.read(header.blockSize, wanted);
  if (bytes.length < 104) {
    const why = 'The file ends before the sub-header: neither notes nor memory are there.';
    return { ...header, problems: [...header.problems, why] };
  }
  const packing = choosePacking(header, bytes);
  const sub = readSub(bytes, header, packing);
  const mapped = readWord(bytes, header, packing.maxFrames);
  const isWide = header.version >= 6 && mapped > 0 && mapped < 2 ** 44;
  const fits = mapped <= header.bitmapBlocks * header.blockSize * 8;
  return { ...header, sub, frames: isWide && fits ? mapped : header.frames };
}

interface Packing {
  readonly level: number;
  readonly start: number;
  readonly vmcoreInfo: number;
  readonly start64: number;
  readonly maxFrames: number;
  readonly wide: boolean;
}

const packing64: Packing = {
  level: 8,
  start: 16,
  vmcoreInfo: 32,
  start64: 80,
  maxFrames: 96,
  wide: true,
};
const packingI386: Packing = {
  level: 4,
  start: 12,
  vmcoreInfo: 20,
  start64: 56,
  maxFrames: 72,
  wide: false,
};
const packingArm: Packing = { ...packingI386, vmcoreInfo: 24, start64: 72, maxFrames: 88 };

// 32-bit headers exist with 64-bit members aligned to 4 (i386) and to 8 (arm).
function choosePacking(header: KdumpHeader, bytes: Buffer): Packing {
  if (header.is64) return packing64;
  const area = (1 + header.subHeaderBlocks) * header.blockSize;
  for (const packing of [packingI386, packingArm]) {
    const offset = readWord(bytes, header, packing.vmcoreInfo);
    const size = readWord(bytes, header, packing.vmcoreInfo + 8);
    if (offset >= header.blockSize && size > 0 && offset + size <= area) return packing;
  }
  return packingI386;
}

function readSub(bytes: Buffer, header: KdumpHeader, packing: Packing): KdumpSubHeader {
  const { version, isLittleEndian, is64 } = header;
  const u32 = (at: number) => (isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const range = (since: number, at: number): Range | undefined => {
    const offset = readWord(bytes, header, at);
    const size = readWord(bytes, header, at + 8);
    return version >= since && offset > 0 && size > 0 ? { offset, size } : undefined;
  };
  const isNew = version >= 6;
  const start = is64 ? readWord(bytes, header, packing.start) : u32(packing.start);
  const end = is64 ? readWord(bytes, header, packing.start + 8) : u32(packing.start + 4);
  return {
    physBase: is64
      ? isLittleEndian
        ? bytes.readBigUInt64LE(0)
        : bytes.readBigUInt64BE(0)
      : BigInt(u32(0)),
    dumpLevel: version >= 1 ? u32(packing.level) : undefined,
    isSplit: version >= 2 && u32(packing.level + 4) === 1,
    startFrame: isNew ? readWord(bytes, header, packing.start64) : start,
    endFrame: isNew ? readWord(bytes, header, packing.start64 + 8) : end,
    vmcoreInfo: range(3, packing.vmcoreInfo),
    notes: range(4, packing.vmcoreInfo + 16),
    eraseInfo: range(5, packing.vmcoreInfo + 32),
  };
}

// A 64-bit offset, size or frame number; too big for any file becomes MAX_SAFE_INTEGER, which no range check passes.
function readWord(bytes: Buffer, { isLittleEndian }: Layout, at: number): number {
  const value = isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
