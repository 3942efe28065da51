import { readPassphrase } from '../../encrypt/key-texts.ts';
import { openCurlRemote } from '../../host/curl/curl-remote.ts';
import type { RemoteAccess } from '../../host/curl/curl-settings.ts';
import { readKeyFile, refuseOpenSecret } from '../../host/key-file.ts';
import type { Reporter } from '../../model/event.ts';
import type { Sending } from '../../upload/sending.ts';
import { originOfTarget, type Target } from '../../upload/target.ts';
import type { Context } from '../context.ts';
import type { UploadConfig } from '../settings/config-shape.ts';
import { rateFrom, type UploadFlags } from './upload-options.ts';

/** The other side, whether it is told who we are, and whose word we take for who it is. */
export interface OpenRemote extends Pick<Sending, 'remote' | 'hasCredentials' | 'caFile'> {}

/** Gets everything ready to talk to a target, and throws for what is missing here: curl, a secret, a host key. Nobody is asked yet. */
export async function openRemote(
  { reporter, signal }: Context,
  target: Target,
  config: UploadConfig,
  flags: UploadFlags,
): Promise<OpenRemote> {
  const credentials = await credentialsFor(target, config, reporter);
  const rate = rateFrom(flags);
  const remote = openCurlRemote({
    protocol: target.protocol,
    ...credentials,
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
    signal,
  });
  const { user, token, caFile } = credentials;
  return { remote, hasCredentials: user !== undefined || token !== undefined, caFile };
}

type Credentials = Pick<RemoteAccess, 'user' | 'password' | 'token' | 'keyFile' | 'caFile'>;

// For the host that they are for and for no other.
async function credentialsFor(
  target: Target,
  config: UploadConfig,
  reporter: Reporter,
): Promise<Credentials> {
  const { to, user, passwordFile, tokenFile, keyFile, caFile } = config;
  const authority = caFile === undefined ? {} : { caFile };
  const hasAny = [user, passwordFile, tokenFile, keyFile].some((one) => one !== undefined);
  if (to === undefined || !hasAny) return authority;
  const origin = originOfTarget(to);
  if (origin !== target.origin) {
    const message = `the credentials of the settings are for ${origin} and are not sent to ${target.origin}`;
    reporter.emit({ type: 'warning', message });
    return authority;
  }
  if (keyFile !== undefined) await refuseOpenSecret(keyFile);
  return {
    ...authority,
    ...(user === undefined ? {} : { user }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(passwordFile === undefined ? {} : { password: await firstLine(passwordFile) }),
    ...(tokenFile === undefined ? {} : { token: await firstLine(tokenFile) }),
  };
}

async function firstLine(path: string): Promise<string> {
  await refuseOpenSecret(path);
  return readPassphrase(await readKeyFile(path), path).toString('utf8');
}
