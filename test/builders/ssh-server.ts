import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from './free-port.ts';

/** What an sshd of our own with sftp is set up with, and a user of it. */
export interface SshSetup {
  /** The program; it wants to be called by its whole path. */
  readonly sshd: string;
  readonly configFile: string;
  readonly logFile: string;
  /** Folder that it may be sent to. */
  readonly inbox: string;
  readonly user: string;
  readonly keyFile: string;
  /** Public keys that it takes: the user's, and what else is written there. */
  readonly authorizedKeys: string;
  /** A home whose known_hosts has its key. */
  readonly home: string;
}

/** The same while it runs. */
export interface SshServer extends SshSetup {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1, with keys made anew; everything is below `work`. */
export async function startSshServer(work: string): Promise<SshServer> {
  const port = await freePort();
  const setup = setUpSshServer(work, port);
  const { sshd, configFile, logFile } = setup;
  const child = spawn(sshd, ['-D', '-f', configFile, '-E', logFile], { stdio: 'ignore' });
  await listening(port);
  return {
    ...setup,
    port,
    close: () =>
      new Promise((resolve) => {
        child.on('exit', () => resolve());
        child.kill();
      }),
  };
}

/** Makes its keys and files and starts nothing: `sshd -i` serves one connection with them, whatever the port. */
export function setUpSshServer(work: string, port: number): SshSetup {
  const at = (name: string) => join(work, name);
  for (const name of ['inbox', 'home', 'home/.ssh']) mkdirSync(at(name), { mode: 0o700 });
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
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
  return {
    sshd: execFileSync('which', ['sshd'], { encoding: 'utf8' }).trim(),
    configFile: at('sshd_config'),
    logFile: at('log'),
    inbox: at('inbox'),
    user: userInfo().username,
    keyFile: at('user'),
    authorizedKeys: at('user.pub'),
    home: at('home'),
  };
}
