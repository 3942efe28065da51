import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLeaksInName, type LeakPlace, openLeakScan } from '../../src/redact/verify-scan.ts';
import { redactText } from './mask-text.ts';

function scan(text: string, cuts: readonly number[] = []): LeakPlace[] {
  const places: LeakPlace[] = [];
  const bytes = Buffer.from(text);
  const opened = openLeakScan('x', (place) => places.push(place));
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

const corpus = (name: string) =>
  readFileSync(new URL(`../corpus/redact/${name}`, import.meta.url), 'utf8');

const blocks = corpus('planted-secrets.txt')
  .split(/^### /m)
  .slice(1)
  .map((block) => {
    const end = block.indexOf('\n');
    return { path: block.slice(0, end).split(' | ')[1] ?? '', text: block.slice(end + 1) };
  });

describe('the verification', () => {
  it('finds most of the planted secrets when nothing was masked', () => {
    const lines = blocks
      .flatMap(({ text }) => text.split('\n'))
      .filter((line) => /«[^»]+»/.test(line));
    const seen = lines.filter((line) => scan(line.replace(/[«»]/g, '')).length > 0);
    expect(lines.length).toBeGreaterThan(150);
    expect(seen.length / lines.length).toBeGreaterThan(0.6);
  });

  it('finds none of them after the redaction', () => {
    for (const { path, text } of blocks) {
      expect(scan(redactText(text.replace(/[«»]/g, ''), path))).toEqual([]);
    }
  });

  it('finds nothing in innocent lines', () => {
    expect(scan(corpus('innocent-lines.txt'))).toEqual([]);
  });

  it('reports the place and the rule, never the value', () => {
    const places = scan('a\nb\nDB_PASSWORD=Tr0ub4dor\nc\n');
    expect(places).toEqual([{ path: 'x', line: 3, rule: 'assigned-secret' }]);
    expect(JSON.stringify(places)).not.toContain('Tr0ub4dor');
  });

  it('looks at names', () => {
    const places: LeakPlace[] = [];
    findLeaksInName('sos_commands/x/curl_-u_admin:s3cret_https', (place) => places.push(place));
    expect(places).toEqual([expect.objectContaining({ line: 0, rule: 'client-user-password' })]);
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
