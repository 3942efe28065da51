import { once } from 'node:events';
import { SonaeError } from '../model/error.ts';

/** Writes bytes to standard output and waits while the reader is slow; E_REFUSED when it went away. */
export async function writeStandardOutput(bytes: Uint8Array): Promise<void> {
  const { stdout } = process;
  if (stdout.destroyed) throw readerGone();
  // The buffer is used again afterwards, so it must have left before this resolves.
  await new Promise<void>((resolve, reject) => {
    stdout.write(bytes, (error) => (error ? reject(readerGone()) : resolve()));
  });
  if (stdout.writableNeedDrain) await once(stdout, 'drain');
}

function readerGone(): SonaeError {
  return new SonaeError('E_REFUSED', 'whoever reads standard output went away before the end');
}
