import { SonaeError } from '../model/error.ts';
import { parseSize } from '../std/units.ts';

/** A known limit for one file, and whose it is. */
export interface SizePreset {
  readonly name: string;
  readonly bytes: number;
  readonly what: string;
}

/** Limits people meet. A little below the real one where the other side counts in other units or wraps the file. */
export const sizePresets: readonly SizePreset[] = [
  { name: 'redhat', bytes: 1_000_000_000, what: 'Red Hat portal: one upload is at most 1 GiB' },
  { name: 'web', bytes: 2_000_000_000, what: 'web forms and proxies that stop at 2 GB' },
  { name: 'small', bytes: 250_000_000, what: 'portals and gateways that stop at 250 MB' },
  { name: 'mail', bytes: 7_000_000, what: 'mail of 10 MB, where base64 adds a third' },
  { name: 'cd', bytes: 700_000_000, what: 'one CD' },
  { name: 'fat32', bytes: 4_294_967_295, what: 'FAT32: one file is below 4 GiB' },
  { name: 'dvd', bytes: 4_700_000_000, what: 'one DVD, single layer' },
  { name: 'dvd-dl', bytes: 8_500_000_000, what: 'one DVD, double layer' },
  { name: 'bluray', bytes: 25_000_000_000, what: 'one Blu-ray disc, single layer' },
];

/** What is used when nobody says: it suits the strictest of the large portals. */
export const defaultChunkBytes = 1_000_000_000;

/** Bytes of `--size`: a preset or a size such as `500M`; throws E_USAGE. */
export function chunkBytesOf(text: string): number {
  const bytes = sizePresets.find(({ name }) => name === text)?.bytes ?? parseSize(text);
  if (bytes !== undefined) return bytes;
  const names = sizePresets.map(({ name }) => name).join(', ');
  throw new SonaeError('E_USAGE', `not a size: ${text}`, {
    hint: `A size such as 500M or 1000000000, or one of ${names}; \`--size list\` explains them.`,
  });
}
