import { accessSync, constants } from 'node:fs';
import { SonaeError } from '../../model/error.ts';
import type { Remote } from '../../model/remote.ts';
import { commandFinder } from '../find-command.ts';
import { askByHead, askBySize, wantDigest } from './ask-remote.ts';
import type { CurlSetting } from './curl-config.ts';
import { httpRequest, plainRequest } from './curl-request.ts';
import { commonSettings, idleMsOf, isHttp, type RemoteAccess } from './curl-settings.ts';
import { homeOfCurl, runCurl } from './run-curl.ts';
import { toldSha256 } from './told-digest.ts';

const asBytes: CurlSetting = ['header', 'Content-Type: application/octet-stream'];

/**
 * A remote that is talked to through the curl of this machine: its proxies, its authorities, its known_hosts, and sftp and
 * ftps beside https (docs/adr/0006).
 */
export function openCurlRemote(access: RemoteAccess): Remote {
  const curl = findCurl();
  if (access.protocol === 'sftp') refuseUnknownHosts();
  const usual = commonSettings(access);
  const ofHttp = isHttp(access);
  const request = (ofHttp ? httpRequest : plainRequest)((settings, options) =>
    runCurl(curl, [...usual, ...settings], {
      ...options,
      idleMs: idleMsOf(access),
      signal: access.signal,
    }),
  );
  const ask = ofHttp ? askByHead : askBySize;
  return {
    resumesInside: !ofHttp,
    ask: (address) => ask(request, address),
    async put(address, file, { from, onPosition }) {
      const settings: CurlSetting[] = [
        ['url', address],
        ['upload-file', '/dev/fd/3'],
        ...(ofHttp ? [wantDigest, asBytes] : [['ftp-create-dirs'] as const]),
        ...(from > 0 ? [['continue-at', from] as const] : []),
      ];
      const answer = await request(settings, { file, onPosition });
      if (answer.state !== 'done') return answer;
      const sha256 = answer.head && toldSha256(answer.head);
      return { state: 'taken', ...(sha256 === undefined ? {} : { sha256 }) };
    },
    async fetch(address, most, take) {
      let taken = 0;
      const onBody = (bytes: Buffer) => {
        const piece = bytes.subarray(0, most + 1 - taken);
        taken += piece.length;
        take(piece);
        return taken <= most;
      };
      const answer = await request([['url', address]], { onBody });
      return answer.state === 'done' ? { state: 'fetched' } : answer;
    },
    async makeFolder(address) {
      const settings = [
        ['url', address],
        ['request', 'MKCOL'],
      ] as const;
      const answer = await request(settings, {});
      return answer.state === 'done' ? { state: 'taken' } : answer;
    },
  };
}

function findCurl(): string {
  const curl = commandFinder()('curl');
  if (curl !== undefined) return curl;
  throw new SonaeError('E_NO_TOOL', 'sending needs curl, which is not installed', {
    hint: 'Install it: apt-get install curl, dnf install curl, or zypper install curl.',
  });
}

// Where the file is not there at all, curl before 8.13 talks to whoever answers (its issue 16197; seen with 7.88).
function refuseUnknownHosts(): void {
  const path = `${homeOfCurl()}/.ssh/known_hosts`;
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new SonaeError('E_REFUSED', `sftp needs the host key of the remote in ${path}`, {
      cause,
      hint: 'ssh-keyscan -p PORT HOST prints it. Compare it with what the centre tells you, then add the line to that file.',
    });
  }
}
