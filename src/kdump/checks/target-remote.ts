import { type Check, fail, pass, seen, skip, unknown, warn } from '../check.ts';
import { isRemote } from '../dump-target.ts';
import { textOf } from '../facts.ts';
import { editConfig, fixFor } from '../fixes.ts';
import type { Machine } from '../machine.ts';

const where = (machine: Machine) => {
  const { kind, where: place, path } = machine.settings.target;
  return seen(machine.settings.configPath, `${kind} ${place ?? ''} ${path}`.replaceAll('  ', ' '));
};

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
      const mount = machine.mounts.find(({ source }) => source === target.where);
      if (mount?.options.some((option) => /^sec=krb5/.test(option)))
        return fail(
          'the export wants Kerberos: there is no key in the capture kernel',
          seen(mount.point, mount.options.join(',')),
        );
      const { rehearsal } = machine;
      if (rehearsal.kind === 'proved' && !rehearsal.isExpired && rehearsal.changed.length === 0)
        return pass(
          `a rehearsed dump was written there on ${rehearsal.certificate.verifiedAt.slice(0, 10)}`,
          where(machine),
        );
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
    title: 'the key for the ssh target is there',
    why: 'Without its key the capture cannot log in.',
    reads: 'sshkey, SSH_KEY',
    fix: fixFor('propagate'),
    evaluate(machine) {
      if (machine.settings.target.kind !== 'ssh') return skip('the target is not ssh');
      const key =
        machine.settings.conf?.values.get('sshkey') ??
        machine.settings.values.get('SSH_KEY') ??
        '/root/.ssh/kdump_id_rsa';
      const stat = machine.facts.stats.get(key);
      if (stat?.state === 'absent') return fail(`${key} is not there`, seen(key, 'absent'));
      if (stat?.state !== 'known') return unknown(`${key} could not be looked at: run as root`);
      if ((stat.value.mode & 0o077) !== 0)
        return fail(
          `${key} can be read by others: ssh refuses it`,
          seen(key, (stat.value.mode & 0o777).toString(8)),
        );
      return pass(
        'the key is there; whether the target takes it shows a rehearsal',
        seen(key, 'there'),
      );
    },
  },
  {
    id: 'target-ssh-alias',
    group: 'target',
    weight: 'medium',
    title: 'the ssh target is a host, not an alias',
    why: 'kdump rejects names that ssh_config changes.',
    reads: '/root/.ssh/config, target',
    isStatic: true,
    fix: editConfig('write the full host name'),
    evaluate(machine) {
      const { target } = machine.settings;
      if (target.kind !== 'ssh') return skip('the target is not ssh');
      const host = target.where?.replace(/^.*@/, '') ?? '';
      const text = textOf(machine.facts, '/root/.ssh/config') ?? '';
      const isAlias = text
        .split('\n')
        .some(
          (line) => /^\s*Host\s/i.test(line) && line.trim().split(/\s+/).slice(1).includes(host),
        );
      if (!target.where?.includes('@'))
        return warn('the target is not written user@host', where(machine));
      return isAlias
        ? warn(`${host} is an alias of ssh_config`, seen('/root/.ssh/config', `Host ${host}`))
        : pass(`${host} is no alias`, where(machine));
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
    fix: () => ['set KDUMP_NET_TIMEOUT="0" if the target does not answer ping'],
    evaluate(machine) {
      if (machine.settings.tooling !== 'suse' || machine.settings.target.kind === 'local')
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
