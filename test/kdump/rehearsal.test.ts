import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { readSettings } from '../../src/kdump/configuration/settings.ts';
import { loginKey } from '../../src/kdump/configuration/ssh-login.ts';
import type { RehearsalRecord } from '../../src/kdump/machine/rehearsal-documents.ts';
import { parseCertificate, parseRecord } from '../../src/kdump/machine/rehearsal-documents.ts';
import { makeRecord, planRehearsal, renderPlan } from '../../src/kdump/rehearsal/plan.ts';
import { checkRails } from '../../src/kdump/rehearsal/rails.ts';
import { placeOfDumps, verifyCommands } from '../../src/kdump/rehearsal/reach-dump.ts';
import {
  type ExaminedDump,
  logsBeside,
  newDumps,
  renderCertificate,
  verifyRehearsal,
} from '../../src/kdump/rehearsal/verify.ts';
import type { KdumpReport } from '../../src/kdump/report/report.ts';
import {
  debian12,
  type HealthyMachine,
  kdumpMachineFacts,
  type MachineChange,
  now,
  rhel9,
  sles15,
} from '../builders/kdump-machine.ts';

const started = new Date(now).toISOString();
const path = '/var/crash/202611200001/dump.202611200001';

async function planOn(change: MachineChange = {}, activity = { processes: ['bash'], sessions: 1 }) {
  const facts = await kdumpMachineFacts(rhel9, change);
  const report = checkMachine(facts, 'test');
  return { report, plan: planRehearsal(report, checkRails(facts, report, activity), undefined) };
}

const fingerprint = { kernel: 'k', configuration: 'c', target: 't' };

async function record(change: Partial<RehearsalRecord> = {}): Promise<RehearsalRecord> {
  const report = checkMachine(await kdumpMachineFacts(debian12), 'test');
  const made = makeRecord(report, {
    nonce: 'a-nonce-of-this-rehearsal',
    machineId: 'm',
    bootId: 'first-boot',
    startedAt: started,
    fingerprint,
    dumps: ['/var/crash/old/dump.old'],
    trigger: 'sysrq-c',
    operator: 'admin',
    ticket: 'CHG-17',
  });
  return { ...made, ...change };
}

function dump(change: Partial<ExaminedDump> = {}): ExaminedDump {
  return {
    file: { path, bytes: 200_000_000, mtimeMs: now + 40_000, mode: 0o100600 },
    recognised: {
      format: 'flattened',
      dumpLevel: 31,
      completeness: 'complete',
      pageCompression: 'zlib',
      problems: [],
    },
    sha256: 'ab',
    isNamed: false,
    log: 'Linux version 6.1.0-50-amd64\nsonae-kdump-rehearsal a-nonce-of-this-rehearsal\nKernel panic - not syncing: sysrq triggered crash\n',
    ...change,
  };
}

const afterwards = { bootId: 'second-boot', at: started, fingerprint };
const failing = (certificate: ReturnType<typeof verifyRehearsal>) =>
  certificate.checks
    .filter(({ ok, what }) => !ok && !what.startsWith('note:'))
    .map(({ what }) => what);

