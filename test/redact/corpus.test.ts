import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { maskText } from './mask-text.ts';

interface Case {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
}

function readCases(name: string): Case[] {
  const url = new URL(`../corpus/redact/${name}`, import.meta.url);
  return readFileSync(url, 'utf8')
    .split(/^### /m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf('\n');
      const [kind = '', path = ''] = block.slice(0, end).split(' | ');
      return { kind, path, text: block.slice(end + 1).replaceAll('␀', '\0') };
    });
}

const marked = /«([^»]*)»/g;

describe('the corpus of planted secrets', () => {
  const cases = readCases('planted-secrets.txt');
  const secrets = cases.flatMap(({ text }) =>
    [...text.matchAll(marked)].filter((match) => match[1]),
  );

  it('is as large as it claims', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
    expect(secrets.length).toBeGreaterThanOrEqual(120);
  });

  for (const { kind, path, text } of cases) {
    it(`${kind}: masks every secret and nothing else`, () => {
      const expected = text.replace(marked, (_, secret: string) => (secret === '' ? '' : '*'));
      expect(maskText(text.replace(marked, '$1'), path).trim()).toBe(
        expected.replace(/^\*/gm, (_, at: number) => indentBefore(text, expected, at)).trim(),
      );
    });
  }
});

describe('the corpus of innocent lines', () => {
  const url = new URL('../corpus/redact/innocent-lines.txt', import.meta.url);
  const lines = readFileSync(url, 'utf8').split('\n');

  it('is as large as it claims, and at most two lines are masked', () => {
    expect(lines.length).toBeGreaterThan(2000);
    const masked = maskText(lines.join('\n')).split('\n');
    expect(lines.filter((line, index) => line !== masked[index]).slice(2)).toEqual([]);
  });
});

// A marked block of lines keeps the indentation of its first line.
function indentBefore(text: string, expected: string, at: number): string {
  const index = (expected.slice(0, at).match(/\*/g) ?? []).length;
  const block = [...text.matchAll(marked)].filter((match) => match[1]);
  const literal = [...expected.matchAll(/\*/g)].length - block.length;
  if (literal !== 0) return '*';
  return `${/^ */.exec(block[index]?.[1] ?? '')?.[0] ?? ''}*`;
}
