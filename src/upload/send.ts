import { SonaeError } from '../model/error.ts';
import type { RemoteFailure, SentFile } from '../model/remote.ts';
import { decide, fewAttempts, mostAttempts, pauseBefore, tookNothing } from './decide.ts';
import { explainFailure, sentence } from './explain-failure.ts';
import { howFar } from './journal.ts';
import { askPatiently, prove } from './prove.ts';
import type { ReceiptFile } from './receipt.ts';
import type { Sending } from './sending.ts';
import { refuseAborted, refuseStopped } from './stopped.ts';
import { waitAndTell } from './wait-and-tell.ts';

/** Sends what is not there yet, file by file, in order. Throws when one cannot be brought there; the receipt says how far it is. */
export async function sendShipment(sending: Sending): Promise<void> {
  const { journal, progress } = sending;
  for (const { name } of journal.receipt.files) {
    refuseAborted(sending);
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

/** How far the tries of one file have come. */
interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly canMakeFolder: boolean;
  /** Some of it may be at the remote. */
  readonly mayBeThere: boolean;
}

async function deliver(file: ReceiptFile, sending: Sending): Promise<void> {
  const canMakeFolder = hasFolder(file, sending);
  let attempt: Attempt = { number: 1, canMakeFolder, mayBeThere: file.state === 'begun' };
  for (;;) {
    const from = await whereToGoOn(file, sending);
    const answer = await putFile(file, from, sending);
    refuseStopped(answer, sending);
    if (answer.state === 'failed') {
      attempt = await afterFailure(answer, attempt, file, sending);
      continue;
    }
    const verdict = await prove(file, sending, answer.sha256);
    // Of a file in two parts the end of the transfer alone says nothing.
    if (verdict.state === 'same' && !(from > 0 && verdict.proof === 'accepted')) {
      await sending.journal.update(file.name, { state: 'sent', proof: verdict.proof });
      return;
    }
    const says = verdict.state === 'other' ? verdict.says : 'nothing tells whether it is whole';
    attempt = await afterDifference(says, attempt, file, sending);
  }
}

// Gives up by throwing, or says with what the next try begins.
async function afterFailure(
  failure: RemoteFailure,
  { number, canMakeFolder, ...attempt }: Attempt,
  file: ReceiptFile,
  sending: Sending,
): Promise<Attempt> {
  const decision = decide(failure, { attempt: number, mostAttempts, canMakeFolder });
  const mayBeThere = attempt.mayBeThere || !tookNothing(failure);
  switch (decision.do) {
    case 'give-up':
      if (!mayBeThere) await sending.journal.update(file.name, { state: 'waiting' });
      throw explainFailure(failure, sending);
    case 'make-folder':
      await makeFolder(file, sending);
      return { number: number + 1, canMakeFolder: false, mayBeThere };
    case 'again':
      await waitAndTell(sending, sentence(failure, sending.target), decision.afterMs);
      return { number: number + 1, canMakeFolder, mayBeThere };
    default:
      return decision satisfies never;
  }
}

async function afterDifference(
  says: string,
  { number, canMakeFolder }: Attempt,
  file: ReceiptFile,
  sending: Sending,
): Promise<Attempt> {
  if (number >= fewAttempts) throw differs(file, says, sending);
  await waitAndTell(sending, `${file.name}: ${says}`, pauseBefore(number));
  return { number: number + 1, canMakeFolder, mayBeThere: true };
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

async function putFile(file: ReceiptFile, from: number, sending: Sending) {
  const { remote, target, progress, journal } = sending;
  const opened = await sending.open(file);
  try {
    const { tries } = fileOf(sending, file.name);
    await journal.update(file.name, { state: 'begun', tries: tries + 1 });
    progress.begin(file.name, from);
    const answer = await remote.put(target.address(file.remoteName), opened, {
      from,
      onPosition: (bytes) => progress.at(Math.min(bytes, file.bytes)),
    });
    await refuseChanged(opened, sending);
    if (answer.state === 'taken') progress.at(file.bytes);
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
