import { type AnchorTable, anchorHits, buildAnchorTable, findAnchors } from './anchor-scan.ts';
import { findCommandSecret } from './command-arguments.ts';
import { findKeyedSecret } from './key-value.ts';
import { type Findings, isBehindEscape, type LineView, matchAt } from './line-view.ts';
import { findPrivateKey, privateKeyAnchors } from './private-key.ts';
import type { FileRule, LineRule, SecretRule, ShapeRule } from './rule.ts';
import { administrationCommandRules } from './rules/administration-commands.ts';
import { commandRules } from './rules/commands.ts';
import { lineRules } from './rules/config-lines.ts';
import { logLineRules } from './rules/log-lines.ts';
import { fileRules } from './rules/named-files.ts';
import { hashRules } from './rules/password-hashes.ts';
import { positionalArgumentRules } from './rules/positional-arguments.ts';
import { scriptLineRules } from './rules/script-lines.ts';
import { serviceLineRules } from './rules/service-lines.ts';
import { serviceTokenRules } from './rules/service-tokens.ts';
import { urlRules } from './rules/urls-and-headers.ts';

/** Looks at one place; returns the position before which it need not be asked again. */
export type Finder = (line: LineView, at: number, findings: Findings) => number;

/** Rules made ready for use. Built once, shared by all streams. */
export interface RuleSet {
  readonly table: AnchorTable;
  /** For each anchor, the indexes of its finders. */
  readonly byAnchor: readonly (readonly number[])[];
  readonly finders: readonly Finder[];
  readonly files: readonly FileRule[];
}

/** Words inside every name that `judgeKeyName` knows. */
export const keyAnchors: readonly string[] = [
  'pass',
  'pwd',
  'secret',
  'token',
  'cred',
  'psk',
  'key',
  'auth',
  'communit',
  'cookie',
  'session=',
  'session:',
  'session"',
  'session_',
  'sessionid',
  'sessid',
  'kennwort',
  'contrasen',
  'senha',
  'rootpw',
  'bindpw',
  'userpw',
  'adminpw',
  'dbpw',
  'ldappw',
  '_pw',
  '-pw',
  'jwt',
  'otp',
  'salt',
  'seed',
];

/** Every rule that comes with sonae, apart from the key names and the private key blocks. */
export const shippedRules: readonly SecretRule[] = [
  ...serviceTokenRules,
  ...hashRules,
  ...urlRules,
  ...commandRules,
  ...administrationCommandRules,
  ...lineRules,
  ...scriptLineRules,
  ...serviceLineRules,
  ...logLineRules,
  ...positionalArgumentRules,
  ...fileRules,
];

/** Prepares the shipped rules and those of the user. */
export function buildRuleSet(userRules: readonly SecretRule[] = []): RuleSet {
  const words: string[] = [];
  const byAnchor: number[][] = [];
  const finders: Finder[] = [];
  const files: FileRule[] = [];
  const declare = (anchors: readonly string[], finder: Finder) => {
    const index = finders.push(finder) - 1;
    for (const anchor of anchors) {
      let id = words.indexOf(anchor);
      if (id < 0) {
        id = words.push(anchor) - 1;
        byAnchor.push([]);
      }
      byAnchor[id]?.push(index);
    }
  };
  declare(privateKeyAnchors, findPrivateKey);
  declare(keyAnchors, findKeyedSecret);
  declare(['chpasswd:'], findUserList);
  declare(['data:', 'data":'], findSecretMap);
  declare(['proctitle=', ' cmd=', ' data='], (line, at, findings) =>
    findHexArguments(set, line, at, findings),
  );
  for (const rule of [...shippedRules, ...userRules]) {
    switch (rule.kind) {
      case 'shape':
        declare(rule.anchors, (line, at, findings) => findShape(rule, line, at, findings));
        break;
      case 'line':
        declare(rule.anchors, (line, _at, findings) => findInLine(rule, line, findings));
        break;
      case 'command':
        declare(rule.anchors, (line, at, findings) => findCommandSecret(rule, line, at, findings));
        break;
      case 'file':
        files.push(rule);
        break;
      default:
        rule satisfies never;
    }
  }
  const set: RuleSet = { table: buildAnchorTable(words), byAnchor, finders, files };
  return set;
}

