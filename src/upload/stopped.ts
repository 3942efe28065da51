import { SonaeError } from '../model/error.ts';
import { howFar } from './journal.ts';
import type { Sending } from './sending.ts';

/** Ends the command (E_INTERRUPTED) when the answer is that we were told to stop. The receipt says already how far it is. */
export function refuseStopped<Answer extends { readonly state: string }>(
  answer: Answer,
  { journal, signal }: Pick<Sending, 'journal' | 'signal'>,
): asserts answer is Exclude<Answer, { readonly state: 'stopped' }> {
  if (answer.state !== 'stopped' && !signal.aborted) return;
  throw new SonaeError('E_INTERRUPTED', `stopped: ${howFar(journal.receipt)}`, {
    hint: 'The same command with --resume goes on.',
  });
}
