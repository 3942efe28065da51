import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { SonaeError } from '../../model/error.ts';
import { createLru } from '../../std/lru.ts';

/** The kinds of things that point at a person, a machine or a company. */
export const aliasKinds = [
  'host',
  'peer',
  'domain',
  'mail-domain',
  'user',
  'person',
  'full-name',
  'mac',
  'network4',
  'network6',
  'address6',
  'serial',
  'machine-id',
  'keyword',
] as const;
export type AliasKind = (typeof aliasKinds)[number];

/** What a map file holds: originals and aliases of one customer. It never enters a bundle. */
export interface AliasMapData {
  readonly format: 'sonae-alias-map';
  readonly version: 1;
  /** Hex. Decides the aliases that are computed; with it the same original gets the same alias in every bundle. */
  readonly key: string;
  readonly aliases: Readonly<Partial<Record<AliasKind, Readonly<Record<string, string>>>>>;
}

/** Aliases as they are handed out: equal originals get equal aliases, different originals different ones. */
export interface AliasMap {
  /** The alias, made by `make` when the original is new; `make` is asked with 1, 2, ... until its answer is free. */
  alias(kind: AliasKind, original: string, make: (attempt: number) => string): string;
  known(kind: AliasKind): ReadonlyMap<string, string>;
  /** A number below 2^32 from the key and the text, the same for ever. */
  number(text: string): number;
  digest(text: string): Buffer;
  /** How many different originals there are now. */
  readonly size: number;
  data(): AliasMapData;
}

// A web server's log can name every address there is: the map stays bounded, the rest shares one alias a kind.
const mostOriginals = 2_000_000;

// Each bit of an address asks for one: those of the few networks that make most of a log are at hand.
const mostNumbers = 8192;

// Kinds whose aliases no real thing has.
const selfEvident: ReadonlySet<AliasKind> = new Set([
  'person',
  'peer',
  'domain',
  'mail-domain',
  'mac',
  'address6',
]);

/** A new map, or one continued from its file. */
export function aliasMap(data?: AliasMapData): AliasMap {
  const key = Buffer.from(data?.key ?? randomBytes(32).toString('hex'), 'hex');
  const forward = new Map<AliasKind, Map<string, string>>();
  const taken = new Set<string>();
  let size = 0;
  const tableOf = (kind: AliasKind) => {
    let table = forward.get(kind);
    if (table === undefined) {
      table = new Map();
      forward.set(kind, table);
    }
    return table;
  };
  const remember = (kind: AliasKind, original: string, alias: string) => {
    tableOf(kind).set(original, alias);
    taken.add(`${kind} ${alias}`);
    size += 1;
  };
  for (const kind of aliasKinds) {
    for (const [original, alias] of Object.entries(data?.aliases[kind] ?? {})) {
      remember(kind, original, alias);
    }
  }
  // Bytes as a key are taken apart at each use, which costs five times what the digest does.
  const secret = createSecretKey(key);
  const digest = (text: string) => createHmac('sha256', secret).update(text).digest();
  const numbers = createLru<string, number>(mostNumbers);
  return {
    alias(kind, original, make) {
      const table = tableOf(kind);
      const known = table.get(original);
      if (known !== undefined) return known;
      // Met again in what was cleaned before. Hosts and users are told apart by what the bundle says of itself.
      if (selfEvident.has(kind) && taken.has(`${kind} ${original}`)) return original;
      if (size >= mostOriginals) return make(0);
      for (let attempt = 1; ; attempt += 1) {
        const alias = make(attempt);
        if (taken.has(`${kind} ${alias}`) || table.has(alias)) continue;
        remember(kind, original, alias);
        return alias;
      }
    },
    known: tableOf,
    number(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      const made = digest(text).readUInt32BE(0);
      numbers.set(text, made);
      return made;
    },
    digest,
    get size() {
      return size;
    },
    data() {
      const aliases: Partial<Record<AliasKind, Record<string, string>>> = {};
      for (const [kind, table] of forward)
        if (table.size > 0) aliases[kind] = Object.fromEntries(table);
      return { format: 'sonae-alias-map', version: 1, key: key.toString('hex'), aliases };
    },
  };
}

/** Reads a map file; throws E_FORMAT when it is not one. */
export function parseAliasMap(text: string, name: string): AliasMapData {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SonaeError(
      'E_FORMAT',
      `${name} is not a map of aliases: ${(error as Error).message}`,
    );
  }
  if (!isMap(value)) {
    throw new SonaeError('E_FORMAT', `${name} is not a map of aliases that this sonae can read`, {
      hint: 'Give the file that an earlier `sonae clean --map FILE` wrote, or a name that does not exist yet.',
    });
  }
  return value;
}

function isMap(value: unknown): value is AliasMapData {
  if (typeof value !== 'object' || value === null) return false;
  const { format, version, key, aliases } = value as Partial<AliasMapData>;
  return (
    format === 'sonae-alias-map' &&
    version === 1 &&
    typeof key === 'string' &&
    /^[0-9a-f]{64}$/.test(key) &&
    typeof aliases === 'object' &&
    aliases !== null &&
    Object.values(aliases).every(
      (table) =>
        typeof table === 'object' &&
        Object.values(table).every((alias) => typeof alias === 'string'),
    )
  );
}
