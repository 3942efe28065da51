import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../builders/certificates.ts';
import { startFtpsServer } from '../builders/ftps-server.ts';
import { digestsOf, expectSaid, makeSender } from '../builders/sender.ts';
import { type SshServer, startSshServer } from '../builders/ssh-server.ts';
import { childrenOf } from '../children-of.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const { work, path, sonae, copyOfSet, startInbox, receiptOf } = makeSender();

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly said: string }>;
}

function startSonae(...args: string[]): Started {
  const child = spawn(process.execPath, [bin, ...args], { cwd: work });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said += bytes;
    });
  const ended = new Promise<{ exitCode: number | null; said: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, said })),
  );
  return { child, ended };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const states = (name: string) => receiptOf(name).files.map(({ state }: { state: string }) => state);

describeWith(['curl'], 'an upload that was stopped', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const)('by %s goes on with --resume where it was', async (signal, exitCode) => {
    const { to, server, folder } = await startInbox();
    const name = copyOfSet();
    server.behave = ({ method }, count) =>
      method === 'PUT' && count === 3 ? { stallAfter: 50_000 } : undefined;
    const { child, ended } = startSonae('upload', name, '--to', to);
    const puts = () => server.seen.filter(({ method }) => method === 'PUT').length;
    await until(() => puts() === 3 && server.received.bytes >= 50_000);
    const curls = childrenOf(child.pid, 'curl');
    expect(curls).toHaveLength(1);
    child.kill(signal);
    const { exitCode: found, said } = await ended;
    expect({ found, said }).toMatchObject({ found: exitCode });
    if (exitCode !== null) {
      expect(said).toMatch(/stopped: 2 of 7 files of .* are there/);
      expect(said).toMatch(/same command with --resume/);
      expect(curls.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    }
    expect(receiptOf(name).state).toBe('unfinished');
    expect(states(name)).toEqual([
      'sent',
      'sent',
      'begun',
      'waiting',
      'waiting',
      'waiting',
      'waiting',
    ]);
    server.behave = () => undefined;
    expectSaid(await sonae('upload', name, '--to', to), 6, /was begun already/, /--resume/);
    expectSaid(
      await sonae('upload', name, '--to', `${to}other`, '--resume'),
      6,
      /to is .* in it, now/,
    );
    const before = puts();
    expectSaid(await sonae('upload', name, '--to', to, '--resume'), 0, /all 7 files/);
    expect(puts() - before).toBe(5);
    expect(digestsOf(join(folder, name))).toEqual(digestsOf(path(name)));
  });

  it('sends again what the remote lost, and what it has in part', async () => {
    const { to, server, folder } = await startInbox();
    const name = copyOfSet();
    expectSaid(await sonae('upload', name, '--to', to), 0);
    rmSync(join(folder, name, '0042_vmcore.zst.001'));
    truncateSync(join(folder, name, 'README.txt'), 10);
    const before = server.seen.filter(({ method }) => method === 'PUT').length;
    expectSaid(await sonae('upload', name, '--to', to, '--resume'), 0, /all 7 files/);
    expect(server.seen.filter(({ method }) => method === 'PUT').length - before).toBe(2);
    expect(digestsOf(join(folder, name))).toEqual(digestsOf(path(name)));
  });

  it('is not gone on with when the set is another by now', async () => {
    const { to } = await startInbox();
    const name = copyOfSet();
    expectSaid(await sonae('upload', name, '--to', to), 0);
    rmSync(path(name), { recursive: true });
    const split = await sonae(
      'split',
      'vmcore',
      '--case',
      '0042',
      '--size',
      '200K',
      '--output',
      name,
    );
    expect(split.exitCode).toBe(0);
    expectSaid(
      await sonae('upload', name, '--to', to, '--resume'),
      6,
      /id is [0-9a-f]+ in it, now/,
    );
  });

  it('by a file that was changed while it went says so', async () => {
    const { to, server } = await startInbox();
    const name = copyOfSet();
    server.behave = ({ method }, count) => {
      if (method === 'PUT' && count === 2)
        writeFileSync(path(join(name, '0042_vmcore.zst.002')), 'changed');
      return undefined;
    };
    expectSaid(
      await sonae('upload', name, '--to', to),
      5,
      /zst\.002 was changed since it was looked at/,
    );
    expect(states(name).slice(0, 3)).toEqual(['sent', 'sent', 'waiting']);
  });

  it('by a receipt that can no more be written is not sent on to another place', async () => {
    const { to, server } = await startInbox();
    const name = copyOfSet();
    mkdirSync(path('receipts'));
    server.behave = ({ method }) => {
      if (method === 'PUT') rmSync(path('receipts'), { recursive: true, force: true });
      return undefined;
    };
    const run = await sonae('upload', name, '--to', to, '--receipt', 'receipts/r.json');
    expect(run.stderr).toMatch(/receipt cannot be written: .*\n {2}Mend that first; .* --resume/);
    expect(run.stderr).not.toContain('--receipt FILE');
  });

  it('by a file that was taken away while others went is no wrong usage', async () => {
    const { to, server } = await startInbox();
    const name = copyOfSet();
    const gone = path(join(name, '0042_vmcore.zst.002'));
    server.behave = ({ method }, count) => {
      if (method === 'PUT' && count === 2) rmSync(gone, { force: true });
      return undefined;
    };
    const run = await sonae('upload', name, '--to', to);
    expectSaid(run, 5, /zst\.002: there is no such file or folder any more/, /--resume goes on/);
    expect(states(name).slice(0, 3)).toEqual(['sent', 'sent', 'waiting']);
  });
});

