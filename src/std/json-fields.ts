import { printable } from './printable.ts';

/** Where a parser puts its sentences: the key, then what was expected. */
export type Problems = string[];

// Longer text than this in a field is an attack or a mistake.
const maxTextLength = 4096;

/** A JSON object, or a problem. */
export function object(
  value: unknown,
  where: string,
  problems: Problems,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  problems.push(`${where}: expected an object`);
  return undefined;
}

/** A list of at most `limit`; empty, with a problem, when it is none. */
export function list(
  value: unknown,
  where: string,
  problems: Problems,
  limit: number,
): readonly unknown[] {
  if (Array.isArray(value) && value.length <= limit) return value;
  problems.push(`${where}: expected a list of at most ${limit}`);
  return [];
}

/** A text, safe to print, that matches; empty, with a problem, when it does not. */
export function text(value: unknown, where: string, problems: Problems, pattern?: RegExp): string {
  if (
    typeof value === 'string' &&
    value.length <= maxTextLength &&
    (pattern?.test(value) ?? true)
  ) {
    return printable(value);
  }
  problems.push(
    `${where}: expected ${pattern === undefined ? 'a text' : `a text like ${pattern.source}`}`,
  );
  return '';
}

/** A whole number from 0 to 2^53 - 1; 0, with a problem, when it is none. */
export function whole(value: unknown, where: string, problems: Problems): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  problems.push(`${where}: expected a whole number`);
  return 0;
}

/** Exactly `count` whole numbers. */
export function range(
  value: unknown,
  where: string,
  problems: Problems,
  count: number,
): readonly number[] {
  if (
    Array.isArray(value) &&
    value.length === count &&
    value.every((one) => Number.isSafeInteger(one) && one >= 0)
  ) {
    return value;
  }
  problems.push(`${where}: expected ${count} whole numbers`);
  return [];
}

/** `{ key: read(value) }`, or nothing when the value is absent. */
export function optional<Key extends string, Value>(
  key: Key,
  value: unknown,
  read: (value: unknown) => Value,
): { readonly [one in Key]?: Value } {
  // The cast says what a computed key hides: the one key there is, is `Key`.
  return value === undefined ? {} : ({ [key]: read(value) } as { readonly [one in Key]: Value });
}
