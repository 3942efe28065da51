import type { Fact } from '../../model/fact.ts';
import { shellWord } from '../../std/shell-word.ts';
import { targetPeer } from '../configuration/dump-target.ts';
import type { TargetAnswer } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { type CheckOutcome, fail, notKnown, pass, seen } from './check.ts';
import { fixFor } from './fixes.ts';

/** What an ssh target answered to the one who came with this key; what mends it depends on where it stopped. */
export function judgeAnswer(
  machine: Machine,
  answer: Fact<TargetAnswer>,
  key: string,
): CheckOutcome {
  if (answer.state !== 'known') return notKnown(answer, 'what the target says');
  const { value, from } = answer;
  if (value.state === 'refused') return judgeRefusal(machine, value.says, from, key);
  const evidence = seen(from, `${value.folder}: ${value.freeBytes} bytes free`);
  if (value.isWritable)
    return pass(`the target takes the key, and ${value.folder} can be written to`, evidence);
  return {
    ...fail(`the target takes the key, but ${value.folder} cannot be written to`, evidence),
    fix: [`on the target: let the user who logs in write to ${shellWord(value.folder)}`],
  };
}

// By what ssh says last (OpenSSH: sshconnect.c, misc.c); the family knows how a key that is refused gets there.
function judgeRefusal(machine: Machine, says: string, from: string, key: string): CheckOutcome {
  const { target, tooling } = machine.settings;
  const { host, port } = targetPeer(target);
  const login =
    port === undefined
      ? shellWord(target.where ?? '')
      : `-p ${port} ${shellWord((target.where ?? '').slice(0, -port.length - 1))}`;
  const logIn = `ssh -i ${shellWord(key)} ${login} true`;
  const evidence = seen(from, says);
  if (/^ssh: (?:connect to host|Could not resolve hostname) /.test(says))
    return {
      ...fail(`the target is not reached: ${says}`, evidence),
      fix: [
        `make ${host} answer on port ${port ?? 22}: is it on, does sshd run, is the way open?`,
        `${logIn}   # must end without a question`,
      ],
    };
  if (/^Host key verification failed/.test(says)) {
    const name = port === undefined ? host : `[${host}]:${port}`;
    return {
      ...fail('the host key of the target is not the one that is known here', evidence),
      fix: [
        `ssh-keygen -R ${shellWord(name)}   # once the owner of the target has confirmed the new key`,
        `${logIn}   # shows the new key; after that it must end without a question`,
        // Everywhere else the capture knows what its initrd was built with.
        ...(tooling === 'debian' ? [] : fixFor('rebuild')(machine)),
      ],
    };
  }
  return fail(`the target does not let the capture in: ${says}`, evidence);
}