describeWith(['curl', 'sshd', 'ssh-keygen'], 'an upload by sftp', () => {
  let ssh: SshServer;
  beforeAll(async () => {
    ssh = await startSshServer(temporaryFolder('ssh'));
  });
  afterAll(() => ssh.close());
  const withSettings = (name: string) => {
    const to = `sftp://127.0.0.1:${ssh.port}${ssh.inbox}/${name}`;
    const settings = ['apiVersion: sonae/v1', 'kind: Config', 'upload:', `  to: ${to}`];
    const file = path(`${name}.yaml`);
    writeFileSync(
      file,
      [...settings, `  user: ${ssh.user}`, `  keyFile: ${ssh.keyFile}`, ''].join('\n'),
    );
    return ['--config', file];
  };

  it('arrives in folders that it makes, goes on inside a file, and is told the size', async () => {
    const name = copyOfSet();
    const run = (...args: string[]) =>
      runSonae(['upload', name, ...withSettings('a/b'.replace('/', '-')), ...args], {
        cwd: work,
        env: { HOME: ssh.home },
      });
    expectSaid(await run(), 0, /7 of 7: the remote tells the same size/);
    const there = join(ssh.inbox, 'a-b', name);
    expect(digestsOf(there)).toEqual(digestsOf(path(name)));
    // As after a stop within the second chunk: what is there of it stays there.
    const receipt = receiptOf(name);
    Object.assign(receipt.files[1], { state: 'begun' });
    receipt.state = 'unfinished';
    writeFileSync(path(`${name}.receipt.json`), JSON.stringify(receipt));
    const chunk = join(there, '0042_vmcore.zst.001');
    truncateSync(chunk, 100_000);
    const mark = Buffer.from('not sent again');
    const half = Buffer.concat([mark, readFileSync(chunk).subarray(mark.length)]);
    writeFileSync(chunk, half);
    expectSaid(await run('--resume'), 0, /7 of 7: the remote tells the same size/);
    expect(readFileSync(chunk).subarray(0, mark.length).equals(mark)).toBe(true);
    expect(readFileSync(chunk).length).toBe(receipt.files[1].bytes);
    // Which only reading it back can tell: then it is sent whole.
    Object.assign(receipt.files[1], { state: 'begun' });
    writeFileSync(path(`${name}.receipt.json`), JSON.stringify(receipt));
    expectSaid(await run('--resume', '--read-back'), 0, /7 of 7: fetched again and compared/);
    expect(digestsOf(there)).toEqual(digestsOf(path(name)));
  });

  it('is refused without the host key, and to a place where we may not write', async () => {
    const name = copyOfSet();
    const args = ['upload', name, ...withSettings('c')];
    const unknown = await runSonae(args, { cwd: work, env: { HOME: temporaryFolder('home') } });
    expectSaid(unknown, 6, /needs the host key of the remote/);
    writeFileSync(join(ssh.inbox, 'c'), 'no folder');
    const run = await runSonae(args, { cwd: work, env: { HOME: ssh.home } });
    expectSaid(run, 7, /0 of 7 files of .* are there/);
  });
});

