import { type Fact, known, unreadable } from '../../model/fact.ts';
import type { System } from '../../model/system.ts';
import { shellWord } from '../../std/shell-word.ts';
import { targetPeer } from '../configuration/dump-target.ts';
import type { KdumpSettings } from '../configuration/settings.ts';
import { sshKeys } from '../configuration/ssh-login.ts';
import type { Facts, TargetAnswer } from '../facts.ts';

// As the capture logs in: its key alone, no agent, no questions, and only a host key that is known. The rest keeps ssh
// from writing to known_hosts, from sharing a connection, and from what a person set up for a session.
const options = (
  'BatchMode=yes StrictHostKeyChecking=yes IdentitiesOnly=yes IdentityAgent=none ConnectTimeout=10 UpdateHostKeys=no ' +
  'CheckHostIP=no ControlMaster=no ControlPath=none ClearAllForwardings=yes PermitLocalCommand=no LogLevel=ERROR'
).split(' ');

/** The command that asks an ssh target where the dump would go and how much is free there; it writes nothing there. */
export function askCommand({ target }: KdumpSettings, keys: readonly string[]): readonly string[] {
  const { where = '', path } = target;
  const { port } = targetPeer(target);
  return [
    'ssh',
    '-nT',
    ...options.flatMap((option) => ['-o', option]),
    ...keys.flatMap((key) => ['-i', key]),
    ...(port === undefined ? [] : ['-p', port]),
    '--',
    port === undefined ? where : where.slice(0, -port.length - 1),
    `d=${shellWord(path)}; until test -e "$d" || test -L "$d"; do d=$(dirname "$d"); done; echo "folder $d"; test -d "$d" && test -w "$d" && echo writable; LC_ALL=C df -Pk "$d"`,
  ];
}

/** Reads the output of that command; undefined when it is not that. */
export function parseAnswer(text: string): TargetAnswer | undefined {
  const folder = /^folder (.{1,4096})$/m.exec(text)?.[1];
  // Device, blocks of 1024 bytes, used, available, capacity, mount point (POSIX df -P).
  const [, total, , available] = /\s(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})\s+\d+%/.exec(text) ?? [];
  if (folder === undefined || total === undefined || available === undefined) return undefined;
  return {
    state: 'let in',
    folder,
    isWritable: /^writable$/m.test(text),
    freeBytes: Number(available) * 1024,
    totalBytes: Number(total) * 1024,
  };
}

/** Asks the target; undefined when it is none that can be asked, or there is no key to ask with. */
export async function askTarget(
  system: System,
  facts: Pick<Facts, 'stats'>,
  settings: KdumpSettings,
): Promise<Fact<TargetAnswer> | undefined> {
  const { kind, where = '' } = settings.target;
  // With a password in the URL there is nothing that may be shown to other users as an argument.
  if (kind !== 'ssh' || where.includes(':***@')) return undefined;
  const keys = sshKeys(settings).filter((key) => facts.stats.get(key)?.state === 'known');
  if (keys.length === 0) return undefined;
  const from = `ssh ${where}`;
  const run = await system.run(askCommand(settings, keys), {
    timeoutMs: 30_000,
    limitBytes: 64 * 1024,
    mergeStderr: true,
  });
  if (run.state === 'absent') return unreadable(from, 'ssh is not installed');
  if (run.state !== 'exited') return unreadable(from, 'it did not answer within 30 s');
  const text = run.stdout.toString('utf8');
  const answer = run.exitCode === 0 ? parseAnswer(text) : undefined;
  if (answer) return known(answer, from);
  const says = text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  // 255 is of ssh itself, everything else of the command over there (ssh(1), EXIT STATUS).
  return run.exitCode === 255
    ? known({ state: 'refused', says: says || 'ssh ended with status 255' }, from)
    : unreadable(from, `its answer is not understood: ${says}`);
}
