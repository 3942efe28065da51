import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLeaksInName, type LeakPlace, openLeakScan } from '../../src/redact/verify-scan.ts';
import { innocentLines, plantedCases, withoutMarks } from './corpus-cases.ts';
import { redactText } from './mask-text.ts';

function scan(text: string, cuts: readonly number[] = [], path = 'x'): LeakPlace[] {
  const places: LeakPlace[] = [];
  const bytes = Buffer.from(text);
  const opened = openLeakScan(path, (place) => places.push(place));
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.max(at, Math.min(cut, bytes.length));
    opened.write(bytes.subarray(at, end));
    at = end;
  }
  opened.write(bytes.subarray(at));
  opened.end();
  return places;
}

const cases = plantedCases();

describe('the verification', () => {
  it('finds nearly all of the planted secrets when nothing was masked', () => {
    const missed: string[] = [];
    let count = 0;
    for (const { path, text } of cases) {
      const found = new Set(scan(withoutMarks(text), [], path).map(({ line }) => line));
      for (const [index, line] of text.split('\n').entries()) {
        if (!/«[^»]+»/.test(line)) continue;
        count += 1;
        if (!found.has(index + 1)) missed.push(line);
      }
    }
    expect(count).toBeGreaterThan(350);
    expect(missed.length / count).toBeLessThan(0.03);
  });

  it('finds a secret in every kind of place', () => {
    for (const { path, text } of cases)
      expect(scan(withoutMarks(text), [], path), text).not.toEqual([]);
  });

  it('finds none of them after the redaction', () => {
    for (const { path, text } of cases)
      expect(scan(redactText(withoutMarks(text), path), [], path)).toEqual([]);
  });

  it('finds nothing in innocent lines', () => {
    expect(scan(innocentLines().join('\n'))).toEqual([]);
  });

  it('reports the place and the rule, never the value', () => {
    const places = scan('a\nb\nDB_PASSWORD=Tr0ub4dor\nc\n');
    expect(places).toEqual([{ path: 'x', line: 3, rule: 'assigned-secret' }]);
    expect(JSON.stringify(places)).not.toContain('Tr0ub4dor');
  });

  it('reads UTF-16 too', () => {
    const places: LeakPlace[] = [];
    const opened = openLeakScan('x', (place) => places.push(place));
    opened.write(Buffer.from('\ufeffcolor=blue\r\npassword=Abc123xyz\r\n', 'utf16le'));
    opened.end();
    expect(places).toEqual([{ path: 'x', line: 2, rule: 'assigned-secret' }]);
  });

  it('looks at names', () => {
    const places: LeakPlace[] = [];
    findLeaksInName('sos_commands/x/curl_-u_admin:s3cret_https', (place) => places.push(place));
    expect(places).toEqual([expect.objectContaining({ line: 0, rule: 'command-curl' })]);
  });

  it('gives the same places wherever the input is cut', () => {
    const text = 'ok\npassword=Abc123xyz\nx\ntoken: "Zz9Zz9Zz9"\n'.repeat(5);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        expect(scan(text, cuts)).toEqual(scan(text));
      }),
    );
  });

  it('finds a secret anywhere in a very long line, without holding the line', () => {
    for (const at of [0, 32_000, 32_768, 65_000, 200_000]) {
      const line = `${'lorem ipsum '.repeat(30_000).slice(0, at)} password=Abc123xyz ${'x y '.repeat(50_000)}`;
      expect(scan(line).map(({ rule }) => rule)).toContain('assigned-secret');
    }
  });
});
