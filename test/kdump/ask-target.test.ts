import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KdumpSettings } from '../../src/kdump/configuration/settings.ts';
import { askCommand, parseAnswer } from '../../src/kdump/gather/ask-target.ts';
import { type SshServer, startSshServer } from '../builders/ssh-server.ts';
import { describeWith } from '../require-tool.ts';

const settingsOf = (where: string, path: string) =>
  ({ target: { kind: 'ssh', where, path } }) as KdumpSettings;

describe('the question to an ssh target', () => {
  it('cannot be turned into an option or another command', () => {
    const words = askCommand(settingsOf('-oProxyCommand=x', "/srv/a'b; reboot"), []);
    expect(words.slice(-3, -1)).toEqual(['--', '-oProxyCommand=x']);
    const shell = spawnSync('sh', ['-c', words.at(-1) ?? ''], { encoding: 'utf8' });
    expect(shell.stdout).toMatch(/^folder \/(?:srv)?\n/);
  });

  it.each([
    ['nothing', ''],
    ['a greeting', 'Welcome\n'],
    ['a folder alone', 'folder /srv\nwritable\n'],
    ['a table without a folder', '/dev/sda1 100 10 90 10% /\n'],
  ])('takes %s for no answer', (_, text) => {
    expect(parseAnswer(text)).toBeUndefined();
  });
});

describeWith(['sshd', 'ssh-keygen'], 'the question to a real sshd', () => {
  let work: string;
  let server: SshServer;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'sonae-ask-'));
    server = await startSshServer(work);
  });
  afterAll(async () => {
    await server.close();
    rmSync(work, { recursive: true, force: true });
  });

  function ask(path: string, known = join(server.home, '.ssh/known_hosts'), key = server.keyFile) {
    const where = `${server.user}@127.0.0.1:${server.port}`;
    const [ssh = '', ...words] = askCommand(settingsOf(where, path), [key]);
    const files = ['-F', 'none', '-o', `UserKnownHostsFile=${known}`];
    const run = spawnSync(ssh, [...files, ...words], { encoding: 'utf8' });
    return { exitCode: run.status, answer: parseAnswer(run.stdout), says: run.stderr };
  }

  it('tells the nearest folder that is there, and its free space, and makes nothing', () => {
    const { exitCode, answer } = ask(join(server.inbox, 'crash/db01'));
    expect(exitCode).toBe(0);
    expect(answer).toMatchObject({ state: 'let in', folder: server.inbox, isWritable: true });
    expect(answer?.state === 'let in' && answer.freeBytes).toBeGreaterThan(0);
    expect(readdirSync(server.inbox)).toEqual([]);
  });

  it('tells of a folder with a space in its name', () => {
    mkdirSync(join(work, 'dumps of all'));
    expect(ask(join(work, 'dumps of all')).answer).toMatchObject({
      folder: join(work, 'dumps of all'),
    });
  });

  it('is told that a file stands in the place of the folder', () => {
    writeFileSync(join(work, 'crash'), '');
    expect(ask(join(work, 'crash/db01')).answer).toMatchObject({
      folder: join(work, 'crash'),
      isWritable: false,
    });
  });

  it('is refused with another key', () => {
    const { exitCode, says } = ask('/srv', undefined, join(work, 'host'));
    expect(exitCode).toBe(255);
    expect(says).toContain('Permission denied');
  });

  it('does not trust a host whose key is not known, nor learn it', () => {
    const known = join(work, 'nobody');
    writeFileSync(known, '');
    chmodSync(known, 0o600);
    const { exitCode, says } = ask('/srv', known);
    expect(exitCode).toBe(255);
    expect(says.trim().split('\n').at(-1)).toContain('Host key verification failed');
    expect(spawnSync('cat', [known], { encoding: 'utf8' }).stdout).toBe('');
  });
});
