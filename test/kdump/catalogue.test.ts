import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/kdump/checks/catalogue.ts';
import { renderCheckReference } from '../../src/kdump/report/render-check-page.ts';

describe('catalogue', () => {
  it('has each id once', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is what docs/checks.md says (npm run docs:checks)', () => {
    const written = readFileSync(new URL('../../docs/checks.md', import.meta.url), 'utf8');
    expect(written).toBe(renderCheckReference(catalogue));
  });
});
