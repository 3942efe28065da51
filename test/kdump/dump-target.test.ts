import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { dumpFolder, pathBelow, targetPeer } from '../../src/kdump/configuration/dump-target.ts';
import type { DumpTarget } from '../../src/kdump/configuration/read-target.ts';
import type { KdumpSettings } from '../../src/kdump/configuration/settings.ts';
import { debian12, kdumpMachineFacts } from '../builders/kdump-machine.ts';

const target = (kind: DumpTarget['kind'], where: string, path = '/'): DumpTarget => ({
  kind,
  where,
  path,
});
const mount = (source: string, point: string) => ({
  source,
  point,
  root: '/',
  type: 'nfs4',
  options: [],
});

describe('a target on another machine', () => {
  it.each([
    ['nas:/export/crash', 'nas:/export/crash/', ''],
    ['nas:/export/crash', 'nas:/export', '/crash'],
    ['nas:/export/crash', 'nas:/', 'export/crash'],
    ['nas:/export/crash', 'nas:/exp', undefined],
    ['nas:/export/crash', 'other:/export', undefined],
    ['//srv/share/dumps', '//srv/share', '/dumps'],
    ['//srv/share/dumps', '', undefined],
    ['/dev/sdb1', '/dev/sdb1', ''],
    ['/dev/sdb1', '/', undefined],
    ['/dev/sdb1', '', undefined],
    ['/dev/mapper/vg-a', '/dev/mapper', undefined],
  ])('%s below %s: %s', (share, above, below) => {
    expect(pathBelow(share, above)).toBe(below);
  });

  it.each<[DumpTarget, string, string | undefined]>([
    [target('ssh', 'kdump@dump01.example.com'), 'dump01.example.com', undefined],
    [target('ssh', 'kdump:***@dump01:2222'), 'dump01', '2222'],
    [target('ssh', 'kdump@fe80::1'), 'fe80::1', undefined],
    [target('ssh', 'kdump@[fe80::1]:2222'), 'fe80::1', '2222'],
    [target('nfs', 'nas:/export/crash'), 'nas', undefined],
    [target('nfs', '[fe80::1]:/export'), 'fe80::1', undefined],
    [target('cifs', '//srv/share/dumps'), 'srv', undefined],
  ])('$where is on $1', (each, host, port) => {
    expect(targetPeer(each)).toEqual({ host, port });
  });

  it('shows its dumps below the nearest mount, the last one at a place', () => {
    const settings = { target: target('nfs', 'nas:/export/crash', '/db01') } as KdumpSettings;
    const mounts = [mount('nas:/export', '/mnt/a'), mount('nas:/export', '/mnt/b')];
    expect(dumpFolder(settings, mounts)).toBe('/mnt/b/crash/db01');
    const nearer = [mount('nas:/export/crash', '/srv/crash'), ...mounts];
    expect(dumpFolder(settings, nearer)).toBe('/srv/crash/db01');
    expect(dumpFolder(settings, [mount('tmpfs', '/tmp')])).toBeUndefined();
  });
});

describe('a Debian with several targets, of which the NFS alone was told', () => {
  const reportOf = async (config: string) => {
    const files = { '/etc/default/kdump-tools': `USE_KDUMP=1\n${config}` };
    return checkMachine(await kdumpMachineFacts(debian12, { files }), 'test');
  };
  const [ssh, nfs, ftp] = ['SSH="kdump@dump01"\n', 'NFS="nas:/crash"\n', 'FTP="in:/d"\n'];

  it('judges the one that can be asked, and names the others', async () => {
    const { target, findings } = await reportOf(`${nfs}${ftp}${ssh}`);
    expect(target).toMatchObject({ kind: 'ssh', where: 'kdump@dump01', path: '/var/crash' });
    expect(findings.find(({ id }) => id === 'kdump/target-single')?.says).toBe(
      'the dump goes to nfs nas:/crash and to ftp in /d as well, which is not judged here',
    );
  });

  it('is given the time for each', async () => {
    const [one, both] = [await reportOf(ssh), await reportOf(`${ssh}${nfs}`)];
    const starts = 20;
    expect(one.time?.seconds).toBeGreaterThan(starts);
    expect((both.time?.seconds ?? 0) - starts).toBeCloseTo(
      2 * ((one.time?.seconds ?? 0) - starts),
      -1,
    );
  });
});
