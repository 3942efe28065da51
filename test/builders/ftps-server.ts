import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, listening } from './free-port.ts';

/** An ftps server of our own that takes files from anybody. */
export interface FtpsServer {
  readonly port: number;
  /** Folder that it may be sent to, `in` of the server. */
  readonly inbox: string;
  close(): Promise<void>;
}

/** Starts vsftpd, as root, on a free port of 127.0.0.1, with TLS from the first byte; everything is below `work`. */
export async function startFtpsServer(
  work: string,
  { key, cert }: { readonly key: string; readonly cert: string },
): Promise<FtpsServer> {
  const at = (name: string) => join(work, name);
  const port = await freePort();
  writeFileSync(at('server.pem'), key + cert, { mode: 0o600 });
  // Not the root itself: vsftpd refuses one that can be written to.
  for (const name of ['ftp', 'ftp/in', 'empty']) mkdirSync(at(name), { mode: 0o755 });
  const ftp = /^ftp:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  chownSync(at('ftp/in'), Number(ftp?.[1]), Number(ftp?.[2]));
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    seccomp_sandbox: 'NO', // kills it on some kernels
    secure_chroot_dir: at('empty'),
    anonymous_enable: 'YES',
    anon_root: at('ftp'),
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_world_readable_only: 'NO',
    anon_umask: '022',
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    implicit_ssl: 'YES',
    require_ssl_reuse: 'NO',
    rsa_cert_file: at('server.pem'),
    rsa_private_key_file: at('server.pem'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(at('vsftpd.conf'), lines.join(''));
  const child = spawn('vsftpd', [at('vsftpd.conf')], { stdio: 'ignore' });
  await listening(port);
  return {
    port,
    inbox: at('ftp/in'),
    close: () =>
      new Promise((resolve) => {
        child.on('exit', () => resolve());
        child.kill();
      }),
  };
}
