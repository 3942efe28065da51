import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from './free-port.ts';

/** An sshd of our own with sftp, and a user of it. */
export interface SshServer {
  readonly port: number;
  /** Folder that it may be sent to. */
  readonly inbox: string;
  readonly user: string;
  readonly keyFile: string;
  /** A home whose known_hosts has its key. */
  readonly home: string;
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1, with keys made anew; everything is below `work`. */
export async function startSshServer(work: string): Promise<SshServer> {
  const at = (name: string) => join(work, name);
  for (const name of ['inbox', 'home', 'home/.ssh']) mkdirSync(at(name), { mode: 0o700 });
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  const port = await freePort();
  const hostKey = readFileSync(at('host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(at('home/.ssh/known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('user.pub')}`,
      'PidFile none',
      'StrictModes no', // the folder of a test lies in one that all can write
      'UsePAM no',
      'PasswordAuthentication no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const sshd = execFileSync('which', ['sshd'], { encoding: 'utf8' }).trim();
  const child = spawn(sshd, ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' });
  await listening(port);
  return {
    port,
    inbox: at('inbox'),
    user: userInfo().username,
    keyFile: at('user'),
    home: at('home'),
    close: () =>
      new Promise((resolve) => {
        child.on('exit', () => resolve());
        child.kill();
      }),
  };
}
