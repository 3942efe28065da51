import { basename, dirname, resolve } from 'node:path';
import { readSmallFile } from '../../chunks/read-small-file.ts';
import { openOutputFolder } from '../../host/storage.ts';
import { SonaeError } from '../../model/error.ts';
import type { OutputFolder } from '../../model/storage.ts';
import { parseReceipt, type Receipt, receiptLimits, renderReceipt } from '../../upload/receipt.ts';
import { continueReceipt, hasBegun } from '../../upload/resume.ts';
import { isBundlePath } from '../bundle/bundle-file.ts';
import { openSetFolder } from '../chunk-set/open-set-folder.ts';
import { watchFile } from '../watched-file.ts';

/** The place of a receipt, and what was there before. */
export interface ReceiptFile {
  readonly path: string;
  /** Undefined when there was nothing. */
  readonly found: Receipt | undefined;
  write(receipt: Receipt): Promise<void>;
}

/** Opens the place of a receipt: what `--receipt` says, else beside the bundle or the folder of the set. */
export async function openReceiptFile(
  path: string,
  named: string | undefined,
): Promise<ReceiptFile> {
  const place = resolve(named ?? `${await placeOf(path)}.receipt.json`);
  const folder = await openOutputFolder(dirname(place));
  const watched = await watchFile(folder, basename(place));
  return {
    path: place,
    found: await readReceipt(folder, place),
    async write(receipt) {
      if (await watched.isChanged()) throw inUse(place);
      await writeReceipt(folder, place, receipt);
      await watched.note();
    },
  };
}

/** The receipt to begin with. Throws where one is in the way, or is of something else. */
export function beginOrContinue(
  { path, found }: Pick<ReceiptFile, 'path' | 'found'>,
  fresh: Receipt,
  isResumed: boolean,
): Receipt {
  // Of an upload that never came to send a byte, as with a wrong address, nothing is lost.
  if (found === undefined || !hasBegun(found)) return fresh;
  if (isResumed) return continueReceipt(path, found, fresh);
  const isDone = found.state === 'complete';
  throw new SonaeError(
    'E_EXISTS',
    `${path} says that sending ${found.name} was ${isDone ? 'done' : 'begun'} already`,
    {
      hint: isDone
        ? 'With --resume it is looked whether all of it is still there; to send it elsewhere: --receipt FILE.'
        : 'Go on with --resume; to send it elsewhere: --receipt FILE.',
    },
  );
}

// Two that send the same would each cut off what the other has sent.
function inUse(place: string): SonaeError {
  return new SonaeError(
    'E_EXISTS',
    `${place} was written by another upload while this one worked`,
    {
      hint: 'This one stopped; leave it to the other. When none runs any more, --resume goes on.',
    },
  );
}

async function placeOf(path: string): Promise<string> {
  return resolve(isBundlePath(path) ? path : (await openSetFolder(path)).path);
}

async function readReceipt(folder: OutputFolder, place: string): Promise<Receipt | undefined> {
  const bytes = await readSmallFile(folder, basename(place), receiptLimits.bytes);
  if (bytes === undefined) return undefined;
  const { receipt, problems } = parseReceipt(bytes.toString('utf8'));
  if (receipt !== undefined) return receipt;
  throw new SonaeError(
    'E_EXISTS',
    `${place} is no receipt that can be used: ${problems[0] ?? ''}`,
    {
      hint: 'It is not overwritten. Put it away, or name another place with --receipt FILE.',
    },
  );
}

async function writeReceipt(folder: OutputFolder, place: string, receipt: Receipt): Promise<void> {
  try {
    await folder.publish(basename(place), Buffer.from(renderReceipt(receipt)));
  } catch (error) {
    if (!(error instanceof SonaeError)) throw error;
    throw new SonaeError(error.code, `the receipt cannot be written: ${error.message}`, {
      cause: error,
      // Elsewhere, what is there already would count as that of others.
      hint: hasBegun(receipt)
        ? 'Mend that first; then the same command with --resume goes on.'
        : 'Name a place for it with --receipt FILE: nobody should send without one.',
    });
  }
}
