import { byteWriter, type Layout, x64 } from './byte-writer.ts';

/** One note to put into a dump. */
export interface BuiltNote {
  readonly name: string;
  readonly type: number;
  readonly content: Buffer;
}

/** What an ELF dump should hold, in readable values. */
export interface ElfPlan {
  readonly layout?: Layout;
  /** e_type; 4 is ET_CORE. */
  readonly type?: number;
  /** e_machine; 62 is x86_64. */
  readonly machine?: number;
  readonly flags?: number;
  readonly notes?: readonly BuiltNote[];
  readonly segments?: readonly {
    readonly physical: number;
    readonly virtual?: bigint;
    readonly bytes: Buffer;
    /** p_memsz; more than the bytes means the rest was left out. */
    readonly memorySize?: number;
  }[];
  /** Number of program headers through section header 0, as with more than 65534. */
  readonly isExtendedCount?: boolean;
  /** e_phoff; QEMU 7.2 writes 192. */
  readonly tableOffset?: number;
  /** e_phnum as written, when it should lie. */
  readonly announcedCount?: number;
}

/** The notes segment: headers and padding to four bytes. */
export function buildNotes(notes: readonly BuiltNote[], layout: Layout = x64): Buffer {
  const out = byteWriter(layout);
  let at = 0;
  for (const { name, type, content } of notes) {
    out.u32(at, name.length + 1);
    out.u32(at + 4, content.length);
    out.u32(at + 8, type);
    out.text(at + 12, `${name}\0`);
    at += 12 + Math.ceil((name.length + 1) / 4) * 4;
    out.bytes(at, content);
    at += Math.ceil(content.length / 4) * 4;
    out.reach(at);
  }
  return out.result();
}

/** NT_PRSTATUS of x86_64: pid and the registers that we look at. */
export function buildX64Status(
  pid: number,
  registers: { readonly rip: bigint; readonly rsp: bigint; readonly rbp?: bigint },
): Buffer {
  const out = byteWriter(x64);
  out.u32(32, pid);
  out.u64(112 + 8 * 4, registers.rbp ?? 0n);
  out.u64(112 + 8 * 16, registers.rip);
  out.u64(112 + 8 * 17, 0x10);
  out.u64(112 + 8 * 19, registers.rsp);
  out.reach(336);
  return out.result();
}

/** Builds the file. */
export function buildElf(plan: ElfPlan): Buffer {
  const layout = plan.layout ?? x64;
  const { is64, isLittleEndian } = layout;
  const out = byteWriter(layout);
  const notes = buildNotes(plan.notes ?? [], layout);
  const segments = plan.segments ?? [];
  const headers = 1 + segments.length;
  const entry = is64 ? 56 : 32;
  const tableAt = plan.tableOffset ?? (is64 ? 64 : 52);
  const sectionAt = tableAt + headers * entry;
  const notesAt = sectionAt + 64;
  out.bytes(0, Buffer.from([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittleEndian ? 1 : 2, 1]));
  out.u16(16, plan.type ?? 4);
  out.u16(18, plan.machine ?? 62);
  out.word(is64 ? 32 : 28, tableAt);
  if (plan.isExtendedCount) out.word(is64 ? 40 : 32, sectionAt);
  out.u32(is64 ? 48 : 36, plan.flags ?? 0);
  out.u16(is64 ? 54 : 42, entry);
  out.u16(is64 ? 56 : 44, plan.isExtendedCount ? 0xffff : (plan.announcedCount ?? headers));
  if (plan.isExtendedCount) out.u32(sectionAt + (is64 ? 44 : 28), plan.announcedCount ?? headers);
  const header = (
    index: number,
    type: number,
    offset: number,
    place: { virtual: bigint; physical: number; fileSize: number; memorySize: number },
  ) => {
    const at = tableAt + index * entry;
    out.u32(at, type);
    out.word(at + (is64 ? 8 : 4), offset);
    out.word(at + (is64 ? 16 : 8), is64 ? place.virtual : place.virtual & 0xffffffffn);
    out.word(at + (is64 ? 24 : 12), place.physical);
    out.word(at + (is64 ? 32 : 16), place.fileSize);
    out.word(at + (is64 ? 40 : 20), place.memorySize);
  };
  header(0, 4, notesAt, { virtual: 0n, physical: 0, fileSize: notes.length, memorySize: 0 });
  out.bytes(notesAt, notes);
  let at = notesAt + notes.length;
  for (const [index, segment] of segments.entries()) {
    header(index + 1, 1, at, {
      virtual: segment.virtual ?? 0n,
      physical: segment.physical,
      fileSize: segment.bytes.length,
      memorySize: segment.memorySize ?? segment.bytes.length,
    });
    out.bytes(at, segment.bytes);
    at += segment.bytes.length;
  }
  return out.result();
}
