import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import type { KernelMemory } from '../memory/kernel-memory.ts';
import { type KallsymsTables, symbolLimit } from './kallsyms-tables.ts';

// Kernels before 6.0 do not say where kallsyms is. The token table gives it away: the tokens of the digits stand for
// themselves, one after the other (scripts/kallsyms.c; the idea is that of marin-m/vmlinux-to-elf).
const digits = Buffer.from([...'0123456789'].map((digit) => `${digit}\0`).join(''), 'latin1');
const firstDigitToken = 48;

/** How far behind _stext the tables are looked for; kernels are smaller than this. */
const searchPages = 24_576;

/** So many pages missing in a row mean that the kernel image is not in the dump; text and rodata are never filtered. */
const gapPages = 2048;

/** Finds the tables by their content, or undefined. */
export function searchKallsyms(kernel: KernelMemory, info: VmcoreInfo): KallsymsTables | undefined {
  const start = info.symbol('_stext');
  if (start === undefined || kernel.wordSize !== 8 || !kernel.isLittleEndian) return undefined;
  const first = start & ~0xfffn;
  let tail = Buffer.alloc(0);
  for (let page = 0, gap = 0; page < searchPages && gap < gapPages; page += 1) {
    const address = first + BigInt(page * 4096);
    const read = kernel.read(address, 4096);
    if (read.kind !== 'data') {
      gap += 1;
      tail = Buffer.alloc(0);
      continue;
    }
    gap = 0;
    // The digits may lie across the border of two pages.
    const border = Buffer.concat([tail, read.bytes.subarray(0, digits.length - 1)]);
    const places = [...placesOf(border).map((at) => at - tail.length), ...placesOf(read.bytes)];
    for (const at of places) {
      const found = attempt(() => resolve(kernel, address + BigInt(at)));
      if (found) return found;
    }
    tail = Buffer.from(read.bytes.subarray(4096 - digits.length + 1));
  }
  return undefined;
}

function placesOf(bytes: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(digits); at >= 0; at = bytes.indexOf(digits, at + 1)) places.push(at);
  return places;
}

function attempt<Value>(work: () => Value | undefined): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError || (error as Error).name === 'MemoryFault') return undefined;
    throw error;
  }
}

function resolve(kernel: KernelMemory, digitsAt: bigint): KallsymsTables | undefined {
  // From the token of '0' on there are 208 strings; then, aligned to 8, the index.
  const tail = kernel.bytes(digitsAt, 8192);
  let end = 0;
  for (let token = firstDigitToken; token < 256; token += 1) {
    const stop = tail.indexOf(0, end);
    if (stop < 0) return undefined;
    end = stop + 1;
  }
  const tokenIndex = align8(digitsAt + BigInt(end));
  const index = kernel.bytes(tokenIndex, 512);
  for (let token = 1; token < 256; token += 1) {
    if (index.readUInt16LE(token * 2) <= index.readUInt16LE(token * 2 - 2)) return undefined;
  }
  if (index.readUInt16LE(0) !== 0) return undefined;
  const tokenTable = digitsAt - BigInt(index.readUInt16LE(firstDigitToken * 2));
  // Markers were longs until 4.19.
  return (
    findNames(kernel, tokenTable, tokenIndex, 4) ?? findNames(kernel, tokenTable, tokenIndex, 8)
  );
}

// Before the token table lie the markers: the place in the names of every 256th symbol, rising from 0.
function findNames(
  kernel: KernelMemory,
  tokenTable: bigint,
  tokenIndex: bigint,
  width: 4 | 8,
): KallsymsTables | undefined {
  const most = Math.ceil(symbolLimit / 256) * width;
  const size = Math.min(most, 64 * 1024);
  const before = kernel.bytes(tokenTable - BigInt(size), size);
  const value = (at: number) =>
    width === 4 ? before.readUInt32LE(at) : Number(before.readBigUInt64LE(at));
  let at = size - width;
  if (value(at) === 0) at -= width;
  let markers = 1;
  const lastMarker = value(at);
  for (; at >= width && value(at) !== 0; at -= width) {
    if (value(at - width) >= value(at)) return undefined;
    markers += 1;
  }
  if (value(at) !== 0 || markers < 2) return undefined;
  const markersAt = tokenTable - BigInt(size - at);
  const second = value(at + width);
  // The names end where the markers begin; their last block has at most 256 names.
  for (let length = lastMarker & ~7; length < lastMarker + 256 * 130; length += 8) {
    const names = markersAt - BigInt(length);
    const count = kernel.u32(names - 8n);
    if (Math.ceil(count / 256) !== markers || count > symbolLimit) continue;
    if (nameBytes(kernel, names, 256) !== second) continue;
    const relativeBase = names - 16n;
    return {
      count,
      names,
      tokenTable,
      tokenIndex,
      offsets: relativeBase - BigInt(Math.ceil((count * 4) / 8) * 8),
      relativeBase,
      addresses: undefined,
    };
  }
  return undefined;
}

/** Bytes that the first `count` names take, with lengths of one byte. */
function nameBytes(kernel: KernelMemory, names: bigint, count: number): number {
  const bytes = kernel.bytes(names, count * 256);
  let at = 0;
  for (let index = 0; index < count; index += 1) at += 1 + (bytes[at] ?? 0);
  return at;
}

function align8(address: bigint): bigint {
  return (address + 7n) & ~7n;
}