describeWith(['curl', 'openssl', 'vsftpd', 'root'], 'an upload by ftps', () => {
  const { caFile, ...tls } = makeCertificate(temporaryFolder('tls'));

  it('arrives in a folder that it makes, and goes on inside a file', async () => {
    const ftps = await startFtpsServer(temporaryFolder('ftps'), tls);
    const name = copyOfSet();
    const settings = ['apiVersion: sonae/v1', 'kind: Config', 'upload:'];
    const to = [
      `  to: ftps://127.0.0.1:${ftps.port}/in`,
      '  user: anonymous',
      `  caFile: ${caFile}`,
    ];
    writeFileSync(path('ftps.yaml'), [...settings, ...to, ''].join('\n'));
    const args = ['upload', name, '--config', 'ftps.yaml'];
    expectSaid(await sonae(...args), 0, /7 of 7: the remote tells the same size/);
    const there = join(ftps.inbox, name);
    expect(digestsOf(there)).toEqual(digestsOf(path(name)));
    const receipt = receiptOf(name);
    Object.assign(receipt.files[1], { state: 'begun' });
    writeFileSync(path(`${name}.receipt.json`), JSON.stringify(receipt));
    truncateSync(join(there, '0042_vmcore.zst.001'), 100_000);
    expectSaid(await sonae(...args, '--resume', '--read-back'), 0, /7 of 7: fetched again/);
    expect(digestsOf(there)).toEqual(digestsOf(path(name)));
    await ftps.close();
  });
});

describeWith(['curl', 'openssl'], 'credentials', () => {
  const { caFile, ...tls } = makeCertificate(temporaryFolder('tls'));
  const secret = 's3cret "w\\ith" everything';
  const settings = (to: string, mode = 0o600) => {
    const passwordFile = path('password');
    rmSync(passwordFile, { force: true });
    writeFileSync(passwordFile, `${secret}\nnot this line\n`, { mode });
    const lines = ['apiVersion: sonae/v1', 'kind: Config', 'upload:', `  to: ${to}`, '  user: me'];
    const file = path('settings.yaml');
    writeFileSync(
      file,
      [...lines, `  passwordFile: ${passwordFile}`, `  caFile: ${caFile}`, ''].join('\n'),
    );
    return ['--config', file];
  };
  const sentWith = (authorization = '') =>
    Buffer.from(authorization.slice('Basic '.length), 'base64').toString();

  it('of the settings are sent, and are in no list of processes while they are', async () => {
    const { to, server } = await startInbox({ tls });
    const name = copyOfSet();
    server.behave = ({ method }, count) =>
      method === 'PUT' && count === 2 ? { stallAfter: 50_000 } : undefined;
    const { child, ended } = startSonae('upload', name, ...settings(to));
    const puts = () => server.seen.filter(({ method }) => method === 'PUT').length;
    await until(() => puts() === 2 && server.received.bytes >= 50_000);
    const [curl] = childrenOf(child.pid, 'curl');
    const shown = ['cmdline', 'environ'].flatMap((what) =>
      [child.pid, curl].map((pid) => readFileSync(`/proc/${pid}/${what}`, 'latin1')),
    );
    expect(shown.join('')).toContain('curl\0-q\0--config\0-\0');
    expect(shown.join('')).not.toContain('s3cret');
    child.kill('SIGINT');
    expect((await ended).said).not.toContain('s3cret');
    expect(sentWith(server.seen.at(-1)?.headers.authorization)).toBe(`me:${secret}`);
    expect(readFileSync(path(`${name}.receipt.json`), 'utf8')).not.toContain('s3cret');
  });

  it('are for the host of the settings and for no other', async () => {
    const { to } = await startInbox({ tls });
    const other = await startInbox({ tls });
    const run = await sonae('upload', copyOfSet(), '--to', other.to, ...settings(to));
    expectSaid(
      run,
      0,
      /credentials of the settings are for https:\/\/127\.0\.0\.1:\d+ and are not sent/,
    );
    expect(other.server.seen.every(({ headers }) => headers.authorization === undefined)).toBe(
      true,
    );
  });

  it('that others can read are refused', async () => {
    const run = await sonae('upload', copyOfSet(), ...settings('https://127.0.0.1:1/', 0o644));
    expectSaid(run, 6, /password holds a secret, and others can read or change it/, /chmod 600/);
  });
});
