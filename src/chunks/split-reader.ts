import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import type { ByteRange } from './chunk-set.ts';

/** Reads the original front to back into the buffers it is given. */
export interface SplitReader {
  /** Bytes read; 0 at the end. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** Ranges that were filled with zeros because the medium did not give them. */
  readonly unreadable: readonly ByteRange[];
}

// The unit in which disks fail.
const sectorBytes = 4096;

/** With `isBadSkipped`, what cannot be read becomes zeros and is listed; without, the first bad place ends the work and is named. */
export function openSplitReader(input: InputFile, isBadSkipped: boolean): SplitReader {
  const unreadable: { offset: number; length: number }[] = [];

  async function readSector(buffer: Uint8Array, offset: number): Promise<number> {
    try {
      return await input.read(buffer, offset);
    } catch (error) {
      if (!isMediumFailure(error)) throw error;
      if (!isBadSkipped) throw nameBadPlace(error, input, offset);
      buffer.fill(0);
      const last = unreadable.at(-1);
      if (last !== undefined && last.offset + last.length === offset) last.length += buffer.length;
      else unreadable.push({ offset, length: buffer.length });
      return buffer.length;
    }
  }

  return {
    unreadable,
    async read(whole, offset) {
      // Never past what was there at the start: growth is noticed at the end and named then.
      const length = Math.min(whole.length, (input.size ?? Number.MAX_SAFE_INTEGER) - offset);
      const buffer = whole.subarray(0, Math.max(0, length));
      try {
        return await input.read(buffer, offset);
      } catch (error) {
        if (!isMediumFailure(error) || input.kind === 'pipe') throw error;
      }
      let filled = 0;
      while (filled < buffer.length) {
        const sector = buffer.subarray(filled, filled + sectorBytes);
        const bytes = await readSector(sector, offset + filled);
        if (bytes === 0) break;
        filled += bytes;
      }
      return filled;
    },
  };
}

function isMediumFailure(error: unknown): error is SonaeError {
  return error instanceof SonaeError && error.code === 'E_INTEGRITY';
}

function nameBadPlace(cause: SonaeError, input: InputFile, offset: number): SonaeError {
  const message = `${input.path}: the medium cannot be read at offset ${offset} of ${input.size}`;
  return new SonaeError('E_INTEGRITY', message, {
    cause,
    hint: 'What was finished stays. Use --skip-bad to fill bad places with zeros and go on (--resume).',
  });
}
