/** The part of JSON Schema that our own schemas use. */
export interface JsonSchema {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  /** For members that have no name of their own. */
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Where a value breaks a schema, or names a member that the schema does not know; empty when it fits. */
export function schemaProblems(value: unknown, schema: JsonSchema, path = '$'): string[] {
  if (schema.oneOf) {
    const answers = schema.oneOf.map((one) => schemaProblems(value, one, path));
    const fitting = answers.filter((problems) => problems.length === 0).length;
    if (fitting === 1) return [];
    // The alternative that says most about it is the one that was meant.
    const nearest = answers.reduce((a, b) => (a.length <= b.length ? a : b));
    return [`${path}: fits ${fitting} of the alternatives`, ...nearest];
  }
  if ('const' in schema) return value === schema.const ? [] : [`${path}: not ${schema.const}`];
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${path}: ${value} is not allowed`];
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path}: no array`];
    return value.flatMap((item, at) => schemaProblems(item, schema.items ?? {}, `${path}[${at}]`));
  }
  if (schema.type === 'object') return objectProblems(value, schema, path);
  if (schema.minimum !== undefined && Number(value) < schema.minimum)
    return [`${path}: below ${schema.minimum}`];
  if (schema.type === 'integer') return Number.isInteger(value) ? [] : [`${path}: no integer`];
  if (schema.type && typeof value !== schema.type) return [`${path}: no ${schema.type}`];
  if (schema.pattern && !new RegExp(schema.pattern).test(String(value))) {
    return [`${path}: ${value} does not match ${schema.pattern}`];
  }
  return [];
}

function objectProblems(value: unknown, schema: JsonSchema, path: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return [`${path}: no object`];
  }
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${path}: ${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const rest = schema.additionalProperties;
      const known = schema.properties?.[name] ?? (typeof rest === 'object' ? rest : undefined);
      if (!known && rest === true) return [];
      return known
        ? schemaProblems(member, known, `${path}.${name}`)
        : [`${path}.${name}: not in the schema`];
    }),
  ];
}
