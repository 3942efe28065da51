import { once } from 'node:events';
import { SonaeError } from '../model/error.ts';
import { explainIoError } from './io-error.ts';

/**
 * Writes bytes to standard output and waits while the reader is slow. E_REFUSED when the reader went away, E_NO_SPACE
 * when it is a file on a full disk.
 */
export async function writeStandardOutput(bytes: Uint8Array): Promise<void> {
  const { stdout } = process;
  if (stdout.destroyed) throw readerGone();
  // The buffer is used again afterwards, so it must have left before this resolves.
  await new Promise<void>((resolve, reject) => {
    stdout.write(bytes, (error) => (error ? reject(explain(error)) : resolve()));
  });
  if (stdout.writableNeedDrain) await once(stdout, 'drain');
}

/** Writes a result for people or programs to standard output; a reader such as `head` that had enough is no error. */
export function printResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) =>
      error && !isReaderGone(error) ? reject(explain(error)) : resolve(),
    );
  });
}

function explain(error: NodeJS.ErrnoException): SonaeError {
  return isReaderGone(error) ? readerGone() : explainIoError(error, 'write to', 'standard output');
}

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

function readerGone(): SonaeError {
  return new SonaeError('E_REFUSED', 'whoever reads standard output went away before the end');
}
