import { readPassphrase } from '../encrypt/key-texts.ts';
import type { RemoteAccess } from '../host/curl-settings.ts';
import { readKeyFile, refuseOpenSecret } from '../host/key-file.ts';
import type { Reporter } from '../model/event.ts';
import { originOfTarget, type Target } from '../upload/target.ts';
import type { UploadConfig } from './config-shape.ts';

/** What of the settings goes to a target. */
export type Credentials = Pick<RemoteAccess, 'user' | 'password' | 'token' | 'keyFile' | 'caFile'>;

/** Reads the credentials of the settings, for the host that they are for and for no other. */
export async function credentialsFor(
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
