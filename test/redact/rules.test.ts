import { describe, expect, it } from 'vitest';
import { keyFamilies } from '../../src/redact/key-name.ts';
import { keyAnchors, shippedRules } from '../../src/redact/rule-set.ts';
import { maskText } from './mask-text.ts';

describe('every shipped rule', () => {
  for (const rule of shippedRules) {
    const path = rule.kind === 'file' ? rule.example : 'evidence.txt';
    it(`${rule.name} (${rule.kind}) masks what it says`, () => {
      expect(rule.masks.length + rule.keeps.length).toBeGreaterThan(0);
      for (const { text, masked } of rule.masks) expect(maskText(text, path)).toBe(masked);
    });
    it(`${rule.name} (${rule.kind}) keeps its look-alikes`, () => {
      for (const text of rule.keeps) expect(maskText(text, path)).toBe(text);
    });
  }

  it('says why in one sentence', () => {
    for (const rule of [...shippedRules, ...keyFamilies]) expect(rule.reason).toMatch(/^\S.*\.$/s);
  });

  it('has an anchor inside every key word', () => {
    const lost = keyFamilies
      .flatMap(({ words, endings }) => [...words, ...endings])
      .filter((word) => !keyAnchors.some((anchor) => word.includes(anchor)))
      // Too common in logs to look at wherever they occur; found in front of a sign or inside a longer name.
      .filter((word) => !['pw', 'sid', 'sas', 'session'].includes(word));
    expect(lost).toEqual([]);
  });
});
