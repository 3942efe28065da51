import type { CurlSetting } from './curl-config.ts';

/** As whom, and how, a remote is talked to. */
export interface RemoteAccess {
  readonly protocol: 'https' | 'http' | 'sftp' | 'ftps';
  readonly user?: string;
  readonly password?: string;
  /** Bearer token, for https. */
  readonly token?: string;
  /** Path of a private key, for sftp. */
  readonly keyFile?: string;
  /** Path of certificates to trust. */
  readonly caFile?: string;
  readonly bytesPerSecond?: number;
  /** How long nothing may move before the remote counts as silent. */
  readonly stallSeconds?: number;
  readonly signal: AbortSignal;
}

const connectSeconds = 30;
// Some remotes look for viruses in a gigabyte before they answer.
const usualStallSeconds = 180;

/** When curl itself hangs: it should have ended by its own limits long before. */
export function idleMsOf({ stallSeconds = usualStallSeconds }: RemoteAccess): number {
  return stallSeconds * 3000;
}

/** Whether answers are those of HTTP. */
export function isHttp({ protocol }: Pick<RemoteAccess, 'protocol'>): boolean {
  return protocol === 'https' || protocol === 'http';
}

/** What curl is told for every request. Only options that curl 7.61 knows; certificates and host keys are always verified. */
export function commonSettings(access: RemoteAccess): readonly CurlSetting[] {
  return [
    ['silent'],
    ['show-error'],
    ['globoff'],
    ['proto', `=${access.protocol}`],
    ['connect-timeout', connectSeconds],
    ['speed-limit', 1],
    ['speed-time', access.stallSeconds ?? usualStallSeconds],
    // With 1.1 a remote can refuse a gigabyte before it is sent.
    ...(isHttp(access) ? [['http1.1'] as const, ['suppress-connect-headers'] as const] : []),
    // A proxy would carry in the clear what stays on this machine.
    ...(access.protocol === 'http' ? [['noproxy', '*'] as const] : []),
    ...(access.caFile === undefined ? [] : [['cacert', access.caFile] as const]),
    ...(access.bytesPerSecond === undefined
      ? []
      : [['limit-rate', String(access.bytesPerSecond)] as const]),
    ...credentials(access),
  ];
}

function credentials(access: RemoteAccess): readonly CurlSetting[] {
  const { protocol, user, password = '', token, keyFile } = access;
  return [
    // With the colon always: without one, curl asks for a password.
    ...(user === undefined ? [] : [['user', `${user}:${password}`] as const]),
    ...(token === undefined || !isHttp(access)
      ? []
      : [['header', `Authorization: Bearer ${token}`] as const]),
    ...(keyFile === undefined || protocol !== 'sftp' ? [] : [['key', keyFile] as const]),
  ];
}
