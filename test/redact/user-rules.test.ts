import { describe, expect, it } from 'vitest';
import { secretRedactor } from '../../src/redact/secret-redactor.ts';
import { parseUserRules, refusePattern } from '../../src/redact/user-rules.ts';

const file = (rules: string) => `kind: RedactionRules\nrules:\n${rules}`;

function mask(rules: string, text: string): string {
  const parsed = parseUserRules(file(rules), 'x.yaml');
  expect(parsed.problems).toEqual([]);
  const stream = secretRedactor({ userRules: parsed.rules }).open({ id: 'x', path: 'x' });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
}

describe('rules of the site', () => {
  it('mask the values of their keys', () => {
    const rules = '  - {name: acme-pin, reason: Opens the door., keys: [door_pin, VpnCode]}';
    expect(mask(rules, 'door_pin: 1234\nVPNCODE="a b"\ndoor_pins: 7 door_pinx=1')).toBe(
      'door_pin: <sonae:secret:1>\nVPNCODE="<sonae:secret:2>"\ndoor_pins: 7 door_pinx=1',
    );
  });

  it('mask what their pattern names', () => {
    const rules = String.raw`  - {name: acme-badge, reason: Number of a person., words: [ACME-], pattern: 'ACME-(?<secret>\d{4,8})'}`;
    expect(mask(rules, 'badge ACME-123456 and ACME-x')).toBe(
      'badge ACME-<sonae:secret:1> and ACME-x',
    );
  });

  it('are refused when they do not do what their examples say', () => {
    const rules =
      '  - {name: bad-rule, reason: No., keys: [door_pin], masks: [{text: "x_pin=1", masked: "x_pin=*"}]}';
    expect(parseUserRules(file(rules), 'x.yaml')).toMatchObject({
      rules: [],
      problems: [expect.stringContaining('its example becomes')],
    });
  });

  it.each([
    ['(a{1,5}){1,5}', /group cannot be repeated/],
    ['a+', /upper bound/],
    ['x.*y', /upper bound/],
    ['a{2,}', /upper bound/],
    ['(a)\\1', /references/],
    ['(?<=x)a', /behind/],
    ['a{0,400}b{0,400}', /ways/],
    ['(', /./],
  ])('refuse the pattern %s', (pattern, why) => expect(refusePattern(pattern)).toMatch(why));

  it.each(['ACME-\\d{6}', '[*+]{1,9}x', 'a\\+b', '(?:ab|cd)x{3}'])(
    'take the pattern %s',
    (pattern) => expect(refusePattern(pattern)).toBeUndefined(),
  );

  it.each([
    '',
    'a: b',
    'kind: RedactionRules',
    'kind: RedactionRules\nrules: 1',
    '{',
    file('  - 1'),
    file('  - {name: A}'),
    file('  - {name: abc, reason: x}'),
  ])('say what is wrong with %j', (text) =>
    expect(parseUserRules(text, 'x.yaml').problems.length).toBeGreaterThan(0),
  );
});
