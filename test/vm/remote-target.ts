import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUpSshServer } from '../builders/ssh-server.ts';
import { targetHost } from './machine.ts';

/** Where Debian's kdump is configured. */
export const configFile = '/etc/default/kdump-tools';

/** The key of `SSH_KEY` in the guest: not the one that is there unless told. */
export const remoteKey = '/root/.ssh/id_kdump';

/** A place on this machine to which guests dump over ssh. */
export interface RemoteTarget {
  /** What serves one connection: the real sshd, as inetd would start it. */
  readonly sshd: string;
  /** As `ssh` takes it. */
  readonly login: string;
  readonly folder: string;
  /** Shell lines that configure a guest for it, as a person would; needed once. */
  readonly setUp: string;
}

/** Makes keys and folder of a target below `work`; root. */
export function makeRemoteTarget(work: string): RemoteTarget {
  mkdirSync(work, { recursive: true });
  const setup = setUpSshServer(work, 22);
  const login = `${setup.user}@${targetHost}`;
  return {
    sshd: `${setup.sshd} -i -f ${setup.configFile} -E ${setup.logFile}`,
    login,
    folder: setup.inbox,
    setUp: `
mkdir -p -m 700 /root/.ssh
${fileLines(remoteKey, setup.keyFile)}
${fileLines('/root/restricted-key', makeRestrictedKey(work, setup.authorizedKeys))}
sed -i 's|^KDUMP_COREDIR=.*|KDUMP_COREDIR="${setup.inbox}"|' ${configFile}
printf '%s\\n' 'SSH="${login}"' 'SSH_KEY="${remoteKey}"' >>${configFile}
# Who takes the key there also makes the host known, under the hash of its name.
for try in $(seq 60); do
  ssh -n -o BatchMode=yes -o StrictHostKeyChecking=accept-new -i ${remoteKey} ${login} true && break
  sleep 2
done
`,
  };
}

// It logs in as the user "nobody" would, who owns nothing: root may write everywhere.
function makeRestrictedKey(work: string, authorizedKeys: string): string {
  const key = join(work, 'restricted');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const command =
    'setpriv --reuid=65534 --regid=65534 --clear-groups sh -c \\"$SSH_ORIGINAL_COMMAND\\"';
  appendFileSync(authorizedKeys, `command="${command}" ${readFileSync(`${key}.pub`, 'utf8')}`);
  return key;
}

function fileLines(path: string, from: string): string {
  return `cat >${path} <<'END'\n${readFileSync(from, 'utf8')}END\nchmod 600 ${path}`;
}
