import { SonaeError } from '../model/error.ts';
import type { OutputFolder } from '../model/storage.ts';

/** A file of a folder, whole, when it is no larger than `limit`; undefined when it is not there. */
export async function readSmallFile(
  folder: Pick<OutputFolder, 'open' | 'path'>,
  name: string,
  limit: number,
): Promise<Buffer | undefined> {
  const file = await folder.open(name).catch((error: unknown) => {
    if (error instanceof SonaeError && error.code === 'E_INPUT_ABSENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const size = file.size ?? 0;
    if (size > limit) {
      throw new SonaeError(
        'E_FORMAT',
        `${file.path}: ${size} bytes, at most ${limit} are expected`,
      );
    }
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}
