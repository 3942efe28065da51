import type { BrokenState } from './broken-states.ts';
import { targetHost } from './machine.ts';
import { configFile, remoteKey } from './remote-target.ts';

const knownHosts = '/root/.ssh/known_hosts';
const keep = `cp -p ${configFile} /root/kept-config; cp -p ${knownHosts} /root/kept-hosts`;
const restore = `mv /root/kept-config ${configFile}; mv /root/kept-hosts ${knownHosts}`;

// The capture would trust the host key there too: what is seen is the way alone.
const moveTarget = (host: string) =>
  `${keep}; sed -i 's/^SSH=.*/SSH="root@${host}"/' ${configFile}; ssh-keygen -F ${targetHost} | sed -n 's/^|1|[^ ]* /${host} /p' >>${knownHosts}`;

const swapKey = (other: string) => `mv ${remoteKey} /root/kept-key; ${other}`;
const ownKey = `mv /root/kept-key ${remoteKey}`;

/** Ways in which a target on another machine is lost; seen by asking it. */
export const remoteStates: readonly BrokenState[] = [
  {
    name: 'remote-key-missing',
    story: 'the key of SSH_KEY was removed',
    breaks: swapKey(':'),
    mends: ownKey,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-key-refused',
    story: 'the key was made anew and not propagated',
    breaks: swapKey(`ssh-keygen -q -t ed25519 -N '' -f ${remoteKey}`),
    mends: `rm ${remoteKey}.pub; ${ownKey}`,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-host-key-changed',
    story: 'the target was installed anew: its host key is another one',
    breaks: `${keep}; ssh-keygen -q -t ed25519 -N '' -f /root/other; echo "${targetHost} $(cat /root/other.pub)" >${knownHosts}`,
    mends: `${restore}; rm /root/other /root/other.pub`,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-host-unknown',
    story: 'nobody ever logged in to the target: its host key is not known',
    breaks: `${keep}; rm ${knownHosts}`,
    mends: restore,
    seenBy: ['capture-initrd-peer-identity', 'target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-sshd-stopped',
    story: 'nobody listens on port 22 of the target',
    breaks: moveTarget('10.0.2.2'),
    mends: restore,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-host-off',
    story: 'the target is switched off: nobody has its address',
    breaks: moveTarget('10.0.2.77'),
    mends: restore,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-network-down',
    story: 'the network card of the guest is down',
    breaks: 'ip link set eth0 down',
    mends: 'ip link set eth0 up; sleep 5',
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
  {
    name: 'remote-folder-closed',
    story: 'the user on the target may not write to the folder',
    breaks: swapKey(`cp -p /root/restricted-key ${remoteKey}`),
    mends: ownKey,
    seenBy: ['target-ssh-works'],
    verdicts: ['not ready'],
  },
];
