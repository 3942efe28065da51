import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCurlRemote } from '../../src/host/curl/curl-remote.ts';
import type { RemoteAccess } from '../../src/host/curl/curl-settings.ts';
import { openToSend } from '../../src/host/input-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const never = new AbortController().signal;

/** A file to send, with a name that needs quoting. */
export const content: Buffer = randomBytes(3_000_000);
export const sha256: string = createHash('sha256').update(content).digest('hex');

/** Access to a remote, of http where nothing else is said. */
export const remoteOf = (access: Partial<RemoteAccess> = {}) =>
  openCurlRemote({ protocol: 'http', signal: never, ...access });

/** Asks a remote for an address. */
export const ask = (address: string, access: Partial<RemoteAccess> = {}) =>
  remoteOf(access).ask(address);

/** Puts `content` there. */
export async function put(
  address: string,
  access: Partial<RemoteAccess> = {},
  from = 0,
  onPosition: (bytes: number) => void = () => undefined,
) {
  const file = join(temporaryFolder('put'), 'it\'s a "file".bin');
  writeFileSync(file, content);
  const opened = await openToSend(file);
  try {
    return await remoteOf(access).put(address, opened, { from, onPosition });
  } finally {
    await opened.close();
  }
}
