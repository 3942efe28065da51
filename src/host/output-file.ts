import type { FileHandle } from 'node:fs/promises';
import type { OutputFile } from '../model/storage.ts';
import { explained } from './io-error.ts';

/** An open file handle as the rooms see it; `start` is where appending begins. */
export function outputFile(handle: FileHandle, path: string, start: number): OutputFile {
  let end = start;
  return {
    path,
    get written() {
      return end;
    },
    async write(bytes) {
      await writeFully(handle, path, bytes, end);
      end += bytes.length;
    },
    writeAt: (bytes, position) => writeFully(handle, path, bytes, position),
    sync: () => explained('write', path, () => handle.datasync()),
    async truncate(length) {
      await explained('cut', path, () => handle.truncate(length));
      end = length;
    },
    close: () => explained('close', path, () => handle.close()),
  };
}

// A write may be short (a full disk, a signal): the rest then fails or succeeds by itself.
async function writeFully(
  handle: FileHandle,
  path: string,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await explained('write', path, () =>
      handle.write(bytes, done, bytes.length - done, position + done),
    );
    done += bytesWritten;
  }
}