// cloud-init: the lines below are `user:password`.
function findUserList(line: LineView, at: number, findings: Findings): number {
  const indent = at - line.start;
  if (line.text.slice(line.start, at).trim() === '') {
    findings.expect({ kind: 'user-list', rule: 'cloud-init-users', indent });
  }
  return line.end;
}

const mapOfSecrets = /[ \t]*(?:-[ \t]+)?"?(stringData|data)"?:[ \t]*\{?[ \t]*\r?(?=\n|$)/y;

// A Secret of Kubernetes: its `data` looks like that of a ConfigMap, but for the base64; only Secrets have `stringData`.
function findSecretMap(line: LineView, _at: number, findings: Findings): number {
  const match = matchAt(mapOfSecrets, line, line.start);
  if (match !== undefined) {
    const indent = match[0].length - match[0].trimStart().length;
    const isEncoded = match[1] === 'data';
    findings.expect({ kind: 'secret-map', rule: 'kubernetes-secret', indent, isEncoded });
  }
  return line.end;
}

const hexArguments = /(?:proctitle| cmd| data)=((?:[0-9A-F]{2}){4,4096})(?![0-9A-Fa-f])/y;

// The audit log writes command lines and what was typed in hexadecimal, arguments apart by NUL or a space.
function findHexArguments(set: RuleSet, line: LineView, at: number, findings: Findings): number {
  const match = matchAt(hexArguments, line, at);
  if (match === undefined) return at + 1;
  const end = at + match[0].length;
  const start = end - (match[1]?.length ?? 0);
  const bytes = Buffer.from(line.text.slice(start, end), 'hex');
  const inner: LineView = {
    memo: { from: -1, end: -1 },
    text: bytes.toString('latin1'),
    start: 0,
    end: bytes.length,
  };
  const hits = anchorHits();
  findAnchors(set.table, bytes, 0, bytes.length, hits);
  let isSecret = false;
  const innerFindings: Findings = {
    add() {
      isSecret = true;
    },
    expect() {
      // A command line is one line.
    },
  };
  for (let index = 0; index < hits.count && !isSecret; index += 1) {
    for (const finder of set.byAnchor[hits.ids[index] as number] ?? []) {
      set.finders[finder]?.(inner, hits.positions[index] as number, innerFindings);
    }
  }
  if (isSecret) findings.add(start, end, 'audit-command-line');
  return end;
}

function findShape(rule: ShapeRule, line: LineView, at: number, findings: Findings): number {
  const isWithin = at > line.start && isWordCode(line.text.charCodeAt(at - 1));
  if (isWithin && rule.isInside !== true && !isBehindEscape(line, at)) return at + 1;
  const match = matchAt(rule.pattern, line, at);
  if (match !== undefined) addGroup(match, rule.name, findings);
  return at + 1;
}

/** Tries a rule for whole lines at the start of this one. */
export function findInLine(rule: LineRule | FileRule, line: LineView, findings: Findings): number {
  const match = matchAt(rule.pattern, line, line.start);
  if (match !== undefined) addGroup(match, rule.name, findings);
  return line.end;
}

// The group `secret` when the pattern has one, else the whole match; `also` for a second one.
function addGroup(match: RegExpExecArray, rule: string, findings: Findings): void {
  const groups = match.indices?.groups;
  if (groups === undefined) {
    findings.add(match.index, match.index + match[0].length, rule);
    return;
  }
  for (const range of [groups['secret'], groups['also']]) {
    if (range !== undefined && range[1] > range[0]) findings.add(range[0], range[1], rule);
  }
}

function isWordCode(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f
  );
}
