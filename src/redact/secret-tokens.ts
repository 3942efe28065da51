import { createHash, hash, randomBytes } from 'node:crypto';

/** What replaces a secret, and everything that looks like one already. */
export const tokenPattern = /<sonae:secret:[a-z]?\d+>/;

/** Names the secrets of one run: equal secrets get equal tokens, and the secrets themselves are not kept. */
export interface SecretTokens {
  /** `<sonae:secret:3>` for a secret, as latin1 text. */
  token(secret: string): string;
  /** For secrets that come in pieces: feed, then name. */
  digest(): { update(piece: string): void; token(): string };
}

// Beyond this many different secrets all further ones share the number 0: memory stays bounded on any input.
const limit = 200_000;

/**
 * Tokens numbered in order of first sight. A random key stays in memory for the run, so that neither the
 * table nor the result lets anyone try out passwords. `series` is put before the number, to keep the tokens
 * of a later cleaning apart from those already in a bundle.
 */
export function secretTokens(series = ''): SecretTokens {
  const key = randomBytes(32);
  const numbers = new Map<string, number>();
  const name = (digest: string) => {
    let number = numbers.get(digest);
    if (number === undefined) {
      number = numbers.size < limit ? numbers.size + 1 : 0;
      if (number > 0) numbers.set(digest, number);
    }
    return `<sonae:secret:${series}${number}>`;
  };
  return {
    // The key comes first: a hash that only this run can compute, at a third of the cost of an HMAC.
    token: (secret) =>
      name(hash('sha256', Buffer.concat([key, Buffer.from(secret, 'latin1')]), 'base64')),
    digest() {
      const pieces = createHash('sha256').update(key);
      return {
        update: (piece) => void pieces.update(piece, 'latin1'),
        token: () => name(pieces.digest('base64')),
      };
    },
  };
}
