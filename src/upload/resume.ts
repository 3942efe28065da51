import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';
import type { Receipt, ReceiptFile } from './receipt.ts';

/**
 * The receipt to go on with: the one that was found, where it is of the same things for the same place. Throws E_REFUSED when it
 * is of another target, case or set.
 */
export function continueReceipt(path: string, found: Receipt, fresh: Receipt): Receipt {
  for (const [what, ofFound, now] of [
    ['to', found.to, fresh.to],
    ['kind', found.kind, fresh.kind],
    ['case', found.case, fresh.case],
    ['owner', found.owner, fresh.owner],
    ['id', found.id, fresh.id],
  ] as const) {
    if (ofFound !== now) throw other(path, `${what} is ${shown(ofFound)} in it, now ${shown(now)}`);
  }
  const different = fresh.files.find((file, index) => !isSame(file, found.files[index]));
  if (different !== undefined || found.files.length !== fresh.files.length)
    throw other(path, `${different?.name ?? 'a file'} is not the one that was being sent`);
  return { ...found, state: 'unfinished' };
}

/** Whether anything at the remote may be there because of this receipt. */
export function hasBegun({ files }: Receipt): boolean {
  return files.some(({ state }) => state !== 'waiting');
}

function isSame(file: ReceiptFile, found: ReceiptFile | undefined): boolean {
  return (['name', 'remoteName', 'bytes', 'sha256'] as const).every(
    (key) => file[key] === found?.[key],
  );
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : printable(value);
}

function other(path: string, why: string): SonaeError {
  return new SonaeError('E_REFUSED', `${path} is the receipt of another upload: ${why}`, {
    hint: 'It is never gone on with. Put it away, or name another place with --receipt FILE.',
  });
}
