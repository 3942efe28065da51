import { describe, expect, it } from 'vitest';
import { judgeWish } from '../../src/cli/encryption/choose-encryption.ts';

const none = { encryptTo: [], encrypt: true };
const site = { encryptTo: ['age1site'] };

describe('the choice of encryption', () => {
  it('is nothing when nobody wants it', () => {
    expect(judgeWish(none, { encryptTo: [] })).toBeUndefined();
  });

  it('is what the settings say, unless the command line says more', () => {
    expect(judgeWish(none, site)).toBe(site);
    const given = { ...none, encryptTo: ['age1given'] };
    expect(judgeWish(given, site)).toBe(given);
    const phrase = { ...none, passphraseFile: '/p' };
    expect(judgeWish(phrase, site)).toBe(phrase);
    expect(judgeWish({ ...none, encrypt: false }, site)).toBeUndefined();
  });

  it('refuses options that contradict each other', () => {
    expect(() => judgeWish({ encryptTo: ['age1x'], encrypt: false }, site)).toThrow('--no-encrypt');
    expect(() => judgeWish({ ...none, encryptTo: ['age1x'], passphraseFile: '/p' }, site)).toThrow(
      'do not go together',
    );
  });
});
