import { SonaeError } from '../model/error.ts';
import type { RemoteFailure, RemoteFile, SentFile } from '../model/remote.ts';
import { decide, fewAttempts, mostAttempts, pauseBefore, tookNothing } from './decide.ts';
import { explainFailure, sentence } from './explain-failure.ts';
import { fileOf, howFar } from './journal.ts';
import { askPatiently, judge, prove } from './prove.ts';
import type { ReceiptFile } from './receipt.ts';
import type { Sending } from './sending.ts';
import { refuseStopped } from './stopped.ts';
import { waitAndTell } from './wait-and-tell.ts';

/** How far the tries of one file have come. */
interface Attempt {
  /** From 1. */
  readonly number: number;
  /** How often it arrived as something else. */
  readonly differences: number;
  readonly canMakeFolder: boolean;
  /** Some of it may be at the remote. */
  readonly mayBeThere: boolean;
  /** All of it may be, though nobody said so: the connection broke before the answer. */
  readonly mayBeWhole: boolean;
}

/** Sends one file until it is there, or until nothing is gained by trying; then it throws. */
export async function deliver(file: ReceiptFile, sending: Sending): Promise<void> {
  const hasBegun = file.state === 'begun';
  let attempt: Attempt = {
    number: 1,
    differences: 0,
    canMakeFolder: hasFolder(file, sending),
    mayBeThere: hasBegun,
    mayBeWhole: hasBegun,
  };
  for (;;) {
    const held = await lookAgain(file, sending);
    if (attempt.mayBeWhole && (await isWhole(file, held, sending))) return;
    const from = whereToGoOn(file, held, sending);
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
  attempt: Attempt,
  file: ReceiptFile,
  sending: Sending,
): Promise<Attempt> {
  const { number, canMakeFolder } = attempt;
  const decision = decide(failure, { attempt: number, mostAttempts, canMakeFolder });
  const mayBeThere = attempt.mayBeThere || !tookNothing(failure);
  const next = { ...attempt, number: number + 1, mayBeThere, mayBeWhole: mayBeThere };
  switch (decision.do) {
    case 'give-up':
      if (!mayBeThere) await sending.journal.update(file.name, { state: 'waiting' });
      throw explainFailure(failure, sending);
    case 'make-folder':
      await makeFolder(file, sending);
      return { ...next, canMakeFolder: false };
    case 'again':
      await waitAndTell(sending, sentence(failure, sending.target), decision.afterMs);
      return next;
    default:
      return decision satisfies never;
  }
}

async function afterDifference(
  says: string,
  attempt: Attempt,
  file: ReceiptFile,
  sending: Sending,
): Promise<Attempt> {
  const [number, differences] = [attempt.number + 1, attempt.differences + 1];
  if (differences >= fewAttempts) throw differs(file, says, sending);
  await waitAndTell(sending, `${file.name}: ${says}`, pauseBefore(differences));
  return { ...attempt, number, differences, mayBeThere: true, mayBeWhole: false };
}

// What the remote has of a file that was begun; undefined where it does not tell.
async function lookAgain(file: ReceiptFile, sending: Sending): Promise<RemoteFile | undefined> {
  if (fileOf(sending.journal, file.name).state !== 'begun') return undefined;
  const answer = await askPatiently(file, sending);
  return answer.state === 'there' ? answer : undefined;
}

async function isWhole(
  file: ReceiptFile,
  held: RemoteFile | undefined,
  sending: Sending,
): Promise<boolean> {
  const first = held && judge(file, held);
  if (first?.state !== 'same' || first.proof === 'accepted') return false;
  const verdict = sending.isReadBack ? await prove(file, sending) : first;
  if (verdict.state === 'other') return false;
  await sending.journal.update(file.name, { state: 'sent', proof: verdict.proof });
  return true;
}

// Only where the remote has less than all of it, and can be gone on with.
function whereToGoOn(file: ReceiptFile, held: RemoteFile | undefined, { remote }: Sending): number {
  const { bytes = 0 } = held ?? {};
  return remote.resumesInside && bytes < file.bytes ? bytes : 0;
}

async function putFile(file: ReceiptFile, from: number, sending: Sending) {
  const { remote, target, progress, journal } = sending;
  const opened = await sending.open(file);
  try {
    const { tries } = fileOf(journal, file.name);
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

function differs({ name }: ReceiptFile, says: string, { journal }: Sending): SonaeError {
  return new SonaeError(
    'E_INTEGRITY',
    `${name} did not arrive as it was sent, ${fewAttempts} times: ${says}; ${howFar(journal.receipt)}`,
    {
      hint: 'Something on the way changes it. Tell whoever runs the remote; --resume tries again.',
    },
  );
}
