import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RemoteAccess } from '../../src/host/curl/curl-settings.ts';
import { makeCertificate } from '../builders/certificates.ts';
import { type FtpsServer, startFtpsServer } from '../builders/ftps-server.ts';
import { type SshServer, startSshServer } from '../builders/ssh-server.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ask, content, put, remoteOf, sha256 } from './remote-calls.ts';

describeWith(['curl', 'sshd', 'ssh-keygen'], 'a remote of sftp', () => {
  let ssh: SshServer;
  let access: Partial<RemoteAccess>;
  const home = process.env['HOME'];
  const at = (name: string) => `sftp://127.0.0.1:${ssh.port}${ssh.inbox}/${name}`;
  beforeAll(async () => {
    ssh = await startSshServer(temporaryFolder('ssh'));
    access = { protocol: 'sftp', user: ssh.user, keyFile: ssh.keyFile };
    process.env['HOME'] = ssh.home;
  });
  afterAll(async () => {
    if (home !== undefined) process.env['HOME'] = home;
    await ssh.close();
  });

  it('takes a file into a folder that it makes, tells its size, and gives it back', async () => {
    expect(await ask(at('set/a'), access)).toEqual({ state: 'absent' });
    expect(await put(at('set/a'), access)).toEqual({ state: 'taken' });
    expect(readFileSync(join(ssh.inbox, 'set/a')).equals(content)).toBe(true);
    expect(await ask(at('set/a'), access)).toEqual({ state: 'there', bytes: content.length });
    const hash = createHash('sha256');
    const remote = remoteOf(access);
    await remote.fetch(at('set/a'), content.length, (piece) => hash.update(piece));
    expect(hash.digest('hex')).toBe(sha256);
  });

  it('goes on inside a file', async () => {
    const path = join(ssh.inbox, 'half');
    writeFileSync(path, content.subarray(0, 1_234_567));
    expect(await put(at('half'), access, 1_234_567)).toEqual({ state: 'taken' });
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('is not talked to when its host key is unknown, another, or cannot be looked up', async () => {
    const other = temporaryFolder('home');
    mkdirSync(join(other, '.ssh'));
    process.env['HOME'] = other;
    try {
      // curl itself would send to anybody then.
      await expect(put(at('none'), access)).rejects.toThrow(/needs the host key of the remote/);
      const knownHosts = join(other, '.ssh/known_hosts');
      writeFileSync(knownHosts, '');
      expect(await put(at('none'), access)).toMatchObject({ reason: 'untrusted' });
      const line = readFileSync(join(ssh.home, '.ssh/known_hosts'), 'utf8');
      const key = readFileSync(`${ssh.keyFile}.pub`, 'utf8').split(' ')[1] ?? '';
      writeFileSync(knownHosts, line.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${key}`));
      expect(await put(at('none'), access)).toMatchObject({ reason: 'untrusted' });
    } finally {
      process.env['HOME'] = ssh.home;
    }
    expect(existsSync(join(ssh.inbox, 'none'))).toBe(false);
  });

  it('that does not know us, or has no such place, says so', async () => {
    const stranger = { ...access, keyFile: ssh.keyFile.replace(/user$/, 'host') };
    expect(await put(at('a'), stranger)).toMatchObject({ reason: 'login' });
    expect(await put(at('a'), { ...access, user: 'nobody-here' })).toMatchObject({
      reason: 'login',
    });
    writeFileSync(join(ssh.inbox, 'plain'), 'no folder');
    expect(await put(at('plain/a'), access)).toMatchObject({ state: 'failed' });
  });
});

describeWith(['curl', 'openssl', 'vsftpd', 'root'], 'a remote of ftps', () => {
  const { caFile, ...tls } = makeCertificate(temporaryFolder('tls'));
  const access = { protocol: 'ftps', user: 'anonymous', password: 'me' } as const;
  let ftps: FtpsServer;
  const at = (name: string) => `ftps://127.0.0.1:${ftps.port}/in/${name}`;
  beforeAll(async () => {
    ftps = await startFtpsServer(temporaryFolder('ftps'), tls);
  });
  afterAll(() => ftps.close());

  it('tells the size of a file, and what is not there', async () => {
    writeFileSync(join(ftps.inbox, 'a'), content);
    const trusting = { ...access, caFile };
    expect(await ask(at('a'), trusting)).toEqual({ state: 'there', bytes: content.length });
    expect(await ask(at('b'), trusting)).toEqual({ state: 'absent' });
    // It does not say whether there is no such folder, or we may not enter it.
    expect(await ask(at('set/a'), trusting)).toEqual({ state: 'untold' });
  });

  it('is talked to only when its certificate is trusted', async () => {
    expect(await put(at('b'), access)).toMatchObject({ state: 'failed', reason: 'untrusted' });
    expect(existsSync(join(ftps.inbox, 'b'))).toBe(false);
  });
});
