import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { debian12, kdumpMachineFacts, rhel9 } from '../builders/kdump-machine.ts';

const key = { '/root/.ssh/kdump_id_rsa': { bytes: 'x', mode: 0o100600 } };

async function findingOf(
  on: typeof debian12,
  config: string,
  exitCode: number,
  text: string,
  check = 'target-ssh-works',
) {
  const path = on === rhel9 ? '/etc/kdump.conf' : '/etc/default/kdump-tools';
  const files = { ...key, [path]: config };
  const facts = await kdumpMachineFacts(on, { files, answer: { exitCode, text } });
  const { findings } = checkMachine(facts, 'test');
  return findings.find(({ id }) => id === `kdump/${check}`);
}

// The last lines are those of OpenSSH 9.2 in the real guest.
describe('an ssh target that was asked in vain, for which a propagated key was all the advice', () => {
  const debian = 'USE_KDUMP=1\nSSH="kdump@dump01"\n';

  it.each([
    'ssh: connect to host dump01 port 22: Connection refused',
    'ssh: connect to host dump01 port 22: No route to host',
    'ssh: connect to host dump01 port 22: Network is unreachable',
    'ssh: Could not resolve hostname dump01: Temporary failure in name resolution',
  ])('is to be reached first: %s', async (says) => {
    const finding = await findingOf(debian12, debian, 255, `${says}\n`);
    expect(finding?.says).toBe(`the target is not reached: ${says}`);
    expect(finding?.fix).toEqual([
      'make dump01 answer on port 22: is it on, does sshd run, is the way open?',
      'ssh -i /root/.ssh/kdump_id_rsa kdump@dump01 true   # must end without a question',
    ]);
  });

  it('is not to be asked for its space, as it was', async () => {
    const says = 'ssh: connect to host dump01 port 22: Connection refused\n';
    const finding = await findingOf(debian12, debian, 255, says, 'target-space-predicted');
    expect(finding?.says).toMatch(/can only be seen there, and it did not tell$/);
  });

  const verification = 'No key is known\nHost key verification failed.\n';
  it('has another host key: the old one has to go', async () => {
    const finding = await findingOf(debian12, debian, 255, verification);
    expect(finding?.says).toBe('the host key of the target is not the one that is known here');
    expect(finding?.fix.map((line) => line.replace(/ {3}#.*/, ''))).toEqual([
      'ssh-keygen -R dump01',
      'ssh -i /root/.ssh/kdump_id_rsa kdump@dump01 true',
    ]);
  });

  it('has another host key, on another port, and an initrd holds the old one', async () => {
    const finding = await findingOf(rhel9, 'ssh kdump@dump01:2222\n', 255, verification);
    expect(finding?.fix.map((line) => line.replace(/ {3}#.*/, ''))).toEqual([
      "ssh-keygen -R '[dump01]:2222'",
      'ssh -i /root/.ssh/kdump_id_rsa -p 2222 kdump@dump01 true',
      'kdumpctl rebuild && kdumpctl reload',
    ]);
  });

  it('takes the key and has a closed folder: that is mended over there', async () => {
    const table =
      'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdb1 90 10 80 6% /\n';
    const finding = await findingOf(debian12, debian, 0, `folder /var/crash\n${table}`);
    expect(finding?.fix).toEqual(['on the target: let the user who logs in write to /var/crash']);
  });

  it('refuses the key: that is sent anew', async () => {
    const says = 'kdump@dump01: Permission denied (publickey).';
    const finding = await findingOf(debian12, debian, 255, `${says}\n`);
    expect(finding?.says).toBe(`the target does not let the capture in: ${says}`);
    expect(finding?.fix).toEqual(['kdump-config propagate', 'kdump-config reload']);
  });
});
