import { isRemote, mountOfTarget, targetPeer, targetText } from '../configuration/dump-target.ts';
import { aliasOf, sshKeys } from '../configuration/ssh-login.ts';
import type { Machine } from '../machine/machine.ts';
import { type Check, fail, pass, seen, skip, unknown, warn } from './check.ts';
import { editConfig, fixFor } from './fixes.ts';
import { settingFix } from './setting-fix.ts';
import { judgeAnswer } from './target-answer.ts';

const where = ({ settings }: Machine) => seen(settings.configPath, targetText(settings));

// The day on which a rehearsal proved the target, as long as that counts.
function provedOn({ rehearsal }: Machine): string | undefined {
  return rehearsal.kind === 'proved' && !rehearsal.isExpired && rehearsal.changed.length === 0
    ? rehearsal.certificate.verifiedAt.slice(0, 10)
    : undefined;
}

/** Section 6, further: is the way to another machine open? */
export const targetRemoteChecks: readonly Check[] = [
  {
    id: 'target-nfs-writable',
    group: 'target',
    weight: 'critical',
    title: 'the NFS target can be written by root',
    why: 'With root_squash or Kerberos the capture kernel is refused.',
    reads: 'target, mount options',
    fix: () => ['export with no_root_squash and sec=sys', 'sonae check-kdump rehearse'],
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'nfs') return skip('the target is not NFS');
      const mount = mountOfTarget(target, machine.mounts)?.mount;
      if (mount?.options.some((option) => /^sec=krb5/.test(option)))
        return fail(
          'the export wants Kerberos: there is no key in the capture kernel',
          seen(mount.point, mount.options.join(',')),
        );
      const proved = provedOn(machine);
      if (proved !== undefined)
        return pass(`a rehearsed dump was written there on ${proved}`, where(machine));
      return unknown(
        'whether root may write there shows only when it is tried: rehearse',
        where(machine),
      );
    },
  },
  {
    id: 'target-ssh-works',
    group: 'target',
    weight: 'critical',
    title: 'the capture can log in to the ssh target',
    why: 'Without a key that the target takes, or a folder that its user may write to, nothing is saved.',
    reads: 'sshkey, SSH_KEY, KDUMP_SSH_IDENTITY; with --ask-target the target itself',
    fix: fixFor('propagate'),
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'ssh') return skip('the target is not ssh');
      if (target.where?.includes(':***@'))
        return pass('it logs in with the password of the configuration', where(machine));
      const keys = sshKeys(machine.settings);
      const stats = keys.map((key) => machine.facts.stats.get(key));
      const stat = stats.find((each) => each?.state === 'known');
      if (stat?.state !== 'known')
        return stats.every((each) => each?.state === 'absent')
          ? fail(`there is no key: ${keys.join(', ')}`, seen(keys.join(', '), 'absent'))
          : unknown(`${keys.join(', ')} could not be looked at: run as root`);
      const key = stat.from;
      if ((stat.value.mode & 0o077) !== 0)
        return {
          ...fail(
            `${key} can be read by others: ssh refuses it`,
            seen(key, (stat.value.mode & 0o777).toString(8)),
          ),
          fix: [`chmod 600 ${key}`],
        };
      const answer = machine.facts.targetAnswer;
      if (answer !== undefined) return judgeAnswer(machine, answer, key);
      const proved = provedOn(machine);
      if (proved !== undefined)
        return pass(`a rehearsed dump was sent with it on ${proved}`, seen(key, 'there'));
      const first = keys[0] ?? '';
      return key === first || machine.settings.tooling === 'suse'
        ? pass(
            'the key is there; whether the target takes it shows --ask-target, or a rehearsal',
            seen(key, 'there'),
          )
        : warn(`${first} is not there: ${key} is used instead`, seen(first, 'absent'));
    },
  },
  {
    id: 'target-ssh-alias',
    group: 'target',
    weight: 'medium',
    title: 'the ssh target is a host, not an alias',
    why: 'kdumpctl rejects names that ssh_config changes.',
    reads: '/root/.ssh/config, target',
    isStatic: true,
    fix: editConfig('write the full host name'),
    evaluate(machine) {
      const { target, tooling } = machine.settings;
      if (target.kind !== 'ssh') return skip('the target is not ssh');
      if (tooling !== 'redhat') return skip('only kdumpctl rejects an alias');
      const { host } = targetPeer(target);
      if (!target.where?.includes('@'))
        return warn('the target is not written user@host', where(machine));
      const real = aliasOf(machine.facts, host);
      return real === undefined
        ? pass(`${host} is no alias`, where(machine))
        : warn(`${host} is an alias of ${real}`, seen('/root/.ssh/config', `HostName ${real}`));
    },
  },
  {
    id: 'target-folder-name',
    group: 'target',
    weight: 'medium',
    title: 'the folder of a dump on another machine is named after this one',
    why: "Debian's kdump names it after the last address that it sees, and may look before the network is up (allow-hotplug in /etc/network/interfaces): then it is 127.0.0.1 for every machine, and two that panic in the same minute write to the same file.",
    reads: 'HOSTTAG',
    isStatic: true,
    fix: settingFix({ debian: 'HOSTTAG="hostname"' }),
    evaluate(machine) {
      const { settings } = machine;
      if (!isRemote(settings)) return skip('the target is local');
      if (settings.tooling !== 'debian') return skip('only on Debian it can be another name');
      const tag = settings.values.get('HOSTTAG') || 'ip';
      const evidence = seen(settings.configPath, `HOSTTAG=${tag}`);
      return tag === 'hostname'
        ? pass('it has the name of the host', evidence)
        : warn(
            'the folder of a dump is named after an address, 127.0.0.1 where the network comes late',
            evidence,
          );
    },
  },
  {
    id: 'target-net-path',
    group: 'target',
    weight: 'medium',
    title: 'the way to a remote target is simple',
    why: 'Bonds, VLANs, bridges and teams must all come up in the capture kernel.',
    reads: '/sys/class/net',
    fix: () => ['sonae check-kdump rehearse'],
    evaluate(machine) {
      if (!isRemote(machine.settings)) return skip('the target is local');
      const names = machine.facts.folders.get('/sys/class/net');
      if (names?.state !== 'known') return unknown('the network interfaces are not told here');
      const odd = names.value.filter(
        (name) => /^(?:bond|team|br|ovs|vlan)\d*|\.\d+$/.test(name) && name !== 'bonding_masters',
      );
      return odd.length > 0
        ? warn(
            `the way may lead over ${odd.slice(0, 5).join(', ')}: only a rehearsal proves it`,
            seen('/sys/class/net', odd.join(' ')),
          )
        : pass('only plain interfaces', seen('/sys/class/net', names.value.join(' ')));
    },
  },
  {
    id: 'target-ping',
    group: 'target',
    weight: 'low',
    title: 'the capture does not wait for a ping that is filtered',
    why: 'SUSE pings the target first; a firewall that drops it costs the time-out.',
    reads: 'KDUMP_NET_TIMEOUT',
    fix: settingFix({ suse: 'KDUMP_NET_TIMEOUT="0"' }),
    evaluate(machine) {
      const { tooling, target } = machine.settings;
      // Shares are mounted without one.
      if (tooling !== 'suse' || !['ssh', 'ftp'].includes(target.kind))
        return skip('no ping is used');
      const value = machine.settings.values.get('KDUMP_NET_TIMEOUT') ?? '30';
      return value === '0'
        ? pass('no ping is waited for', seen('/etc/sysconfig/kdump', 'KDUMP_NET_TIMEOUT=0'))
        : warn(
            `the capture waits up to ${value} s for a ping`,
            seen('/etc/sysconfig/kdump', `KDUMP_NET_TIMEOUT=${value}`),
          );
    },
  },
];
