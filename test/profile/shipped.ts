import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Item, Profile } from '../../src/model/profile.ts';
import { decodeLibrary, resolveProfile } from '../../src/profile/resolve-profiles.ts';

const folder = fileURLToPath(new URL('../../profiles', import.meta.url));

/** The library of shipped profiles. */
export const shippedLibrary = decodeLibrary(
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => ({
      file: `${folder}/${name}`,
      text: readFileSync(`${folder}/${name}`, 'utf8'),
      folder,
    })),
);

/** Each shipped profile as written. */
export const shippedProfiles: readonly Profile[] = [...shippedLibrary.profiles.values()].map(
  ({ profile }) => profile,
);

/** Each item of the shipped profiles, where it is defined. */
export const shippedItems: readonly Item[] = shippedProfiles.flatMap(({ items }) => items);

/** A shipped profile with all the items it takes. */
export function shipped(name: string): Profile {
  const resolved = resolveProfile(name, shippedLibrary);
  if (!resolved) throw new Error(`no shipped profile ${name}`);
  return resolved.profile;
}
