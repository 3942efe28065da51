import type { KernelMemory } from '../memory/kernel-memory.ts';
import type { KallsymsTables } from './kallsyms-tables.ts';

/** The names of all symbols, kept compressed as the kernel keeps them; one is expanded when asked for. */
export interface SymbolNames {
  name(index: number): string;
  /** nm's letter: T text, D data, ...; lower case for local symbols. */
  type(index: number): string;
  /** Index of the first symbol of that name. */
  find(name: string): number | undefined;
}

/** Longest table of names that is read. */
const namesLimit = 48 * 1024 * 1024;

/** Longest name (KSYM_NAME_LEN is 512 since 6.1). */
const nameLimit = 1024;

/** Indexes the names; undefined when the lengths do not lead from the first to the last. */
export function decodeNames(
  kernel: KernelMemory,
  tables: KallsymsTables,
  hasWideLengths: boolean,
): SymbolNames | undefined {
  const { count } = tables;
  // The markers and the token table follow the names, so that much is surely there.
  const room = Number(tables.tokenTable - tables.names);
  if (room <= count || room > namesLimit) {
    throw new RangeError(`a table of symbol names of ${room} bytes is not sensible`);
  }
  const bytes = kernel.bytes(tables.names, room);
  const tokens = readTokens(kernel, tables);
  const starts = new Uint32Array(count);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    starts[index] = at;
    const first = bytes[at];
    if (first === undefined) return undefined;
    at +=
      hasWideLengths && first & 0x80
        ? 2 + ((first & 0x7f) | ((bytes[at + 1] ?? 0) << 7))
        : 1 + first;
  }
  if (at > room) return undefined;
  return nameIndex(bytes, starts, tokens, hasWideLengths);
}

function nameIndex(
  bytes: Buffer,
  starts: Uint32Array,
  tokens: readonly Buffer[],
  hasWideLengths: boolean,
): SymbolNames {
  const scratch = Buffer.alloc(nameLimit + 256);
  // Expands into the scratch buffer, type letter first, and says how long it became.
  const expand = (index: number): number => {
    let at = starts[index] ?? 0;
    let length = bytes[at] ?? 0;
    at += 1;
    if (hasWideLengths && length & 0x80) {
      length = (length & 0x7f) | ((bytes[at] ?? 0) << 7);
      at += 1;
    }
    let size = 0;
    for (const end = at + length; at < end && size < nameLimit; at += 1) {
      const token = tokens[bytes[at] ?? 0];
      if (!token) continue;
      for (let byte = 0; byte < token.length && size < nameLimit; byte += 1) {
        scratch[size] = token[byte] ?? 0;
        size += 1;
      }
    }
    return size;
  };
  const name = (index: number) => scratch.toString('latin1', 1, Math.max(1, expand(index)));
  let slots: Int32Array | undefined;
  return {
    name,
    type: (index) => {
      const at = starts[index] ?? 0;
      const wide = hasWideLengths && (bytes[at] ?? 0) & 0x80 ? 2 : 1;
      return String.fromCharCode(tokens[bytes[at + wide] ?? 0]?.[0] ?? 63);
    },
    find(wanted) {
      slots ??= hashNames(starts.length, (index) => hash(scratch, 1, expand(index)));
      const text = Buffer.from(wanted, 'latin1');
      const mask = slots.length - 1;
      for (let slot = hash(text, 0, text.length) & mask; ; slot = (slot + 1) & mask) {
        const index = slots[slot] ?? -1;
        if (index < 0) return undefined;
        if (name(index) === wanted) return index;
      }
    },
  };
}

// Open addressing, at most half full; of equal names the first comes first.
function hashNames(count: number, hashOf: (index: number) => number): Int32Array {
  let size = 1024;
  while (size < count * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  for (let index = 0; index < count; index += 1) {
    let slot = hashOf(index) & (size - 1);
    while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (size - 1);
    slots[slot] = index;
  }
  return slots;
}

/** FNV-1a, 32 bits. */
function hash(bytes: Buffer, from: number, to: number): number {
  let value = 0x811c9dc5;
  for (let at = from; at < to; at += 1) value = Math.imul(value ^ (bytes[at] ?? 0), 0x01000193);
  return value >>> 0;
}

function readTokens(kernel: KernelMemory, tables: KallsymsTables): Buffer[] {
  const index = kernel.bytes(tables.tokenIndex, 512);
  const offset = (token: number) =>
    kernel.isLittleEndian ? index.readUInt16LE(token * 2) : index.readUInt16BE(token * 2);
  const most = Math.max(...Array.from({ length: 256 }, (_, token) => offset(token)));
  const table = kernel.bytes(tables.tokenTable, most + 1);
  const last = Buffer.from(kernel.text(tables.tokenTable + BigInt(most), 256), 'latin1');
  return Array.from({ length: 256 }, (_, token) => {
    const from = offset(token);
    if (from === most) return last;
    const end = table.indexOf(0, from);
    return Buffer.from(table.subarray(from, end < 0 ? table.length : Math.min(end, from + 256)));
  });
}