describe('the plan of a rehearsal', () => {
  it("has this machine's own values, and every trigger that is only printed", async () => {
    const { report, plan } = await planOn({
      files: { '/sys/class/dmi/id/sys_vendor': 'QEMU\n', '/dev/ipmi0': null },
    });
    const text = renderPlan(plan);
    expect(text).toContain('/var/crash');
    expect(text).toMatch(/Wait 2\d\.\d s to 1 min \d+ s for a dump 532 MiB to 1\.1 GiB/);
    expect(report.outside?.platform).toBe('kvm');
    for (const trigger of [
      'echo c > /proc/sysrq-trigger',
      'ipmitool chassis power diag',
      'virsh inject-nmi DOMAIN',
      'kdumpctl test',
      'rehearse --prepare',
    ])
      expect(text).toContain(trigger);
  });

  const targetOf = (kind: string, where: string, path: string) => ({
    ...{ kind, where, path, freeBytes: undefined },
  });
  it.each<[string, KdumpReport['target'], string, readonly string[]]>([
    [
      'ssh',
      targetOf('ssh', 'kdump@dump01', '/srv/crash'),
      'kdump@dump01:/srv/crash',
      [
        'scp -i /root/.ssh/kdump_id_rsa -pr kdump@dump01:/srv/crash/FOLDER /var/tmp/rehearsed',
        'sonae check-kdump rehearse --verify --dump-folder /var/tmp/rehearsed',
      ],
    ],
    [
      'ssh to a port',
      targetOf('ssh', 'kdump:***@dump01:2222', '/srv/crash/'),
      'kdump:***@dump01:2222:/srv/crash/',
      [
        'scp -i /root/.ssh/kdump_id_rsa -P 2222 -pr kdump@dump01:/srv/crash/FOLDER /var/tmp/rehearsed',
        'sonae check-kdump rehearse --verify --dump-folder /var/tmp/rehearsed',
      ],
    ],
    [
      'NFS',
      targetOf('nfs', 'nas:/export/crash', '/'),
      'nas:/export/crash',
      ['mount -t nfs -o ro nas:/export/crash /mnt', 'sonae check-kdump rehearse --verify'],
    ],
  ])('tells how to bring a dump back from a target over %s', (_, target, place, commands) => {
    expect(placeOfDumps(target)).toBe(place);
    expect(verifyCommands(target, '/root/.ssh/kdump_id_rsa')).toEqual(commands);
  });

  it.each<[string, HealthyMachine, string, string | undefined]>([
    ['RHEL', rhel9, '/etc/kdump.conf|ssh kdump@dump01\nsshkey /root/.ssh/own\n', '/root/.ssh/own'],
    [
      'Debian, with the key that kdump-config makes',
      debian12,
      '/etc/default/kdump-tools|SSH="kdump@dump01"\n',
      '/root/.ssh/kdump_id_rsa',
    ],
    [
      'Debian, with a key of its own',
      debian12,
      '/etc/default/kdump-tools|SSH="kdump@dump01"\nSSH_KEY="/etc/kdump/key of ours"\n',
      '/etc/kdump/key of ours',
    ],
    [
      'SUSE, with the keys of root',
      sles15,
      '/etc/sysconfig/kdump|KDUMP_SAVEDIR="ssh://kdump@dump01/srv"\n',
      undefined,
    ],
  ])(
    'brings it with the key of the capture, not one that may not be there: %s',
    async (_, on, text, key) => {
      const [path = '', config = ''] = text.split('|');
      const settings = readSettings(await kdumpMachineFacts(on, { files: { [path]: config } }));
      expect(loginKey(settings)).toBe(key);
      const [command] = verifyCommands(targetOf('ssh', 'kdump@dump01', '/srv'), key);
      const words = key === undefined ? '' : ` -i ${key.includes(' ') ? `'${key}'` : key}`;
      expect(command).toBe(`scp${words} -pr kdump@dump01:/srv/FOLDER /var/tmp/rehearsed`);
    },
  );

  it.each<[string, MachineChange, { processes: string[]; sessions: number }]>([
    [
      'loaded',
      { files: { '/sys/kernel/kexec_crash_loaded': '0\n' } },
      { processes: [], sessions: 1 },
    ],
    ['uptime', { files: { '/proc/uptime': '200.00 100.00\n' } }, { processes: [], sessions: 1 }],
    [
      'raid',
      { files: { '/proc/mdstat': 'md0 : active raid1\n  [2/1] [U_]\n' } },
      { processes: [], sessions: 1 },
    ],
    ['busy', {}, { processes: ['dnf', 'bash'], sessions: 1 }],
    ['users', {}, { processes: [], sessions: 7 }],
    [
      'cluster',
      { files: { '/etc/corosync/corosync.conf': 'totem {}\n' } },
      { processes: [], sessions: 1 },
    ],
    [
      'container',
      { files: { '/proc/2/comm': null, '/proc/1/environ': 'container=lxc\0' } },
      { processes: [], sessions: 1 },
    ],
  ])('stops at the rail "%s"', async (id, change, activity) => {
    const { plan } = await planOn(change, activity);
    expect(plan.rails.find((rail) => rail.id === id)?.isClear).toBe(false);
    const calm = await planOn();
    expect(calm.plan.rails.filter(({ isClear }) => !isClear).map((rail) => rail.id)).toEqual([]);
  });
});

