import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProfile } from '../../src/profile/decode-profile.ts';
import { renderProblem } from '../../src/profile/problem.ts';

const corpus = fileURLToPath(new URL('../corpus/profile', import.meta.url));
const seeds = readdirSync(corpus)
  .sort()
  .map((name) => ({ name, text: readFileSync(`${corpus}/${name}`, 'utf8') }));

/** Whatever the text is: no throw, either a profile or problems with places inside the file. */
function expectSane(text: string): void {
  const { profile, problems } = decodeProfile('f.yaml', text);
  expect(profile === undefined).toBe(problems.length > 0);
  expect(problems.length).toBeLessThanOrEqual(130);
  const lines = text.split('\n').length;
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines + 1);
    expect(renderProblem(problem)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
}

describe('decodeProfile on hostile text', () => {
  it.each(seeds)('$name', ({ text }) => expectSane(text));

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'binary' }), expectSane), {
      numRuns: 300,
    });
  });

  it('survives a profile with pieces cut, doubled and replaced', () => {
    const edit = fc.record({
      seed: fc.constantFrom(...seeds.map(({ text }) => text)),
      at: fc.nat(4000),
      length: fc.nat(60),
      insert: fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.constantFrom(
          '\n',
          ': ',
          '- ',
          '&a ',
          '*a',
          '!!str ',
          '[',
          '{',
          '"',
          "'",
          '|\n',
          '? ',
          '\t',
          '---\n',
          '\u0000',
          '#',
        ),
      ),
    });
    fc.assert(
      fc.property(edit, ({ seed, at, length, insert }) => {
        const place = seed.length === 0 ? 0 : at % seed.length;
        expectSane(seed.slice(0, place) + insert + seed.slice(place + length));
      }),
      { numRuns: 600 },
    );
  });
});
