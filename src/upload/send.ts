import { deliver } from './deliver.ts';
import { fileOf } from './journal.ts';
import { prove } from './prove.ts';
import type { ReceiptFile } from './receipt.ts';
import type { Sending } from './sending.ts';
import { refuseAborted } from './stopped.ts';

/** Sends what is not there yet, file by file, in order. Throws when one cannot be brought there; the receipt says how far it is. */
export async function sendShipment(sending: Sending): Promise<void> {
  const { journal, progress } = sending;
  for (const { name } of journal.receipt.files) {
    refuseAborted(sending);
    await readAgain(fileOf(journal, name), sending);
    const file = fileOf(journal, name);
    if (file.state !== 'sent') await deliver(file, sending);
    progress.arrived(file.bytes);
  }
  await journal.finish();
}

// What an earlier run sent without reading it back.
async function readAgain(file: ReceiptFile, sending: Sending): Promise<void> {
  const { journal, isReadBack } = sending;
  if (file.state !== 'sent' || !isReadBack || file.proof === 'read-back') return;
  const verdict = await prove(file, sending);
  if (verdict.state === 'other') await journal.update(file.name, { state: 'begun' });
  else if (verdict.proof === 'read-back') await journal.update(file.name, { proof: 'read-back' });
}
