import { deflateSync, zstdCompressSync } from 'node:zlib';
import { type ByteWriter, byteWriter, type Layout, x64 } from './byte-writer.ts';
import { compressLzoLiterally, compressSnappyLiterally } from './literal-codecs.ts';

/** What a kdump-compressed dump should hold, in readable values. */
export interface KdumpPlan {
  readonly layout?: Layout;
  /** 32-bit headers are packed in two ways. */
  readonly packing?: 'i386' | 'arm';
  readonly signature?: 'KDUMP   ' | 'DISKDUMP';
  readonly version?: number;
  readonly machine?: string;
  readonly release?: string;
  readonly crashTime?: number;
  readonly status?: number;
  readonly blockSize?: number;
  readonly dumpLevel?: number;
  readonly physBase?: bigint;
  /** RAM that exists but was left out, as frame numbers. */
  readonly excluded?: readonly number[];
  /** Stored pages by frame number. */
  readonly pages: ReadonlyMap<number, Buffer>;
  readonly compression?: 'none' | 'zlib' | 'lzo' | 'snappy' | 'zstd';
  readonly vmcoreInfo?: string;
  readonly notes?: Buffer;
  /** Makes the file one part of a split set. */
  readonly part?: { readonly start: number; readonly end: number };
  readonly frames?: number;
}

interface Sizes {
  readonly block: number;
  readonly frames: number;
  readonly version: number;
  readonly subBlocks: number;
  readonly halfBlocks: number;
}

const flagOf = { none: 0, zlib: 1, lzo: 2, snappy: 4, zstd: 0x20 } as const;

const compressors = {
  none: (page: Buffer) => page,
  zlib: (page: Buffer) => deflateSync(page, { level: 1 }),
  zstd: (page: Buffer) => zstdCompressSync(page),
  lzo: compressLzoLiterally,
  snappy: compressSnappyLiterally,
} as const;

/** Builds the file. */
export function buildKdump(plan: KdumpPlan): Buffer {
  const block = plan.blockSize ?? 4096;
  const all = [...plan.pages.keys(), ...(plan.excluded ?? [])];
  const frames = plan.frames ?? Math.max(0, ...all) + 1;
  const extra = 512 + (plan.vmcoreInfo?.length ?? 0) + 8 + (plan.notes?.length ?? 0);
  const sizes: Sizes = {
    block,
    frames,
    version: plan.version ?? 6,
    subBlocks: Math.ceil(extra / block),
    halfBlocks: Math.ceil(frames / (block * 8)),
  };
  const out = byteWriter(plan.layout ?? x64);
  writeMain(out, plan, sizes);
  writeSub(out, plan, sizes);
  const bitmapAt = (1 + sizes.subBlocks) * block;
  const half = sizes.halfBlocks * block;
  out.bytes(bitmapAt, bitmap(all, half));
  out.bytes(bitmapAt + half, bitmap([...plan.pages.keys()], half));
  writePages(out, plan, bitmapAt + 2 * half, sizes);
  return out.result();
}

function bitmap(frames: readonly number[], size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (const frame of frames) bytes[frame >> 3] = (bytes[frame >> 3] ?? 0) | (1 << (frame & 7));
  return bytes;
}

function writePages(out: ByteWriter, plan: KdumpPlan, tableAt: number, { block, frames }: Sizes) {
  const compression = plan.compression ?? 'none';
  const part = plan.part ?? { start: 0, end: frames };
  const mine = [...plan.pages].filter(([frame]) => frame >= part.start && frame < part.end);
  mine.sort(([a], [b]) => a - b);
  let dataAt = tableAt + plan.pages.size * 24;
  out.reach(dataAt);
  for (const [index, [, page]] of mine.entries()) {
    const packed = compressors[compression](page);
    const isSmaller = compression !== 'none' && packed.length < block;
    const stored = isSmaller ? packed : page;
    const at = tableAt + index * 24;
    out.u64(at, dataAt);
    out.u32(at + 8, stored.length);
    out.u32(at + 12, isSmaller ? flagOf[compression] : 0);
    out.bytes(dataAt, stored);
    dataAt += stored.length;
  }
}

function writeMain(out: ByteWriter, plan: KdumpPlan, sizes: Sizes): void {
  const { is64 } = plan.layout ?? x64;
  out.text(0, plan.signature ?? 'KDUMP   ');
  out.u32(8, sizes.version);
  const uts = ['Linux', 'built', plan.release ?? '6.1.0-test', '#1', plan.machine ?? 'x86_64', ''];
  for (const [index, text] of uts.entries()) out.text(12 + index * 65, text);
  out.word(is64 ? 408 : 404, plan.crashTime ?? 0);
  const at = is64 ? 424 : 412;
  const compression = flagOf[plan.compression ?? 'none'];
  out.u32(at, plan.status ?? (plan.signature === 'DISKDUMP' ? 1 : compression));
  out.u32(at + 4, sizes.block);
  out.u32(at + 8, sizes.subBlocks);
  out.u32(at + 12, 2 * sizes.halfBlocks);
  out.u32(at + 16, sizes.frames);
  out.u32(at + 36, 1);
}

function writeSub(out: ByteWriter, plan: KdumpPlan, { block, frames, version }: Sizes): void {
  const { is64 } = plan.layout ?? x64;
  const infoAt = block + (is64 ? 32 : plan.packing === 'arm' ? 24 : 20);
  const levelAt = block + (is64 ? 8 : 4);
  const info = Buffer.from(plan.vmcoreInfo ?? '');
  out.word(block, plan.physBase ?? 0n);
  if (version >= 1) out.u32(levelAt, plan.dumpLevel ?? 31);
  if (version >= 2 && plan.part) {
    out.u32(levelAt + 4, 1);
    out.word(block + (is64 ? 16 : 12), plan.part.start);
    out.word(block + (is64 ? 24 : 16), plan.part.end);
  }
  const textAt = block + 512;
  if (version >= 3 && info.length > 0) {
    out.u64(infoAt, textAt);
    out.u64(infoAt + 8, info.length);
    out.bytes(textAt, info);
  }
  if (version >= 4 && plan.notes) {
    const at = textAt + Math.ceil(info.length / 8) * 8;
    out.u64(infoAt + 16, at);
    out.u64(infoAt + 24, plan.notes.length);
    out.bytes(at, plan.notes);
  }
  if (version >= 6) {
    const start64 = is64 ? block + 80 : infoAt + (plan.packing === 'arm' ? 48 : 36);
    out.u64(start64, plan.part?.start ?? 0);
    out.u64(start64 + 8, plan.part?.end ?? 0);
    out.u64(start64 + 16, frames);
  }
}
