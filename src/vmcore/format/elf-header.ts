import type { ByteSource } from '../../model/byte-source.ts';

/** PT_LOAD entries as columns: a dump of a big machine has hundreds of thousands. Sorted by physical address. */
export interface LoadTable {
  readonly count: number;
  readonly virtual: BigUint64Array;
  readonly physical: Float64Array;
  readonly offset: Float64Array;
  readonly fileSize: Float64Array;
  readonly memorySize: Float64Array;
}

/** What an ELF header and its program headers say. */
export interface ElfHeader {
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
  /** e_type: 4 is ET_CORE. */
  readonly type: number;
  /** e_machine. */
  readonly machine: number;
  /** e_flags; bit 0 is DUMP_ELF_INCOMPLETE of makedumpfile. */
  readonly flags: number;
  readonly loads: LoadTable;
  readonly noteRanges: readonly { readonly offset: number; readonly size: number }[];
  /** One past the last byte that a program header promises. */
  readonly promisedSize: number;
  readonly sectionNames: boolean;
  readonly problems: readonly string[];
}

/** More program headers than any machine has; each costs 40 bytes of ours. */
const maximumSegments = 1 << 19;

const machineNames: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  50: 'ia64',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** uname -m for an e_machine. */
export function machineName(machine: number): string | undefined {
  return machineNames[machine];
}

/** Reads the headers of an ELF file; undefined when it is none. Bounded whatever the numbers say. */
export function readElfHeader(source: ByteSource): ElfHeader | undefined {
  const head = source.read(0, 64);
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const is64 = head[4] === 2;
  const isLittleEndian = head[5] !== 2;
  if ((head[4] !== 1 && head[4] !== 2) || (head[5] !== 1 && head[5] !== 2)) return undefined;
  const problems: string[] = [];
  const u16 = (bytes: Buffer, at: number) =>
    isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const type = u16(head, 16);
  const machine = u16(head, 18);
  const none: LoadTable = emptyLoads(0);
  if (head.length < (is64 ? 64 : 52)) {
    problems.push(`The file ends inside the ELF header, after ${head.length} bytes.`);
    const blank = { flags: 0, noteRanges: [], promisedSize: is64 ? 64 : 52, sectionNames: false };
    return { is64, isLittleEndian, type, machine, loads: none, problems, ...blank };
  }
  const u32 = (bytes: Buffer, at: number) =>
    isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  const word = (bytes: Buffer, at: number) =>
    is64 ? (isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : undefined;
  const size = (bytes: Buffer, at64: number, at32: number) => {
    const value = is64 ? Number(word(bytes, at64) ?? 0n) : u32(bytes, at32);
    return Number.isSafeInteger(value) ? value : Number.MAX_SAFE_INTEGER;
  };
  const tableOffset = size(head, 32, 28);
  const sectionOffset = size(head, 40, 32);
  const flags = u32(head, is64 ? 48 : 36);
  const entrySize = u16(head, is64 ? 54 : 42);
  let count = u16(head, is64 ? 56 : 44);
  // PN_XNUM (elf(5)): the real number is sh_info of section header 0.
  if (count === 0xffff) {
    const section = source.read(sectionOffset, is64 ? 64 : 40);
    if (section.length === (is64 ? 64 : 40)) count = u32(section, is64 ? 44 : 28);
    else problems.push('The number of program headers is in a section header that is missing.');
  }
  if (entrySize < (is64 ? 56 : 32)) {
    if (count > 0) problems.push(`Program headers of ${entrySize} bytes are too small.`);
    count = 0;
  }
  if (count > maximumSegments) {
    problems.push(`${count} program headers are announced; the first ${maximumSegments} are used.`);
    count = maximumSegments;
  }
  const notes: { offset: number; size: number }[] = [];
  // Never more room than the file has entries.
  const room = Math.max(0, Math.ceil((source.size - tableOffset) / Math.max(1, entrySize)));
  const columns = emptyLoads(Math.min(count, room));
  let loads = 0;
  let seen = 0;
  let promisedSize = tableOffset + count * entrySize;
  const perBlock = Math.max(1, Math.floor((1024 * 1024) / Math.max(1, entrySize)));
  while (seen < count) {
    const wanted = Math.min(perBlock, count - seen);
    const block = source.read(tableOffset + seen * entrySize, wanted * entrySize);
    const complete = Math.floor(block.length / entrySize);
    for (let index = 0; index < complete; index += 1) {
      const entry = block.subarray(index * entrySize, (index + 1) * entrySize);
      const kind = u32(entry, 0);
      const offset = size(entry, 8, 4);
      const fileSize = size(entry, 32, 16);
      if (kind === 4 && notes.length < 64) notes.push({ offset, size: fileSize });
      if (kind === 1 || kind === 4) promisedSize = Math.max(promisedSize, offset + fileSize);
      if (kind !== 1 || loads >= columns.virtual.length) continue;
      const physical = size(entry, 24, 12);
      columns.virtual[loads] = word(entry, 16) ?? BigInt(u32(entry, 8));
      columns.physical[loads] = physical;
      columns.offset[loads] = offset;
      columns.fileSize[loads] = fileSize;
      columns.memorySize[loads] = Math.max(fileSize, size(entry, 40, 20));
      // p_paddr of all ones means "no physical address" (/proc/kcore).
      if (physical < Number.MAX_SAFE_INTEGER && !(physical === 0xffffffff && !is64)) loads += 1;
    }
    seen += complete;
    if (complete < wanted) {
      problems.push(
        `${count - seen} of ${count} program headers are missing: the file ends there.`,
      );
      break;
    }
  }
  return {
    is64,
    isLittleEndian,
    type,
    machine,
    flags,
    loads: sortLoads(columns, loads),
    noteRanges: notes,
    promisedSize,
    sectionNames: sectionOffset > 0,
    problems,
  };
}

function emptyLoads(count: number): LoadTable {
  return {
    count,
    virtual: new BigUint64Array(count),
    physical: new Float64Array(count),
    offset: new Float64Array(count),
    fileSize: new Float64Array(count),
    memorySize: new Float64Array(count),
  };
}

function sortLoads(columns: LoadTable, count: number): LoadTable {
  const order = new Uint32Array(count).map((_, index) => index);
  order.sort((a, b) => (columns.physical[a] ?? 0) - (columns.physical[b] ?? 0) || a - b);
  const pick = (column: Float64Array) => Float64Array.from(order, (index) => column[index] ?? 0);
  return {
    count,
    virtual: BigUint64Array.from(order, (index) => columns.virtual[index] ?? 0n),
    physical: pick(columns.physical),
    offset: pick(columns.offset),
    fileSize: pick(columns.fileSize),
    memorySize: pick(columns.memorySize),
  };
}
