import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commandFileName,
  filePathInBundle,
  storedLinkTarget,
  tailedFileName,
  uniquePaths,
} from '../../src/collect/bundle-layout.ts';

describe('commandFileName', () => {
  // The examples that readers of sos reports know by heart.
  it.each([
    [['df', '-al', '-x', 'autofs'], 'df_-al_-x_autofs'],
    [['/sbin/runlevel'], 'runlevel'],
    [['ls', '-lanR', '/boot'], 'ls_-lanR_.boot'],
    [['lsof', '+M', '-n', '-l', '-c', ''], 'lsof_M_-n_-l_-c'],
    [['ps', 'axo', 'pid,ppid'], 'ps_axo_pid_ppid'],
    [['blkid', '-c', '/dev/null'], 'blkid_-c_.dev.null'],
    [['/usr/bin/uname', '-a'], 'uname_-a'],
    [['journalctl', '--no-pager'], 'journalctl_--no-pager'],
  ])('%j', (argv, name) => expect(commandFileName(argv)).toBe(name));

  it('is always a plain file name', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (argv) => {
        const name = commandFileName(argv);
        expect(name).toMatch(/^[A-Za-z0-9_.-]{1,255}$/);
        expect(['.', '..']).not.toContain(name);
      }),
    );
  });
});

describe('storedLinkTarget', () => {
  it.each([
    ['/etc/resolv.conf', '/run/systemd/resolve/stub', '../run/systemd/resolve/stub'],
    ['/etc/localtime', '../usr/share/zoneinfo/UTC', '../usr/share/zoneinfo/UTC'],
    ['/etc/a/b', 'c', 'c'],
    ['/etc/climbing', '../../../../../../etc/passwd', 'passwd'],
    ['/etc/self', '/', '.'],
  ])('%s -> %s', (path, target, stored) => expect(storedLinkTarget(path, target)).toBe(stored));

  it('never leaves the bundle', () => {
    const segment = fc.constantFrom('..', '.', 'a', 'b', 'etc', '');
    fc.assert(
      fc.property(fc.array(segment), fc.array(segment), (path, target) => {
        const from = `/${path.filter((name) => !['..', '.', ''].includes(name)).join('/')}/link`;
        const stored = storedLinkTarget(from, target.join('/'));
        const parts = filePathInBundle(from).split('/').slice(0, -1);
        for (const part of stored.split('/')) {
          if (part === '..') {
            expect(parts.length).toBeGreaterThan(0);
            parts.pop();
          } else if (part !== '.') parts.push(part);
        }
        expect(stored.startsWith('/')).toBe(false);
      }),
    );
  });
});

describe('paths in the bundle', () => {
  it('writes odd bytes of names so that they can be read', () => {
    expect(filePathInBundle('/etc/b\udcffa')).toBe('etc/b\\xffa');
  });
  it('names cut files as sos does', () => {
    expect(tailedFileName('/var/log/messages')).toBe('var.log.messages.tailed');
  });
  it('gives each path once, within the length of a name', () => {
    const unique = uniquePaths();
    const long = `d/${'x'.repeat(255)}`;
    expect([unique('d/a'), unique('d/a'), unique('d/a')]).toEqual(['d/a', 'd/a.1', 'd/a.2']);
    expect([unique(long), unique(long)].map((path) => path.length)).toEqual([257, 257]);
  });
});
