/** A line of a configuration that could not be taken as meant. */
export interface TextProblem {
  readonly line: number;
  readonly says: string;
}

/** Assignments of a shell-like file and the lines that are none. */
export interface ShellVariables {
  readonly values: ReadonlyMap<string, string>;
  /** How often each was assigned, for those assigned more than once. */
  readonly repeated: ReadonlySet<string>;
  readonly problems: readonly TextProblem[];
}

const maximumLines = 20_000;
const maximumLineLength = 65_536;

/** The lines of a text without carriage returns; bounded, so that a huge or binary file costs no more than a large one. */
export function textLines(text: string): readonly string[] {
  return text
    .split('\n', maximumLines)
    .map((line) => line.slice(0, maximumLineLength).replace(/\r$/, ''));
}

/** True when bytes that no text holds are there. */
export function isBinary(text: string): boolean {
  return text.slice(0, 8192).includes('\0');
}

/**
 * Parses `NAME="value"` lines as /etc/sysconfig/kdump, /etc/default/kdump-tools, /etc/default/grub, os-release and a
 * kernel's config have them. `$NAME` and `${NAME}` are replaced by values seen before. Nothing is ever executed.
 */
export function parseShellVariables(
  text: string,
  initial: ReadonlyMap<string, string> = new Map(),
): ShellVariables {
  const values = new Map(initial);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const problems: TextProblem[] = [];
  const lines = textLines(text);
  const returned = text.split('\n', maximumLines).findIndex((line) => /=.*\r$/.test(line));
  if (returned >= 0)
    problems.push({
      line: returned + 1,
      says: 'the lines end in carriage returns, which a shell takes as part of each value',
    });
  for (let index = 0; index < lines.length; index += 1) {
    let line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const first = index + 1;
    while (line.endsWith('\\') && index + 1 < lines.length && line.length < maximumLineLength) {
      index += 1;
      line = line.slice(0, -1) + (lines[index] ?? '').trim();
    }
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(\+?=)(.*)$/.exec(line);
    if (!match) {
      problems.push({ line: first, says: `not an assignment: ${line.slice(0, 80)}` });
      continue;
    }
    const [, name = '', operator, raw = ''] = match;
    const value = unquote(raw, values);
    if (seen.has(name) && operator === '=') repeated.add(name);
    seen.add(name);
    values.set(name, operator === '+=' ? (values.get(name) ?? '') + value : value);
  }
  return { values, repeated, problems };
}

function unquote(raw: string, values: ReadonlyMap<string, string>): string {
  const text = raw.trim();
  const single = /^'([^']*)'/.exec(text);
  if (single) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  const bare = double ? (double[1] ?? '') : (/^[^\s#;]*/.exec(text)?.[0] ?? '');
  return bare
    .replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g, (_, braced, plain) =>
      (values.get(braced ?? plain) ?? '').slice(0, 4096),
    )
    .replace(/\\(["\\$`])/g, '$1')
    .slice(0, maximumLineLength);
}

/** The words of a kernel command line; double quotes keep spaces in a word, as the kernel's next_arg() has it. */
export function cmdlineWords(cmdline: string): readonly string[] {
  return cmdline.replace(/[\n\0]+/g, ' ').match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
}

/** The last value of a parameter: undefined when it is not there, '' for a bare word. */
export function cmdlineValue(words: readonly string[], name: string): string | undefined {
  const found = words.findLast((word) => word === name || word.startsWith(`${name}=`));
  return found === undefined ? undefined : found.slice(name.length + 1);
}

/** The whole number in a small file of sysfs or procfs; undefined when it holds none. */
export function parseNumber(text: string): number | undefined {
  const match = /^\s*(-?\d{1,16})\b/.exec(text);
  return match ? Number(match[1]) : undefined;
}
