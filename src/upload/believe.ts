import { randomBytes } from 'node:crypto';
import type { Remote, RemoteAnswer } from '../model/remote.ts';

/**
 * Some servers answer any question with a page of theirs. So the first time a remote says that something is there, it is asked for
 * a name that nobody can have sent; one that has that too is not believed about any.
 */
export function believed(remote: Remote, address: (remoteName: string) => string): Remote {
  let isBelieved: Promise<boolean> | undefined;
  const tryOut = async () => {
    const name = `sonae-asks-${randomBytes(8).toString('hex')}`;
    return (await remote.ask(address(name))).state !== 'there';
  };
  return {
    ...remote,
    async ask(question): Promise<RemoteAnswer> {
      const answer = await remote.ask(question);
      if (answer.state !== 'there') return answer;
      isBelieved ??= tryOut();
      return (await isBelieved) ? answer : { state: 'untold' };
    },
  };
}
