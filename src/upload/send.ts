import { SonaeError } from '../model/error.ts';
import type { SentFile } from '../model/remote.ts';
import { decide, fewAttempts, mostAttempts, pauseBefore, tookNothing } from './decide.ts';
import { explainFailure, sentence } from './explain-failure.ts';
import { howFar } from './journal.ts';
import { askPatiently, prove } from './prove.ts';
import type { ReceiptFile } from './receipt.ts';
import type { Sending } from './sending.ts';
import { refuseStopped } from './stopped.ts';
import { waitAndTell } from './wait-and-tell.ts';

/** Sends what is not there yet, file by file, in order. Throws when one cannot be brought there; the receipt says how far it is. */
export async function sendShipment(sending: Sending): Promise<void> {
  const { journal, progress } = sending;
  for (const { name } of journal.receipt.files) {
    refuseStopped(fileOf(sending, name), sending);
    await readAgain(fileOf(sending, name), sending);
    const file = fileOf(sending, name);
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

async function deliver(file: ReceiptFile, sending: Sending): Promise<void> {
  const { journal } = sending;
  let canMakeFolder = hasFolder(file, sending);
  let mayBeThere = file.state === 'begun';
  for (let attempt = 1; ; attempt += 1) {
    const from = await whereToGoOn(file, sending);
    await noteTry(file, sending);
    const answer = await putFile(file, from, sending);
    refuseStopped(answer, sending);
    if (answer.state === 'failed') {
      const decision = decide(answer, { attempt, mostAttempts, canMakeFolder });
      mayBeThere ||= !tookNothing(answer);
      if (decision.do === 'give-up') {
        if (!mayBeThere) await journal.update(file.name, { state: 'waiting' });
        throw explainFailure(answer, sending);
      }
      if (decision.do === 'make-folder') {
        canMakeFolder = false;
        await makeFolder(file, sending);
      } else {
        await waitAndTell(sending, sentence(answer, sending.target), decision.afterMs);
      }
      continue;
    }
    const verdict = await prove(file, sending, answer.sha256);
    if (verdict.state === 'same' && !(from > 0 && verdict.proof === 'accepted')) {
      await journal.update(file.name, { state: 'sent', proof: verdict.proof });
      return;
    }
    const says = verdict.state === 'other' ? verdict.says : 'nothing tells whether it is whole';
    if (attempt >= fewAttempts) throw differs(file, says, sending);
    await waitAndTell(sending, `${file.name}: ${says}`, pauseBefore(attempt));
  }
}

// Only what this receipt was sending is gone on with, and only where the remote has less than all of it.
async function whereToGoOn(file: ReceiptFile, sending: Sending): Promise<number> {
  const { state } = fileOf(sending, file.name);
  if (state !== 'begun' || !sending.remote.resumesInside) return 0;
  const answer = await askPatiently(file, sending);
  if (answer.state !== 'there') return 0;
  const { bytes = 0 } = answer;
  return bytes < file.bytes ? bytes : 0;
}

async function noteTry({ name }: ReceiptFile, sending: Sending): Promise<void> {
  const { tries } = fileOf(sending, name);
  await sending.journal.update(name, { state: 'begun', tries: tries + 1 });
}

async function putFile(file: ReceiptFile, from: number, sending: Sending) {
  const { remote, target, progress } = sending;
  const opened = await sending.open(file);
  try {
    const answer = await remote.put(target.address(file.remoteName), opened, {
      from,
      onPosition: (bytes) => progress.at(Math.min(bytes, file.bytes), file.name),
    });
    await refuseChanged(opened, sending);
    return answer;
  } finally {
    await opened.close();
  }
}

async function refuseChanged(file: SentFile, { journal }: Sending): Promise<void> {
  const now = await file.currentIdentity();
  if (now.size === file.size && now.mtimeMs === file.identity.mtimeMs) return;
  const message = `${file.path} was changed while it was being sent; ${howFar(journal.receipt)}`;
  throw new SonaeError('E_INPUT_CHANGED', message, {
    hint: 'Find out what writes to it, and send it anew.',
  });
}

// Whatever becomes of it, the next try tells.
async function makeFolder({ remoteName }: ReceiptFile, sending: Sending): Promise<void> {
  const folder = remoteName.slice(0, remoteName.lastIndexOf('/') + 1);
  refuseStopped(await sending.remote.makeFolder(sending.target.address(folder)), sending);
}

function hasFolder({ remoteName }: ReceiptFile, { target }: Sending): boolean {
  return remoteName.includes('/') && (target.protocol === 'https' || target.protocol === 'http');
}

function fileOf({ journal }: Sending, name: string): ReceiptFile {
  const file = journal.receipt.files.find((one) => one.name === name);
  if (file === undefined) throw new Error(`no file ${name} in the receipt`);
  return file;
}

function differs({ name }: ReceiptFile, says: string, { journal }: Sending): SonaeError {
  return new SonaeError(
    'E_INTEGRITY',
    `${name} did not arrive as it was sent, ${fewAttempts} times: ${says}; ${howFar(journal.receipt)}`,
    {
      hint: 'Something on the way changes it. Tell whoever runs the remote; --resume tries again.',
    },
  );
}
