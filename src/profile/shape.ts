import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../std/nearest.ts';
import { parseDuration, parseSize } from '../std/units.ts';
import { childNode, kindOf, quoteHint, scalarText } from './yaml-node.ts';

/** A JSON Schema, as far as ours need one (draft 2020-12). */
export type JsonSchema = { readonly [key: string]: unknown };

/** Receives what is wrong with a node. */
export type Report = (node: Node | undefined, message: string, hint?: string) => void;

/**
 * What a value of a profile looks like: the decoder and the published JSON Schema are made from the same shapes, so
 * they cannot say different things. `decode` reports every problem and gives undefined when there is no usable value.
 */
export interface Shape<Value> {
  readonly schema: JsonSchema;
  decode(node: Node, report: Report): Value | undefined;
}

/** The type that a shape decodes to. */
export type ValueOf<S> = S extends Shape<infer Value> ? Value : never;

/** One line of a table of fields: what it is, and what it is when left out. */
export interface Field<Value> {
  readonly shape: Shape<Exclude<Value, undefined>>;
  readonly about: string;
  readonly isRequired: boolean;
  readonly missing: Value;
  /** The missing value as a person would write it, where that differs. */
  readonly written?: string;
}

/** A field that must be there. */
export function required<Value>(shape: Shape<Value>, about: string): Field<Value> {
  return {
    shape: shape as Shape<Exclude<Value, undefined>>,
    about,
    isRequired: true,
    missing: undefined as Value,
  };
}

/** A field that is undefined when left out. */
export function optional<Value>(shape: Shape<Value>, about: string): Field<Value | undefined> {
  return {
    shape: shape as Shape<Exclude<Value, undefined>>,
    about,
    isRequired: false,
    missing: undefined,
  };
}

/** A field with a value for when it is left out. */
export function defaulted<Value>(
  shape: Shape<Value>,
  missing: Value,
  about: string,
  written?: string,
): Field<Value> {
  return {
    shape: shape as Shape<Exclude<Value, undefined>>,
    about,
    isRequired: false,
    missing,
    ...(written === undefined ? {} : { written }),
  };
}

/** A text; numbers count as text as they are written. With a pattern, `what` names the valid form. */
export function text(options: { most: number; pattern?: RegExp; what?: string }): Shape<string> {
  const { most, pattern, what = 'a text' } = options;
  return {
    schema: {
      type: ['string', 'number'],
      maxLength: most,
      ...(pattern ? { pattern: pattern.source } : {}),
    },
    decode(node, report) {
      const value = scalarText(node);
      if (value === undefined)
        report(node, `expected ${what}, found ${kindOf(node)}`, quoteHint(node));
      else if (value.length > most) report(node, `longer than ${most} characters`);
      else if (value.trim() === '') report(node, `expected ${what}, found nothing`);
      else if (hasControl(value)) report(node, 'holds control characters');
      else if (pattern && !pattern.test(value)) report(node, `expected ${what}, found "${value}"`);
      else return value;
      return undefined;
    },
  };
}

/** One of some words. */
export function choice<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return {
    schema: { enum: words },
    decode(node, report) {
      const value = scalarText(node);
      if (value !== undefined && (words as readonly string[]).includes(value)) return value as Word;
      const near = value === undefined ? [] : nearest(value, words);
      report(
        node,
        value === undefined
          ? `expected a word, found ${kindOf(node)}`
          : `"${value}" is not valid here`,
        near.length > 0 ? `did you mean ${near.join(', ')}?` : `one of ${words.join(', ')}`,
      );
      return undefined;
    },
  };
}

/** true or false. */
export const flag: Shape<boolean> = {
  schema: { type: 'boolean' },
  decode(node, report) {
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    report(node, `expected true or false, found ${kindOf(node)}`);
    return undefined;
  },
};

/** A whole number in a range, both ends included. */
export function integer(least: number, most: number): Shape<number> {
  return {
    schema: { type: 'integer', minimum: least, maximum: most },
    decode(node, report) {
      const value = isScalar(node) ? node.value : undefined;
      if (
        typeof value === 'number' &&
        Number.isSafeInteger(value) &&
        value >= least &&
        value <= most
      )
        return value;
      report(node, `expected a whole number from ${least} to ${most}, found ${kindOf(node)}`);
      return undefined;
    },
  };
}

/** Bytes, as `25M` or `1000000`. */
export function size(least: number, most: number): Shape<number> {
  return measured(parseSize, {
    least,
    most,
    what: 'a size such as 512K or 25M',
    pattern: '^[0-9]+(\\.[0-9]+)?\\s*([KMGTkmgt]?([iI]?[bB])?)$',
  });
}

