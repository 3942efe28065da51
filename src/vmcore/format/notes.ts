/** One ELF note. */
export interface Note {
  readonly name: string;
  readonly type: number;
  readonly content: Buffer;
}

/** Notes longer than this are not looked at: 8192 processors need 3 MiB. */
export const notesLimit = 64 * 1024 * 1024;

/** Splits a notes segment; stops quietly at the first one that does not fit. All-zero headers (CPU slots never filled) are skipped. */
export function parseNotes(bytes: Buffer, isLittleEndian: boolean): Note[] {
  const notes: Note[] = [];
  const u32 = (at: number) => (isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  let at = 0;
  while (at + 12 <= bytes.length && notes.length < 100_000) {
    const nameSize = u32(at);
    const contentSize = u32(at + 4);
    const type = u32(at + 8);
    at += 12;
    if (nameSize === 0 && contentSize === 0 && type === 0) continue;
    const contentAt = at + align4(nameSize);
    if (nameSize > 256 || contentAt > bytes.length) break;
    const name = bytes.toString('latin1', at, at + nameSize).split('\0', 1)[0] ?? '';
    // A note that the file cuts off still says something: VMCOREINFO is text.
    const content = bytes.subarray(contentAt, Math.min(contentAt + contentSize, bytes.length));
    notes.push({ name, type, content });
    at = contentAt + align4(contentSize);
  }
  return notes;
}

function align4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
