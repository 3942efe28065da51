import { byteWriter, type Layout, x64 } from './byte-writer.ts';

/** Physical memory put together page by page: numbers and text at physical addresses. */
export interface MemoryImage {
  readonly pageSize: number;
  write(address: number, fill: (out: Scribe) => void): void;
  /** Pages that something was written to, by frame. */
  pages(): Map<number, Buffer>;
}

/** Writes relative to where it was opened. */
export interface Scribe {
  u16(at: number, value: number): void;
  u32(at: number, value: number): void;
  u64(at: number, value: number | bigint): void;
  word(at: number, value: number | bigint): void;
  text(at: number, text: string): void;
  bytes(at: number, bytes: Uint8Array): void;
}

/** Empty memory. */
export function memoryImage(pageSize = 4096, layout: Layout = x64): MemoryImage {
  const pages = new Map<number, Buffer>();
  return {
    pageSize,
    write(address, fill) {
      const out = byteWriter(layout);
      fill(out);
      const bytes = out.result();
      for (let done = 0; done < bytes.length; ) {
        const frame = Math.floor((address + done) / pageSize);
        const within = (address + done) % pageSize;
        const page = pages.get(frame) ?? Buffer.alloc(pageSize);
        pages.set(frame, page);
        done += bytes.copy(page, within, done, done + pageSize - within);
      }
    },
    pages: () => new Map([...pages].sort(([a], [b]) => a - b)),
  };
}
