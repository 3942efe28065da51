import { isRemote, targetPeer } from '../configuration/dump-target.ts';
import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { hostKeys } from '../parse/known-hosts.ts';
import { newerThanInitrd, textIn, withListing } from './capture-initrd.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor } from './fixes.ts';

const knownHosts = ['/root/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];

/** Section 5, further: does the capture find and trust the machine that it sends the dump to? */
export const initrdNetworkChecks: readonly Check[] = [
  {
    id: 'capture-initrd-network-fresh',
    group: 'initrd',
    weight: 'high',
    title: "the network set-up in the capture initrd is today's",
    why: 'For ssh and nfs targets kdumpctl never notices a new network card, bond or VLAN; the capture waits for an interface that is gone.',
    reads: 'network profiles, MAC addresses, capture initrd',
    isStatic: true,
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!isRemote(machine.settings)) return skip('the target is local');
      if (machine.settings.tooling === 'debian')
        return skip('the capture takes its network from the root file system');
      const profiles = [...machine.facts.files.keys()].filter((path) =>
        /system-connections|ifcfg-|netplan|network\/interfaces/.test(path),
      );
      const newer = newerThanInitrd(machine, profiles)?.newer ?? [];
      const macs = [...machine.facts.files].flatMap(([path, fact]) =>
        /\/net\/(?!lo\/)[^/]+\/address$/.test(path) && fact.state === 'known'
          ? [fact.value.text.trim().toLowerCase()]
          : [],
      );
      return withListing(machine, (listing, from) => {
        const text = (textIn(listing, /cmdline\.d|system-connections|ifcfg/) ?? '').toLowerCase();
        const pinned = [...new Set(text.match(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g) ?? [])];
        const gone = pinned.filter((mac) => !macs.includes(mac));
        if (macs.length > 0 && gone.length > 0)
          return fail(
            `the capture initrd waits for a network card that is not here: ${gone.join(', ')}`,
            seen(from, gone.join(', ')),
            seen('/sys/class/net', macs.join(', ')),
          );
        if (newer.length > 0)
          return warn(
            `network profiles changed since the capture initrd was built: ${newer.join(', ')}`,
            ...newer.map((path) => seen(path, 'newer')),
          );
        return pass(
          'no profile is newer, no card is missing',
          seen(from, pinned.join(', ') || 'no address pinned'),
        );
      });
    },
  },
  {
    id: 'capture-initrd-peer-identity',
    group: 'initrd',
    weight: 'critical',
    title: "the capture knows the target's present host key",
    why: 'The capture insists on the key that was copied into the initrd, on Debian on one that root knows: after a change of keys the dump is refused.',
    reads: 'known_hosts in the initrd (not on Debian) and in /root/.ssh, /etc/ssh',
    isStatic: true,
    fix: fixFor('propagate'),
    evaluate(machine) {
      const { target, tooling } = machine.settings;
      if (target.kind !== 'ssh') return skip('the target is not ssh');
      const { host, port = '22' } = targetPeer(target);
      const name = port === '22' ? host : `[${host}]:${port}`;
      const now = knownHosts.flatMap((path) => hostKeys(textOf(machine.facts, path) ?? '', name));
      if (tooling === 'debian') return judgeKnown(machine, name, now);
      if (acceptsAnyHost(machine.settings.values))
        return warn(
          `any machine that calls itself ${host} would get the dump`,
          seen(machine.settings.configPath, 'the host key is "*"'),
        );
      return withListing(machine, (listing, from) => {
        const old = hostKeys(textIn(listing, /known_hosts/) ?? '', name);
        if (old.length === 0)
          return fail(
            `the capture initrd has no host key of ${name}`,
            seen(from, 'no known_hosts line'),
          );
        if (now.length === 0) return unknown(`no host key of ${name} is known today`);
        const common = old.filter((key) => now.includes(key));
        return common.length === 0
          ? fail(
              `the host key of ${name} in the capture initrd is not today's`,
              seen(from, old[0]?.slice(0, 60) ?? ''),
              seen('/root/.ssh/known_hosts', now[0]?.slice(0, 60) ?? ''),
            )
          : pass('it knows a present key', seen(from, common[0]?.slice(0, 60) ?? ''));
      });
    },
  },
  {
    id: 'capture-initrd-pinned-ip',
    group: 'initrd',
    weight: 'high',
    title: "the address pinned in the capture initrd is still the target's",
    why: 'The address is looked up when the initrd is built; after the target moved, the capture waits ten minutes and gives up.',
    reads: 'kdump_remote_ip= in the initrd, /etc/hosts',
    fix: fixFor('rebuild'),
    evaluate(machine) {
      if (!isRemote(machine.settings)) return skip('the target is local');
      const { host } = targetPeer(machine.settings.target);
      return withListing(machine, (listing, from) => {
        const pinned = /kdump_remote_ip=(\S+)/.exec(
          textIn(listing, /cmdline\.d|kdumpip/) ?? '',
        )?.[1];
        if (pinned === undefined) return skip('no address is pinned');
        const line = (textOf(machine.facts, '/etc/hosts') ?? '')
          .split('\n')
          .find((each) => each.replace(/#.*/, '').trim().split(/\s+/).slice(1).includes(host));
        const now = /^\d+\.\d+\.\d+\.\d+$|:/.test(host) ? host : line?.trim().split(/\s+/)[0];
        if (now === undefined)
          return unknown(
            `${pinned} is pinned; whether ${host} still has it only a name lookup tells (getent hosts ${host})`,
            seen(from, pinned),
          );
        return now === pinned
          ? pass(`${host} is still ${pinned}`, seen(from, pinned))
          : fail(
              `the capture initrd goes to ${pinned}, ${host} is ${now} now`,
              seen(from, pinned),
              seen('/etc/hosts', now),
            );
      });
    },
  },
];

// Debian's capture runs in the root file system: its ssh reads root's known_hosts, and would ask a person who is not there.
function judgeKnown(machine: Machine, name: string, keys: readonly string[]) {
  const unread = knownHosts
    .map((path) => machine.facts.files.get(path))
    .find((fact) => fact?.state === 'unreadable');
  if (keys.length > 0)
    return pass(`a host key of ${name} is known`, seen(knownHosts.join(', '), keys.length));
  if (unread) return notKnown(unread, 'the known host keys');
  return fail(
    `no host key of ${name} is known: ssh asks whether to go on, and nobody answers`,
    seen(knownHosts.join(', '), `no line of ${name}`),
  );
}

// kdump(5) of SUSE, under its older and its newer name.
function acceptsAnyHost(values: ReadonlyMap<string, string>): boolean {
  return ['KDUMP_SSH_HOST_KEY', 'KDUMP_HOST_KEY'].some((name) => values.get(name) === '*');
}
