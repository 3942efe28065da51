import { readFileSync } from 'node:fs';

/** One kind of secrets in its usual place; the text has each secret between « and ». */
export interface PlantedCase {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
}

/** The committed corpus of planted secrets. */
export function plantedCases(): PlantedCase[] {
  return readCorpus('planted-secrets.txt')
    .split(/^### /m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf('\n');
      const [kind = '', path = ''] = block.slice(0, end).split(' | ');
      return { kind, path, text: block.slice(end + 1).replaceAll('␀', '\0') };
    });
}

/** Lines that look like secrets and are none. */
export function innocentLines(): string[] {
  return readCorpus('innocent-lines.txt').split('\n');
}

/** The text as a machine would have it. */
export function withoutMarks(text: string): string {
  return text.replace(/[«»]/g, '');
}

function readCorpus(name: string): string {
  return readFileSync(new URL(`../corpus/redact/${name}`, import.meta.url), 'utf8');
}
