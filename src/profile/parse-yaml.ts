import { Lexer, LineCounter, type Node, Parser, parseDocument, visit } from 'yaml';
import type { Position, ProfileProblem } from './problem.ts';

/** Bytes of a profile file at most; the largest that is shipped has a tenth of it. */
export const mostProfileBytes = 512 * 1024;

// Items need six levels. The parser is recursive and deep nesting would end the whole process, not throw.
const mostDepth = 20;
const mostSyntaxProblems = 20;

/** A YAML document as nodes that know where they stand. */
export interface YamlSource {
  /** Undefined for an empty file and for one that cannot be read at all. */
  readonly root: Node | undefined;
  readonly problems: readonly ProfileProblem[];
  /** Line and column of an offset into the text. */
  position(offset: number): Position;
}

/** Parses one YAML 1.2 document. Never throws; anchors, aliases and tags are refused, so nothing can multiply. */
export function parseYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refusal = whyTooMuch(text);
  if (refusal) {
    return {
      root: undefined,
      problems: [{ file, line: refusal.line, column: 1, message: refusal.message }],
      position,
    };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const problems: ProfileProblem[] = [...document.errors, ...document.warnings]
    .slice(0, mostSyntaxProblems)
    .map(({ code, message, pos }) => ({
      file,
      ...position(pos[0]),
      message:
        code === 'MULTIPLE_DOCS'
          ? 'more than one document: one profile to a file'
          : firstSentence(message),
    }));
  const refuse = (node: Node, message: string) => {
    problems.push({ file, ...position(node.range?.[0] ?? 0), message });
  };
  visit(document, {
    Alias(_key, node) {
      refuse(node, `aliases are not part of the format: write the value of *${node.source} out`);
    },
    Node(_key, node) {
      if ('anchor' in node && node.anchor) refuse(node, 'anchors are not part of the format');
      if (node.tag) {
        refuse(node, `tags are not part of the format: ${node.tag}`);
      }
    },
  });
  // Behind a mistake of syntax the rest is a guess, and what it lacks is none of the author's mistakes.
  const isGuess = document.errors.some(({ code }) => code !== 'DUPLICATE_KEY');
  return { root: isGuess ? undefined : (document.contents ?? undefined), problems, position };
}

// Looks at size and depth with the parts of the parser that do not recurse, before those that do.
function whyTooMuch(text: string): { readonly line: number; readonly message: string } | undefined {
  if (Buffer.byteLength(text) > mostProfileBytes) {
    return { line: 1, message: `more than ${mostProfileBytes / 1024} KiB: this is no profile` };
  }
  const parser = new Parser();
  let line = 1;
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme)) {
      // Only the depth is of interest.
    }
    if (parser.stack.length > mostDepth * 2) return { line, message: 'nested too deeply' };
    line += lexeme.split('\n').length - 1;
  }
  return undefined;
}

function firstSentence(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? message;
}
