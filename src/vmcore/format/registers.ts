import type { Note } from './notes.ts';

/** Where a processor was when the dump was taken. */
export interface CpuRegisters {
  /** Position among the notes; not the CPU number when some CPU has no note. */
  readonly index: number;
  /** Process that ran there (0 is idle); undefined in QEMU dumps, which number the CPUs instead. */
  readonly pid: number | undefined;
  readonly instruction: bigint;
  readonly stack: bigint;
  /** rbp on x86_64, x29 on arm64. */
  readonly frame: bigint;
  /** Code segment on x86_64, whose low bits tell user mode. */
  readonly codeSegment: bigint;
}

interface RegisterLayout {
  readonly size: number;
  readonly instruction: number;
  readonly stack: number;
  readonly frame: number;
  readonly codeSegment: number | undefined;
}

// Offsets in the content of NT_PRSTATUS: registers start at 112 (linux/elfcore.h, struct elf_prstatus).
const layouts: Readonly<Record<string, RegisterLayout>> = {
  x86_64: {
    size: 336,
    instruction: 112 + 16 * 8,
    stack: 112 + 19 * 8,
    frame: 112 + 4 * 8,
    codeSegment: 112 + 17 * 8,
  },
  aarch64: {
    size: 392,
    instruction: 112 + 32 * 8,
    stack: 112 + 31 * 8,
    frame: 112 + 29 * 8,
    codeSegment: undefined,
  },
};

/** Processors that one dump can have in our tables. */
const cpuLimit = 16_384;

/** Registers of every CPU that left a note, for x86_64 and aarch64. */
export function parseCpuRegisters(
  notes: readonly Note[],
  machine: string | undefined,
  isQemu: boolean,
): CpuRegisters[] {
  const layout = layouts[machine ?? ''];
  if (!layout) return [];
  return notes
    .filter(
      ({ name, type, content }) => name === 'CORE' && type === 1 && content.length >= layout.size,
    )
    .slice(0, cpuLimit)
    .map(({ content }, index) => ({
      index,
      pid: isQemu ? undefined : content.readInt32LE(32),
      instruction: content.readBigUInt64LE(layout.instruction),
      stack: content.readBigUInt64LE(layout.stack),
      frame: content.readBigUInt64LE(layout.frame),
      codeSegment:
        layout.codeSegment === undefined ? 0n : content.readBigUInt64LE(layout.codeSegment),
    }));
}
