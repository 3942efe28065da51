import { describe, expect, it } from 'vitest';
import { dumpFolder, pathBelow, targetPeer } from '../../src/kdump/configuration/dump-target.ts';
import type { DumpTarget, KdumpSettings } from '../../src/kdump/configuration/settings.ts';

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
