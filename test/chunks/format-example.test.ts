import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { parseFrameShape } from '../../src/chunks/frame-header.ts';
import { parseManifest, renderManifest } from '../../src/chunks/manifest.ts';
import { renderSums } from '../../src/chunks/sha256sums.ts';

const text = readFileSync(
  fileURLToPath(new URL('../../docs/formats/chunk-set.md', import.meta.url)),
  'utf8',
);
const example = text.slice(text.indexOf('## Worked example'));
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(example)?.[1] ?? '';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('decodes the worked example of the format', () => {
  const chunk = Buffer.from(block('hex').replace(/\s/g, ''), 'hex');
  const original = zstdDecompressSync(chunk);
  expect(original.toString()).toBe('hello, dump\n');
  expect(parseFrameShape(chunk)).toEqual({
    contentSize: 12,
    windowSize: 12,
    hasChecksum: true,
    packedLength: 25,
  });
  const { set, problems } = parseManifest(block('text'));
  expect(problems).toEqual([]);
  if (set === undefined) throw new Error('no set');
  expect(set.chunks).toEqual([
    {
      name: '0042_tiny.zst.000',
      bytes: chunk.length,
      sha256: sha256(chunk),
      frames: [{ offset: 0, length: 12, packedOffset: 0, packedLength: 25 }],
    },
  ]);
  expect(set.original).toMatchObject({ name: 'tiny', bytes: 12, sha256: sha256(original) });
  expect(renderManifest(set)).toBe(block('text'));
  expect(renderSums(set)).toBe(block('sums'));
});
