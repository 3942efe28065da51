/** A stretch of a frame that is not all zero, in bytes. */
export interface DataRun {
  readonly start: number;
  readonly end: number;
}

// Small enough to find the free memory inside a dump, large enough that a hole is worth a call to the kernel.
const granuleBytes = 64 * 1024;

/** True when every byte is zero; stops at the first that is not. */
export function isAllZero(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes[0] !== 0) return bytes.length === 0;
  // Zero throughout when equal to itself moved by one byte: one memcmp, and no second buffer to compare with.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.compare(view, 1, view.length, 0, view.length - 1) === 0;
}

/** The parts that must be written; the rest can be holes. Granules of 64 KiB, neighbours joined. */
export function dataRuns(bytes: Uint8Array): DataRun[] {
  const runs: DataRun[] = [];
  for (let start = 0; start < bytes.length; start += granuleBytes) {
    const end = Math.min(bytes.length, start + granuleBytes);
    if (isAllZero(bytes.subarray(start, end))) continue;
    const last = runs.at(-1);
    if (last?.end === start) runs[runs.length - 1] = { start: last.start, end };
    else runs.push({ start, end });
  }
  return runs;
}
