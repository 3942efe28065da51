import { SonaeError } from '../model/error.ts';
import { howFar } from './journal.ts';
import type { Sending } from './sending.ts';

/** Ends the command (E_INTERRUPTED) when we were told to stop. The receipt says already how far it is. */
export function refuseAborted({ journal, signal }: Pick<Sending, 'journal' | 'signal'>): void {
  if (signal.aborted) throw stopped(journal);
}

/** The same where the answer to a request is that it was stopped. */
export function refuseStopped<Answer extends { readonly state: string }>(
  answer: Answer,
  { journal }: Pick<Sending, 'journal'>,
): asserts answer is Exclude<Answer, { readonly state: 'stopped' }> {
  if (answer.state === 'stopped') throw stopped(journal);
}

function stopped({ receipt }: Sending['journal']): SonaeError {
  return new SonaeError('E_INTERRUPTED', `stopped: ${howFar(receipt)}`, {
    hint: 'The same command with --resume goes on.',
  });
}
