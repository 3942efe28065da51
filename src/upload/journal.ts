import type { Receipt, ReceiptFile } from './receipt.ts';

/** A receipt that is kept as things happen: each change is on the disk when its promise resolves. */
export interface Journal {
  readonly receipt: Receipt;
  update(name: string, change: Partial<ReceiptFile>): Promise<void>;
  /** Writes it as complete. */
  finish(): Promise<void>;
}

/** Opens a journal; `write` puts the whole receipt in the place of the one before. */
export function openJournal(
  begun: Receipt,
  write: (receipt: Receipt) => Promise<void>,
  now: () => Date,
): Journal {
  let receipt = begun;
  let written: Promise<void> = Promise.resolve();
  // One after the other: the last one written is the last one made.
  const put = (next: Receipt) => {
    receipt = next;
    written = written.then(() => write(next));
    return written;
  };
  return {
    get receipt() {
      return receipt;
    },
    async update(name, change) {
      const files = receipt.files.map((file) =>
        file.name === name ? stamped({ ...file, ...change }, now) : file,
      );
      await put({ ...receipt, files });
    },
    async finish() {
      const { endedAt = now().toISOString() } = receipt;
      await put({ ...receipt, state: 'complete', endedAt });
    },
  };
}

// `sentAt` and `proof` stand for a file that is there, and for no other.
function stamped({ sentAt, proof, ...file }: ReceiptFile, now: () => Date): ReceiptFile {
  if (file.state !== 'sent') return file;
  return { ...file, sentAt: sentAt ?? now().toISOString(), proof: proof ?? 'accepted' };
}

/** How far it is, for people: `2 of 7 files of 01234567_vmcore.chunks are there`. */
export function howFar({ name, files }: Pick<Receipt, 'name' | 'files'>): string {
  const sent = files.filter(({ state }) => state === 'sent').length;
  return `${sent} of ${files.length} files of ${name} ${sent === 1 ? 'is' : 'are'} there`;
}

/** A file of the receipt as it is now. */
export function fileOf({ receipt }: Journal, name: string): ReceiptFile {
  const file = receipt.files.find((one) => one.name === name);
  if (file === undefined) throw new Error(`no file ${name} in the receipt`);
  return file;
}
