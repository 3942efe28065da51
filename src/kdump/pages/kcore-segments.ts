/** A run of physical memory and where the file /proc/kcore shows it. */
export interface KcoreSegment {
  /** Physical address of the first byte. */
  readonly physical: number;
  readonly bytes: number;
  /** Offset of the first byte in the file. */
  readonly offset: number;
}

/** Bytes of the head of /proc/kcore that hold every program header of all but absurd machines. */
export const kcoreHeadBytes = 256 * 1024;

const loadSegment = 1; // PT_LOAD
const programHeaderBytes = 56; // Elf64_Phdr
const noPhysicalAddress = 0xffff_ffff_ffff_ffffn; // fs/proc/kcore.c: vmalloc and the like

/**
 * The physical memory that the program headers of a 64-bit /proc/kcore tell of; empty for anything else. Kernels
 * before 4.4 or so leave all physical addresses zero: then nothing can be told apart, and the result is empty too.
 */
export function parseKcoreSegments(head: Buffer): readonly KcoreSegment[] {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2) return [];
  const isLittle = head[5] === 1;
  const word = (at: number) => (isLittle ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at));
  const half = (at: number) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const start = Number(word(32));
  const size = half(54);
  if (size < programHeaderBytes) return [];
  const segments: KcoreSegment[] = [];
  for (let index = 0; index < half(56); index += 1) {
    const at = start + index * size;
    if (at + programHeaderBytes > head.length) break;
    const type = isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at);
    const physical = word(at + 24);
    if (type !== loadSegment || physical === noPhysicalAddress) continue;
    segments.push({
      physical: Number(physical),
      bytes: Number(word(at + 32)),
      offset: Number(word(at + 8)),
    });
  }
  return segments.some(({ physical }) => physical !== 0) ? segments : [];
}

/** Where the bytes of a physical range are in the file; undefined when no segment holds all of it. */
export function kcoreOffset(
  segments: readonly KcoreSegment[],
  physical: number,
  bytes: number,
): number | undefined {
  for (const segment of segments) {
    const into = physical - segment.physical;
    if (into >= 0 && into + bytes <= segment.bytes) return segment.offset + into;
  }
  return undefined;
}
