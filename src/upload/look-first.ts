import { SonaeError } from '../model/error.ts';
import { bounded } from '../std/bounded.ts';
import { explainFailure } from './explain-failure.ts';
import { askPatiently, judge, prove } from './prove.ts';
import type { ReceiptFile } from './receipt.ts';
import type { Sending } from './sending.ts';

/** Questions at a time: quick over a slow line, few enough for a server that counts connections. */
const atOnce = 4;

/**
 * Asks for every name before the first byte is sent: what is there of others is refused and never overwritten, what is there of ours
 * need not be sent again, and what was there and is not any more is. Also the first that is heard of a wrong address.
 */
export async function lookFirst(sending: Sending): Promise<void> {
  const [first, ...others] = sending.journal.receipt.files;
  if (first === undefined || !sending.target.isAskable) return;
  // Alone: where the address is wrong, one sentence is enough.
  await lookFor(first, sending);
  await bounded(others, atOnce, (file) => lookFor(file, sending));
}

async function lookFor(file: ReceiptFile, sending: Sending): Promise<void> {
  const { journal } = sending;
  sending.progress.doing(`asking for ${file.name}`);
  const answer = await askPatiently(file, sending);
  if (answer.state === 'failed') throw explainFailure(answer, sending);
  if (answer.state === 'untold') return;
  if (answer.state === 'absent') {
    // A remote that never told is not believed now either.
    if (file.state === 'sent' && file.proof !== 'accepted')
      await journal.update(file.name, { state: 'waiting' });
    return;
  }
  if (answer.state === 'stopped') return;
  const verdict = judge(file, answer);
  switch (file.state) {
    case 'sent':
      if (verdict.state === 'other') await journal.update(file.name, { state: 'begun' });
      return;
    case 'begun':
      if (verdict.state === 'same' && verdict.proof !== 'accepted')
        await journal.update(file.name, { state: 'sent', proof: verdict.proof });
      return;
    case 'waiting':
      if (verdict.state === 'same' && verdict.proof === 'digest')
        await journal.update(file.name, { state: 'sent', proof: 'digest' });
      else if (verdict.state === 'same' && sending.isReadBack) await keepProven(file, sending);
      else throw taken(file, sending, verdict.state === 'other');
      return;
    default:
      file.state satisfies never;
  }
}

async function keepProven(file: ReceiptFile, sending: Sending): Promise<void> {
  const verdict = await prove(file, sending);
  if (verdict.state !== 'same' || verdict.proof !== 'read-back') throw taken(file, sending, true);
  await sending.journal.update(file.name, { state: 'sent', proof: verdict.proof });
}

function taken(file: ReceiptFile, { target }: Sending, isOther: boolean): SonaeError {
  const place = target.shown.replaceAll('{name}', () => file.remoteName);
  const what = isOther ? 'with other content' : 'and nothing tells whether it is the same';
  return new SonaeError('E_EXISTS', `${place} is there already, ${what}: it is not overwritten`, {
    hint: isOther
      ? 'Send to another place, or ask whose it is. Nothing was sent now.'
      : 'With --read-back it is fetched and compared; or send to another place. Nothing was sent now.',
  });
}
