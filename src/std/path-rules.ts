import { coversNames, type Glob, parseGlob } from './glob.ts';

/**
 * Many globs held against many paths: answers with the label of one that covers the path. Rules for a name
 * anywhere (they begin with a double star) and rules below one top folder are kept apart, so few are tried on any one path.
 */
export function compilePathRules(
  rules: Iterable<readonly [label: string, pattern: string]>,
): (path: string) => string | undefined {
  const anywhere: Rule[] = [];
  const below = new Map<string, Rule[]>();
  for (const [label, pattern] of rules) {
    const top = pattern.split('/')[1] ?? '';
    const rule = { label, glob: parseGlob(pattern.replace(/^\/\*\*\//, '/')) };
    if (top === '**') anywhere.push(rule);
    else below.set(top, [...(below.get(top) ?? []), rule]);
  }
  return (path) => {
    const names = path.split('/').filter((part) => part !== '');
    const found = below.get(names[0] ?? '')?.find(({ glob }) => coversNames(glob, names));
    return found ? found.label : labelAnywhere(anywhere, names);
  };
}

interface Rule {
  readonly label: string;
  readonly glob: Glob;
}

function labelAnywhere(anywhere: readonly Rule[], names: readonly string[]): string | undefined {
  for (let start = 0; start < names.length; start += 1) {
    const rest = start === 0 ? names : names.slice(start);
    const found = anywhere.find(({ glob }) => coversNames(glob, rest));
    if (found) return found.label;
  }
  return undefined;
}