/** Milliseconds, as `20s` or `5m`. */
export function duration(leastMs: number, mostMs: number): Shape<number> {
  return measured(parseDuration, {
    least: leastMs,
    most: mostMs,
    what: 'a duration such as 500ms, 20s or 5m',
    pattern: '^([0-9]+(ms|[smhd]))+$',
  });
}

function measured(
  parse: (text: string) => number | undefined,
  { least, most, what, pattern }: { least: number; most: number; what: string; pattern: string },
): Shape<number> {
  return {
    schema: { type: ['string', 'number'], pattern },
    decode(node, report) {
      const value = scalarText(node);
      const parsed = value === undefined ? undefined : parse(value);
      if (parsed === undefined) report(node, `expected ${what}, found ${kindOf(node)}`);
      else if (parsed < least || parsed > most) report(node, `"${value}" is out of range`, what);
      else return parsed;
      return undefined;
    },
  };
}

/** A list; with `orOne` a single value stands for a list of one. */
export function list<Value>(
  shape: Shape<Value>,
  options: { most: number; least?: number; orOne?: boolean },
): Shape<readonly Value[]> {
  const { most, least = 0, orOne = false } = options;
  const listSchema = { type: 'array', items: shape.schema, minItems: least, maxItems: most };
  return {
    schema: orOne ? { anyOf: [shape.schema, listSchema] } : listSchema,
    decode(node, report) {
      if (!isSeq(node)) {
        if (!orOne) {
          report(node, `expected a list, found ${kindOf(node)}`);
          return undefined;
        }
        const value = shape.decode(node, report);
        return value === undefined ? undefined : [value];
      }
      if (node.items.length < least)
        report(node, `expected at least ${least}, found ${node.items.length}`);
      if (node.items.length > most) report(node, `more than ${most} are not allowed`);
      const values = node.items.slice(0, most).map((entry) => shape.decode(entry as Node, report));
      return values.every((value) => value !== undefined) ? (values as Value[]) : undefined;
    },
  };
}

/** Either a short form, which `widen` turns into the full one, or the full form, which is a map. */
export function orShort<Value, Short>(
  full: Shape<Value>,
  short: Shape<Short>,
  widen: (value: Short) => Value,
): Shape<Value> {
  return {
    schema: { anyOf: [short.schema, full.schema] },
    decode(node, report) {
      if (isMap(node)) return full.decode(node, report);
      const value = short.decode(node, report);
      return value === undefined ? undefined : widen(value);
    },
  };
}

/** A map with a table of fields; unknown keys are problems with the nearest valid word. */
export function record<Fields extends { readonly [name: string]: Field<unknown> }>(
  fields: Fields,
): Shape<{
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer Value> ? Value : never;
}> {
  type Value = { [Name in keyof Fields]: Fields[Name] extends Field<infer V> ? V : never };
  const names = Object.keys(fields);
  return {
    schema: {
      type: 'object',
      additionalProperties: false,
      required: names.filter((name) => fields[name]?.isRequired),
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, { shape, about, missing, written, isRequired }]) => [
          name,
          {
            description: about,
            ...shape.schema,
            ...(isRequired || missing === undefined ? {} : { default: written ?? missing }),
          },
        ]),
      ),
    },
    decode(node, report) {
      if (!isMap(node)) {
        report(node, `expected a map, found ${kindOf(node)}`);
        return undefined;
      }
      reportUnknownKeys(node, names, report);
      const value: Record<string, unknown> = {};
      let isWhole = true;
      for (const [name, { shape, isRequired, missing }] of Object.entries(fields)) {
        const entry = childNode(node, name);
        if (entry === undefined) {
          if (isRequired) report(node, `"${name}" is missing`);
          isWhole &&= !isRequired;
          value[name] = missing;
          continue;
        }
        value[name] = shape.decode(entry, report);
        isWhole &&= value[name] !== undefined;
      }
      return isWhole ? (value as Value) : undefined;
    },
  };
}

function reportUnknownKeys(node: YAMLMap, names: readonly string[], report: Report): void {
  for (const { key } of node.items) {
    const name = isScalar(key) ? String(key.value) : undefined;
    if (name !== undefined && names.includes(name)) continue;
    const near = name === undefined ? [] : nearest(name, names);
    report(
      key as Node,
      name === undefined ? 'expected a field name' : `there is no field "${name}"`,
      near.length > 0 ? `did you mean ${near.join(', ')}?` : `one of ${names.join(', ')}`,
    );
  }
}

function hasControl(value: string): boolean {
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(value);
}
