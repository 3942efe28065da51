import { describe, expect, it } from 'vitest';
import { keyFamilies } from '../../src/redact/key-name.ts';
import type { Findings } from '../../src/redact/line-view.ts';
import { buildRuleSet, type RuleSet, shippedRules } from '../../src/redact/rule-set.ts';
import { secretStream } from '../../src/redact/secret-stream.ts';
import { secretTokens } from '../../src/redact/secret-tokens.ts';
import { openLeakScan } from '../../src/redact/verify-scan.ts';
import { plantedCases, withoutMarks } from './corpus-cases.ts';

const whole = buildRuleSet();

// A masker with a fault: what this rule finds is forgotten.
function without(broken: string): RuleSet {
  const filtered = (findings: Findings): Findings => ({
    add(start, end, rule, style) {
      if (rule !== broken) findings.add(start, end, rule, style);
    },
    expect(expectation) {
      if (expectation.rule !== broken) findings.expect(expectation);
    },
  });
  return {
    ...whole,
    finders: whole.finders.map(
      (find) => (line, at, findings) => find(line, at, filtered(findings)),
    ),
    files: whole.files.filter(({ name }) => name !== broken),
  };
}

function mask(rules: RuleSet, text: string, path: string): string {
  const stream = secretStream(rules, secretTokens(), path);
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()])
    .toString('latin1')
    .replace(/(?<=sonae:secret:)\d+/g, '0');
}

function leaksIn(text: string, path: string): number {
  let count = 0;
  const scan = openLeakScan(path, () => {
    count += 1;
  });
  scan.write(Buffer.from(text, 'latin1'));
  scan.end();
  return count;
}

// Each line of the corpus and each example of a rule by itself; blocks that belong together stay together.
const evidence = [
  ...plantedCases().flatMap(({ path, text }) => {
    const plain = withoutMarks(text);
    const isBlock = plain.includes('BEGIN ') || /:\s*[|>]|^\s+-?\s?"?\S+"?$/m.test(plain);
    return isBlock
      ? [{ path, text: plain }]
      : plain.split('\n').map((line) => ({ path, text: line }));
  }),
  ...shippedRules.flatMap((rule) =>
    rule.masks.map(({ text }) => ({
      path: rule.kind === 'file' ? rule.example : 'evidence.txt',
      text,
    })),
  ),
];
const masked = evidence.map(({ path, text }) => mask(whole, text, path));
const rules = [
  ...new Set([
    ...keyFamilies.map(({ rule }) => rule),
    ...shippedRules.map(({ name }) => name),
    'private-key',
    'audit-command-line',
    'cloud-init-users',
    'kubernetes-secret',
  ]),
];

describe('a masker with a broken rule', () => {
  let leaked = 0;
  let seen = 0;
  const blind: string[] = [];

  for (const rule of rules) {
    it(`${rule}: the verification sees what gets through`, () => {
      const faulty = without(rule);
      const through = evidence.filter(
        ({ path, text }, index) => mask(faulty, text, path) !== masked[index],
      );
      const caught = through.filter(
        ({ path, text }) => leaksIn(mask(faulty, text, path), path) > 0,
      );
      leaked += through.length;
      seen += caught.length;
      for (const one of through)
        if (!caught.includes(one)) blind.push(`${rule}: ${one.path}: ${one.text}`);
      // A rule that nothing tests is no rule; one whose fault nobody would notice is no promise.
      expect(through.length).toBeGreaterThan(0);
      expect(caught.length).toBeGreaterThan(0);
    });
  }

  it('lets little through that the verification does not see', () => {
    expect(leaked).toBeGreaterThan(500);
    expect(seen / leaked, blind.join('\n')).toBeGreaterThan(0.97);
  });
});
