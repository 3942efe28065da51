import type { KdumpConf } from '../parse/kdump-conf.ts';

/** Where a dump will go. */
export interface DumpTarget {
  readonly kind:
    | 'local'
    | 'device'
    | 'raw'
    | 'nfs'
    | 'ssh'
    | 'ftp'
    | 'cifs'
    | 'virtiofs'
    | 'custom'
    | 'unknown';
  /** Folder on the target. */
  readonly path: string;
  /** Device, `host:/export`, `user@host` or URL; undefined for the mounted file system of `path`. */
  readonly where: string | undefined;
}

/** The target of /etc/kdump.conf: a line of its own, a mount for dracut, or the folder alone. */
export function redhatTarget({ values, target }: KdumpConf): DumpTarget {
  const path = values.get('path') ?? '/var/crash';
  const mount = /--mount\s+["']?(\S+)\s+\S+\s+(\S+)/.exec(values.get('dracut_args') ?? '');
  if (mount && !target) {
    const kind = mount[2]?.startsWith('nfs') ? 'nfs' : 'device';
    return { kind, path, where: mount[1] };
  }
  if (!target) return { kind: 'local', path, where: undefined };
  const kinds: Readonly<Record<string, DumpTarget['kind']>> = {
    nfs: 'nfs',
    nfs4: 'nfs',
    ssh: 'ssh',
    raw: 'raw',
    virtiofs: 'virtiofs',
  };
  return { kind: kinds[target.kind] ?? 'device', path, where: target.value };
}

/** The target of SUSE: a URL or a folder in KDUMP_SAVEDIR, unless a program of their own transfers the dump. */
export function urlTarget(savedir: string, transfer: string): DumpTarget {
  if (transfer !== '') return { kind: 'custom', path: '', where: transfer };
  const url = /^([a-z]+):\/\/([^/]*)(\/.*)?$/i.exec(savedir.split(/\s+/)[0] ?? '');
  if (!url) return { kind: 'local', path: savedir, where: undefined };
  const [, scheme = '', host = '', path = '/'] = url;
  const kinds: Readonly<Record<string, DumpTarget['kind']>> = {
    nfs: 'nfs',
    ssh: 'ssh',
    sftp: 'ssh',
    scp: 'ssh',
    ftp: 'ftp',
    cifs: 'cifs',
    smb: 'cifs',
  };
  const kind = kinds[scheme] ?? 'custom';
  if (scheme === 'file') return { kind: 'local', path, where: undefined };
  // kdump-save mounts the whole path of such a URL and writes below that, whatever is exported.
  if (kind === 'nfs') return { kind, path: '/', where: `${host}:${path}` };
  if (kind === 'cifs') return { kind, path: '/', where: `//${host.replace(/^.*@/, '')}${path}` };
  // A password may stand in the URL: it must not reach a report.
  return { kind, path, where: host.replace(/:[^@]*@/, ':***@') };
}

/**
 * kdump-config (savecore, since 1.6.8) saves to each of FTP, SSH and NFS that is set, in that order, and to the machine
 * itself where none is. The first here is the one about which most can be known: an ssh target can be asked, an export mounted.
 */
export function debianTargets(
  value: (name: string, standard?: string) => string,
): readonly [DumpTarget, ...DumpTarget[]] {
  const path = value('KDUMP_COREDIR', '/var/crash');
  const [ssh, nfs, ftp] = [value('SSH'), value('NFS'), value('FTP')];
  const [host = '', folder = '/'] = ftp.split(/:(.*)/s);
  const targets: readonly DumpTarget[] = [
    ...(ssh === '' ? [] : [{ kind: 'ssh', path, where: ssh } as const]),
    // It mounts the export at KDUMP_COREDIR and writes below that; for FTP it does not look at KDUMP_COREDIR.
    ...(nfs === '' ? [] : [{ kind: 'nfs', path: '/', where: nfs } as const]),
    ...(ftp === '' ? [] : [{ kind: 'ftp', path: folder, where: host } as const]),
  ];
  const [first, ...others] = targets;
  return first ? [first, ...others] : [{ kind: 'local', path, where: undefined }];
}
