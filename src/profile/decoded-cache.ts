import { createHash } from 'node:crypto';
import { type DecodedProfile, decodeProfile } from './decode-profile.ts';

/** What turns the text of a file into a profile. */
export type ProfileDecoder = (file: string, text: string) => DecodedProfile;

type Cached = Pick<DecodedProfile, 'profile'> & {
  readonly places: readonly [string, { line: number; column: number }][];
};

/**
 * The shipped profiles decoded beforehand, as JSON, each under the digest of its text: parsing a quarter of a megabyte of
 * YAML would be a tenth of the processor time of a whole collection. Only profiles without problems are in it.
 */
export function renderDecodedCache(texts: readonly string[]): string {
  const entries = texts.flatMap((text) => {
    const { profile, places } = decodeProfile('', text);
    return profile ? [[digestOf(text), { profile, places: [...places] }] as const] : [];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** A decoder that takes what it can from such JSON and decodes the rest: a file that was edited has another digest. */
export function cachedDecoder(json: string): ProfileDecoder {
  const cache = JSON.parse(json) as Readonly<Record<string, Cached>>;
  return (file, text) => {
    const cached = cache[digestOf(text)];
    if (!cached?.profile) return decodeProfile(file, text);
    return {
      file,
      profile: { ...cached.profile, file },
      places: new Map(cached.places),
      problems: [],
    };
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
