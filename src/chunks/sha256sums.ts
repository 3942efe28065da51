import type { ChunkSet } from './chunk-set.ts';

/** The text of `SHA256SUMS`, as `sha256sum -c` wants it: the chunks, then the original. */
export function renderSums({ chunks, original }: Pick<ChunkSet, 'chunks' | 'original'>): string {
  return [...chunks, original].map(({ sha256, name }) => `${sha256}  ${name}\n`).join('');
}