describe('the verification of a rehearsal', () => {
  it('proves a complete dump of this crash, and both documents can be read back', async () => {
    const certificate = verifyRehearsal(await record(), dump(), afterwards);
    expect(failing(certificate)).toEqual([]);
    expect(certificate).toMatchObject({
      isProved: true,
      measured: { seconds: 40, bytes: 200_000_000 },
    });
    expect(parseCertificate(JSON.stringify(certificate))?.isProved).toBe(true);
    expect(parseRecord(JSON.stringify(certificate.record))?.nonce).toBe(
      'a-nonce-of-this-rehearsal',
    );
    const page = renderCertificate(certificate);
    expect(page).toContain('proved by a rehearsed panic');
    expect(page).toContain('| operator | admin |');
    expect(page).toContain('| ticket | CHG-17 |');
  });

  const recognised = dump().recognised as NonNullable<ExaminedDump['recognised']>;
  it.each<[string, Partial<ExaminedDump>, typeof afterwards, string]>([
    [
      'a dump that is cut short',
      { recognised: { ...recognised, completeness: 'incomplete' } },
      afterwards,
      'the dump is complete',
    ],
    [
      'a format that does not tell',
      { recognised: { ...recognised, completeness: 'unknown' } },
      afterwards,
      'the dump is complete',
    ],
    ['a file that is no dump', { recognised: undefined }, afterwards, 'the dump is a known format'],
    [
      'the dump of another crash',
      { log: 'Linux version 6.1.0-50-amd64\nKernel panic\n' },
      afterwards,
      'the dump is of this crash',
    ],
    ['no log', { log: undefined }, afterwards, 'the dump is of this crash'],
    [
      'another kernel',
      { log: dump().log?.replace('6.1.0-50-amd64', '6.9.9') },
      afterwards,
      'the kernel is the one that was rehearsed',
    ],
    [
      'another level',
      { recognised: { ...recognised, dumpLevel: 1 } },
      afterwards,
      'the level is the configured one',
    ],
    ['the same boot', {}, { ...afterwards, bootId: 'first-boot' }, 'the machine was started again'],
    [
      'an unfinished name',
      { file: { ...dump().file, path: '/var/crash/x/dump-incomplete' } },
      afterwards,
      'the dump has its final name',
    ],
  ])('does not take %s for a proof', async (_, change, after, what) => {
    const certificate = verifyRehearsal(await record(), dump(change), after);
    expect(failing(certificate)).toContain(what);
    expect(certificate.isProved).toBe(false);
    expect(renderCertificate(certificate)).toContain('rehearsal FAILED');
  });

  it('does not time a panic that was made from outside', async () => {
    const certificate = verifyRehearsal(await record({ trigger: 'outside' }), dump(), afterwards);
    expect(certificate.isProved).toBe(true);
    expect(certificate.measured.seconds).toBeUndefined();
    expect(renderCertificate(certificate)).toContain('| time | not measured,');
  });

  it('looks only at dumps that came after the record, the largest first', async () => {
    const file = (name: string, bytes: number, mtimeMs = now + 1000) => ({
      path: name,
      bytes,
      mtimeMs,
      mode: 0o600,
    });
    const files = [
      file('/var/crash/old/dump.old', 9e9),
      file('/var/crash/older/vmcore', 9e9, now - 86_400_000),
      file('/var/crash/a/dmesg.1', 100),
      file('/var/crash/a/vmcore-dmesg.txt', 100),
      file('/var/crash/a/vmcore', 5e8),
      file('/var/crash/b/vmcore', 6e8),
    ];
    expect(newDumps(files, await record()).map((each) => each.path)).toEqual([
      '/var/crash/b/vmcore',
      '/var/crash/a/vmcore',
    ]);
    expect(logsBeside(files, '/var/crash/a/vmcore')).toEqual([
      '/var/crash/a/dmesg.1',
      '/var/crash/a/vmcore-dmesg.txt',
    ]);
  });
});
