import { parse } from 'yaml';
import type { MaskVector, ShapeRule } from './rule.ts';
import { secretRedactor } from './secret-redactor.ts';

/** Rules of the administrator (docs/formats/redaction-rules.md), and what is wrong with the file, for people. */
export interface UserRules {
  readonly rules: readonly ShapeRule[];
  readonly problems: readonly string[];
}

const mostRules = 500;
/** How many ways of matching a pattern may have at one place: the bound on its cost. */
const mostWays = 100_000;

/** Takes rules from the text of a YAML file. Never throws on content; a rule with a problem is left out. */
export function parseUserRules(text: string, file: string): UserRules {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    return { rules: [], problems: [`${file}: ${(error as Error).message}`] };
  }
  const { kind, rules } = (value ?? {}) as { kind?: unknown; rules?: unknown };
  if (kind !== 'RedactionRules' || !Array.isArray(rules) || rules.length > mostRules) {
    return { rules: [], problems: [`${file}: expected kind: RedactionRules and a list of rules`] };
  }
  const problems: string[] = [];
  const good = rules.flatMap((rule, index) => {
    const result = readRule(rule);
    if (typeof result !== 'string') {
      const broken = brokenVector(result);
      if (broken === undefined) return [result];
      problems.push(`${file}: rule ${index + 1} (${result.name}): ${broken}`);
      return [];
    }
    problems.push(`${file}: rule ${index + 1}: ${result}`);
    return [];
  });
  return { rules: good, problems };
}

function readRule(value: unknown): ShapeRule | string {
  if (typeof value !== 'object' || value === null) return 'expected a map';
  const { name, reason, keys, words, pattern, masks, keeps } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{1,60}$/.test(name)) {
    return 'name: expected 2 to 61 small letters, digits and dashes';
  }
  if (typeof reason !== 'string' || reason.trim() === '') return 'reason: say why in one sentence';
  const vectors = { masks: isVectors(masks) ? masks : [], keeps: isTexts(keeps) ? keeps : [] };
  if (isTexts(keys) && keys.length > 0 && pattern === undefined) {
    const bad = keys.find((key) => !/^[\w.-]{3,60}$/.test(key));
    if (bad !== undefined)
      return `keys: ${JSON.stringify(bad)} is not a name of 3 to 60 characters`;
    return {
      kind: 'shape',
      name,
      reason,
      anchors: keys.map((key) => key.toLowerCase()),
      pattern: keyPattern(keys),
      ...vectors,
    };
  }
  if (typeof pattern !== 'string' || !isTexts(words) || words.length === 0) {
    return 'expected keys, or words and a pattern that starts with one of them';
  }
  const bad = words.find((word) => word.length < 3 || /[^\x20-\x7e]/.test(word));
  if (bad !== undefined)
    return `words: ${JSON.stringify(bad)} is shorter than 3 characters or not ASCII`;
  const refused = refusePattern(pattern);
  if (refused !== undefined) return `pattern: ${refused}`;
  return {
    kind: 'shape',
    name,
    reason,
    anchors: words,
    isInside: true,
    pattern: new RegExp(pattern, 'dy'),
    ...vectors,
  };
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((one) => typeof one === 'string' && one.length <= 1000)
  );
}

function isVectors(value: unknown): value is MaskVector[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof one?.text === 'string' && typeof one?.masked === 'string')
  );
}

function keyPattern(keys: readonly string[]): RegExp {
  const names = keys.map((key) => key.replace(/[.-]/g, '\\$&')).join('|');
  return new RegExp(
    `(?:${names})["']?[ \\t]{0,8}(?::|=>?)[ \\t]{0,8}(?:"(?<secret>[^"\\n]{1,400})|'?(?<also>[^\\s"',;]{1,400}))`,
    'diy',
  );
}

/**
 * Why a pattern is not taken: it must be valid, and its cost bounded on any text. Repetitions have an upper bound,
 * groups are not repeated, and all repetitions together leave few ways of matching.
 */
export function refusePattern(source: string): string | undefined {
  try {
    new RegExp(source, 'dy');
  } catch (error) {
    return (error as Error).message;
  }
  // Classes and escapes first: what stands in them is not syntax.
  const plain = source
    .replace(/\\[kK1-9]/g, '\u0001')
    .replace(/\\./g, 'x')
    .replace(/\[[^\]]*\]/g, 'x');
  if (plain.includes('\u0001')) return 'references to groups are not allowed';
  if (/\(\?<[=!]/.test(plain)) return 'looking behind is not allowed';
  if (/\)(?:[*+]|\{)/.test(plain)) return 'a group cannot be repeated';
  if (/[*+]|\{\d*,\}/.test(plain))
    return 'a repetition needs an upper bound: write {0,200} for * and {1,200} for +';
  let ways = 1;
  for (const [, from = '0', to] of plain.matchAll(/\{(\d+)(?:,(\d+))?\}/g)) {
    if (to !== undefined) ways *= Number(to) - Number(from) + 1;
    if (Number(to ?? from) > 4096) return 'a repetition of more than 4096';
  }
  return ways > mostWays
    ? `too many ways to match (${ways}, at most ${mostWays}): make the repetitions smaller`
    : undefined;
}

// A rule that does not do what its own examples say would give a false sense of safety.
function brokenVector(rule: ShapeRule): string | undefined {
  const redactor = secretRedactor({ userRules: [rule] });
  const mask = (text: string) => {
    const stream = redactor.open({ id: rule.name, path: 'example' });
    return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString('utf8');
  };
  for (const { text, masked } of rule.masks) {
    const got = mask(text).replace(/(?:<|&lt;)sonae:secret:\d+(?:>|&gt;)/g, '*');
    if (got !== masked)
      return `its example becomes ${JSON.stringify(got)}, not ${JSON.stringify(masked)}`;
  }
  const changed = rule.keeps.find((text) => mask(text) !== text);
  return changed === undefined
    ? undefined
    : `it changes ${JSON.stringify(changed)}, which it should keep`;
}
