import { createLru } from '../../std/lru.ts';
import { type ByteRead, explainMissing, type Missing } from '../format/byte-read.ts';
import { type PhysicalMemory, readLimit } from '../format/physical-memory.ts';

/** Thrown by the readers below when memory is not there; caught where a feature is asked for, which then says why. */
export class MemoryFault extends Error {
  readonly address: bigint;
  readonly missing: Missing;

  constructor(address: bigint, missing: Missing) {
    super(`cannot read 0x${address.toString(16)}: ${explainMissing(missing)}`);
    this.name = 'MemoryFault';
    this.address = address;
    this.missing = missing;
  }
}

/** From virtual to physical addresses. */
export interface AddressSpace {
  /** Physical address of a kernel virtual address, or why there is none. */
  translate(address: bigint): number | Missing;
}

/** The dumped kernel's memory by virtual address, with numbers as that machine stores them. */
export interface KernelMemory {
  readonly wordSize: 4 | 8;
  readonly isLittleEndian: boolean;
  read(address: bigint, length: number): ByteRead;
  /** The rest throw `MemoryFault`. */
  bytes(address: bigint, length: number): Buffer;
  u8(address: bigint): number;
  u16(address: bigint): number;
  u32(address: bigint): number;
  i32(address: bigint): number;
  u64(address: bigint): bigint;
  /** A long or pointer of the machine. */
  pointer(address: bigint): bigint;
  /** Text up to a NUL, at most `limit` bytes. */
  text(address: bigint, limit: number): string;
}

/** Joins an address space with physical memory; translations used last are kept. */
export function kernelMemory(
  memory: PhysicalMemory,
  space: AddressSpace,
  machine: { readonly wordSize: 4 | 8; readonly isLittleEndian: boolean },
): KernelMemory {
  const { wordSize, isLittleEndian } = machine;
  const granule = 4096;
  const translations = createLru<bigint, number>(8192);
  const wrap = wordSize === 8 ? 64 : 32;

  const translate = (address: bigint): number | Missing => {
    const within = Number(address & 0xfffn);
    const page = address - BigInt(within);
    const kept = translations.get(page);
    if (kept !== undefined) return kept + within;
    const found = space.translate(page);
    if (typeof found !== 'number') return found;
    translations.set(page, found);
    return found + within;
  };
  const read = (start: bigint, length: number): ByteRead => {
    if (length < 0 || length > readLimit) return { kind: 'unmapped' };
    const address = BigInt.asUintN(wrap, start);
    const first = granule - Number(address & 0xfffn);
    if (length <= first) {
      const place = translate(address);
      return typeof place === 'number' ? memory.read(place, length) : place;
    }
    let bytes: Buffer | undefined;
    for (let done = 0; done < length; ) {
      const at = BigInt.asUintN(wrap, address + BigInt(done));
      const count = Math.min(granule - Number(at & 0xfffn), length - done);
      const place = translate(at);
      if (typeof place !== 'number') return place;
      const part = memory.read(place, count);
      if (part.kind !== 'data') return part;
      bytes ??= Buffer.allocUnsafe(length);
      part.bytes.copy(bytes, done);
      done += count;
    }
    return { kind: 'data', bytes: bytes ?? Buffer.alloc(0) };
  };
  const bytes = (address: bigint, length: number): Buffer => {
    const got = read(address, length);
    if (got.kind !== 'data') throw new MemoryFault(address, got);
    return got.bytes;
  };
  const u32 = (address: bigint): number =>
    isLittleEndian ? bytes(address, 4).readUInt32LE(0) : bytes(address, 4).readUInt32BE(0);
  const u64 = (address: bigint): bigint =>
    isLittleEndian ? bytes(address, 8).readBigUInt64LE(0) : bytes(address, 8).readBigUInt64BE(0);
  return {
    wordSize,
    isLittleEndian,
    read,
    bytes,
    u8: (address) => bytes(address, 1)[0] ?? 0,
    u16: (address) =>
      isLittleEndian ? bytes(address, 2).readUInt16LE(0) : bytes(address, 2).readUInt16BE(0),
    u32,
    i32: (address) => u32(address) | 0,
    u64,
    pointer: (address) => (wordSize === 8 ? u64(address) : BigInt(u32(address))),
    text(address, limit) {
      // Page by page, because the text may end just before memory that is not there.
      const parts: Buffer[] = [];
      for (let done = 0; done < limit; ) {
        const at = address + BigInt(done);
        const part = bytes(at, Math.min(granule - Number(at & 0xfffn), limit - done));
        const end = part.indexOf(0);
        parts.push(end < 0 ? part : part.subarray(0, end));
        if (end >= 0) break;
        done += part.length;
      }
      return Buffer.concat(parts).toString('utf8');
    },
  };
}
