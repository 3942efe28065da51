import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversPath, matchesGlob, parseGlob } from '../../src/std/glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['/etc/*.conf', '/etc/a.conf', true],
    ['/etc/*.conf', '/etc/x/a.conf', false],
    ['/etc/**/a.conf', '/etc/a.conf', true],
    ['/etc/**/a.conf', '/etc/x/y/a.conf', true],
    ['/proc/[0-9]*/stat', '/proc/12/stat', true],
    ['/proc/[0-9]*/stat', '/proc/self/stat', false],
    ['/x/[!a-c]?', '/x/d1', true],
    ['/x/[!a-c]?', '/x/b1', false],
    ['/x/a[', '/x/a[', true],
    ['/x/*a*b', '/x/zzazzb', true],
    ['/x/*a*b', '/x/zzazzc', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matchesGlob(parseGlob(pattern), path)).toBe(expected);
  });

  it('covers what is below a match', () => {
    expect(coversPath(parseGlob('/etc/ssh*'), '/etc/sshd/keys/a')).toBe(true);
    expect(coversPath(parseGlob('/etc/ssh*'), '/etc/other')).toBe(false);
  });

  it('is linear on patterns that make regular expressions explode', () => {
    expect(matchesGlob(parseGlob(`/x/${'*a'.repeat(40)}b`), `/x/${'a'.repeat(5000)}`)).toBe(false);
  });

  it('matches every name literally unless it holds a pattern character', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        fc.pre(!/[/*?[]/.test(name));
        expect(matchesGlob(parseGlob(`/d/${name}`), `/d/${name}`)).toBe(true);
      }),
    );
  });
});
