import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeProfile } from '../../src/profile/decode-profile.ts';
import { cachedDecoder, renderDecodedCache } from '../../src/profile/decoded-cache.ts';

const folder = new URL('../../profiles/', import.meta.url);
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

it('gives from the cache what decoding gives', () => {
  const decode = cachedDecoder(renderDecodedCache(texts));
  expect(texts.length).toBeGreaterThan(30);
  for (const text of texts) expect(decode('x.yaml', text)).toEqual(decodeProfile('x.yaml', text));
});

it('decodes a file that was edited', () => {
  const decode = cachedDecoder(renderDecodedCache(texts));
  const edited = `${texts[0]}\nnonsense: 1\n`;
  expect(decode('x.yaml', edited)).toEqual(decodeProfile('x.yaml', edited));
  expect(decode('x.yaml', edited).problems.length).toBeGreaterThan(0);
});
