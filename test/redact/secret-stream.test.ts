import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RedactionStream } from '../../src/model/redaction.ts';
import { shippedRules } from '../../src/redact/rule-set.ts';
import { secretRedactor } from '../../src/redact/secret-redactor.ts';
import { overlapBytes, windowBytes } from '../../src/redact/secret-stream.ts';
import { redactText, showTokens } from './mask-text.ts';

function run(stream: RedactionStream, bytes: Buffer, cuts: readonly number[]): string {
  const parts: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.min(bytes.length, Math.max(at, cut));
    parts.push(Buffer.from(stream.write(Buffer.from(bytes.subarray(at, end)))));
    at = end;
  }
  parts.push(Buffer.from(stream.write(bytes.subarray(at))), stream.end());
  return Buffer.concat(parts).toString('latin1');
}

const whole = (bytes: Buffer) => run(secretRedactor().open({ id: 'a', path: 'a' }), bytes, []);

// Text made of what rules react to, so that random cuts fall inside keys, values, tokens and blocks.
const fragment = fc.constantFrom(
  'password=',
  'hunter2',
  '"api_key": "',
  '"',
  "'",
  '\n',
  '\n',
  '\n  ',
  ' ',
  '\t',
  '\0',
  '\\',
  '\\n',
  ': ',
  '=',
  'Authorization: Bearer ',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN',
  'https://u:',
  '@host/',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'token: |',
  'secret:',
  '- name: DB_PASSWORD',
  'value: ',
  '<password>',
  '</password>',
  '--password',
  'mysql -u root -p',
  'curl -u a:',
  '$6$salt$aaaaaaaaaaaaaaaa',
  ',',
  ';',
  '&',
  '{',
  '}',
  '[',
  ']',
  '<sonae:secret:1>',
  'é',
  'key=',
  'AKIAABCDEFGHIJKLMNOP',
  'Nov 23 10:00:00 host app[1]: ',
  'x'.repeat(300),
);
const text = fc.array(fragment, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')));

describe('secret stream', () => {
  it('gives the same result wherever the input is cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(600), { maxLength: 8 }), (bytes, cuts) => {
        const redactor = secretRedactor();
        expect(run(redactor.open({ id: 'a', path: 'a' }), bytes, cuts)).toBe(whole(bytes));
      }),
      { numRuns: 600 },
    );
  });

  it('changes nothing when run over its own result', () => {
    const lines = shippedRules.flatMap(({ masks, keeps }) => [
      ...masks.map(({ text }) => text),
      ...keeps,
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(lines), (chosen) => {
        const once = whole(Buffer.from(chosen.join('\n')));
        expect(showTokens(whole(Buffer.from(once, 'latin1')))).toBe(showTokens(once));
      }),
      { numRuns: 100 },
    );
  });

  it('leaves bytes that are not text alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        const text = Buffer.from(bytes)
          .toString('latin1')
          .replace(/[:=<$/-]/g, '#');
        expect(whole(Buffer.from(text, 'latin1'))).toBe(text);
      }),
    );
  });

  it('lets no secret through at any place of a line that is longer than the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * windowBytes }),
        fc.constantFrom('password=@@ ', '"token":"@@",', 'https://u:@@@h/ ', 'curl -u a:@@ '),
        (at, form) => {
          const secret = 'Zq9x7Kp2mW4v';
          const filler = 'lorem ipsum '.repeat(20_000);
          const line = `${filler.slice(0, at)} ${form.replace('@@', secret)}${filler}`;
          const masked = whole(Buffer.from(line));
          expect(masked).not.toContain(secret);
          expect(showTokens(masked)).toBe(line.replace(secret, '*'));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same result for long lines wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('password=abc1 ', 'x'.repeat(5000), 'token: ', '"', ' ', ','), {
          minLength: 20,
          maxLength: 80,
        }),
        fc.array(fc.nat(200_000), { maxLength: 4 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''));
          expect(run(secretRedactor().open({ id: 'a', path: 'a' }), bytes, cuts)).toBe(
            whole(bytes),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('masks a value that is longer than the window as one secret', () => {
    const value = 'a1B2'.repeat(windowBytes);
    expect(redactText(`x password="${value}" y\nnext\n`)).toBe(
      'x password="<sonae:secret:1>" y\nnext\n',
    );
    expect(redactText(`token=${value} y`)).toBe('token=<sonae:secret:1> y');
  });

  it('holds back no more than a window', () => {
    const stream = secretRedactor().open({ id: 'a', path: 'a' });
    let out = 0;
    const chunk = Buffer.from('no line end here '.repeat(1000));
    for (let index = 1; index <= 40; index += 1) {
      out += stream.write(chunk).length;
      expect(chunk.length * index - out).toBeLessThanOrEqual(
        windowBytes + chunk.length + overlapBytes,
      );
    }
  });

  it('gives equal secrets equal tokens, across streams of one redactor', () => {
    const redactor = secretRedactor();
    const first = redactor.open({ id: 'a', path: 'a' });
    const second = redactor.open({ id: 'b', path: 'b' });
    expect(first.write(Buffer.from('password=one\npassword=two\n')).toString()).toBe(
      'password=<sonae:secret:1>\npassword=<sonae:secret:2>\n',
    );
    expect(second.write(Buffer.from('--password two\n')).toString()).toBe(
      '--password <sonae:secret:2>\n',
    );
    expect([...first.hits]).toEqual([['password-key', 2]]);
  });

  it('masks names of files', () => {
    const redactor = secretRedactor();
    expect(redactor.name('sos_commands/x/curl_-s')).toBe('sos_commands/x/curl_-s');
    const masked = redactor.name('tmp/token=abc123def/x');
    expect(masked).toMatch(/^tmp\/token=sonae-secret-\d+/);
    // A cleaning meets it again, in names and in the manifest.
    expect(secretRedactor({ series: 'c' }).name(masked)).toBe(masked);
    expect(redactText(masked)).toBe(masked);
  });
});
