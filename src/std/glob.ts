/** A path pattern taken apart: `*` and `?` within a name, `[...]` classes, `**` for any depth. */
export interface Glob {
  readonly pattern: string;
  /** One per path component: a literal name, a pattern, or any depth. */
  readonly parts: readonly GlobPart[];
  /** It ends in `/`: what is in the folder, also where the name is a link to it. */
  readonly entersLink: boolean;
}

/** One component of a glob. */
export type GlobPart =
  | { readonly kind: 'literal'; readonly name: string }
  | { readonly kind: 'pattern'; readonly matches: (name: string) => boolean }
  | { readonly kind: 'depth' };

/** Takes an absolute path pattern apart. `{a,b}` alternatives are not part of the language. */
export function parseGlob(pattern: string): Glob {
  const parts = pattern
    .split('/')
    .filter((part) => part !== '')
    .map((part): GlobPart => {
      if (part === '**') return { kind: 'depth' };
      return /[*?[]/.test(part)
        ? { kind: 'pattern', matches: nameMatcher(part) }
        : { kind: 'literal', name: part };
    });
  return { pattern, parts, entersLink: pattern.endsWith('/') };
}

/** True when the whole path matches the glob. */
export function matchesGlob(glob: Glob, path: string): boolean {
  const names = path.split('/').filter((part) => part !== '');
  return matchFrom(glob.parts, 0, names, 0, names.length);
}

/** True when the path, or a folder above it, matches: what "leave this out" means. */
export function coversPath(glob: Glob, path: string): boolean {
  return coversNames(
    glob,
    path.split('/').filter((part) => part !== ''),
  );
}

/** The same for a path that was taken apart before, when many globs are held against it. */
export function coversNames(glob: Glob, names: readonly string[]): boolean {
  for (let length = names.length; length > 0; length -= 1) {
    if (matchFrom(glob.parts, 0, names, 0, length)) return true;
  }
  return false;
}

function matchFrom(
  parts: readonly GlobPart[],
  partAt: number,
  names: readonly string[],
  nameAt: number,
  end: number,
): boolean {
  const part = parts[partAt];
  if (part === undefined) return nameAt === end;
  if (part.kind === 'depth') {
    for (let skip = nameAt; skip <= end; skip += 1) {
      if (matchFrom(parts, partAt + 1, names, skip, end)) return true;
    }
    return false;
  }
  const name = names[nameAt];
  return (
    name !== undefined &&
    nameAt < end &&
    matchesPart(part, name) &&
    matchFrom(parts, partAt + 1, names, nameAt + 1, end)
  );
}

/** True when a single name satisfies a literal or a pattern. */
export function matchesPart(part: Exclude<GlobPart, { kind: 'depth' }>, name: string): boolean {
  return part.kind === 'literal' ? part.name === name : part.matches(name);
}

// Matches greedily with one place to go back to, so the time is at most name times pattern: no pattern can
// make it exponential, which a regular expression made from `*a*a*a*` would be.
function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokenize(pattern);
  return (name) => {
    let token = 0;
    let at = 0;
    let starToken = -1;
    let starAt = 0;
    while (at < name.length) {
      const current = tokens[token];
      if (current === 'star') {
        starToken = token;
        starAt = at;
        token += 1;
      } else if (current?.(name.charCodeAt(at))) {
        token += 1;
        at += 1;
      } else if (starToken >= 0) {
        starAt += 1;
        token = starToken + 1;
        at = starAt;
      } else {
        return false;
      }
    }
    while (tokens[token] === 'star') token += 1;
    return token === tokens.length;
  };
}

type Token = 'star' | ((code: number) => boolean);

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '*') tokens.push('star');
    else if (character === '?') tokens.push(() => true);
    else {
      const close = character === '[' ? pattern.indexOf(']', at + 2) : -1;
      if (close > 0) {
        tokens.push(classMatcher(pattern.slice(at + 1, close)));
        at = close;
      } else {
        const code = pattern.charCodeAt(at);
        tokens.push((other) => other === code);
      }
    }
  }
  return tokens;
}

function classMatcher(body: string): (code: number) => boolean {
  const isNegated = body.startsWith('!') || body.startsWith('^');
  const text = isNegated ? body.slice(1) : body;
  const ranges: [number, number][] = [];
  for (let at = 0; at < text.length; at += 1) {
    const from = text.charCodeAt(at);
    if (text[at + 1] === '-' && at + 2 < text.length) {
      ranges.push([from, text.charCodeAt(at + 2)]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return (code) => ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;
}
