import type { Redactor } from '../model/redaction.ts';
import { anchorHits, findAnchors } from './anchor-scan.ts';
import { judgeBinary } from './binary-evidence.ts';
import type { SecretRule } from './rule.ts';
import { buildRuleSet, type RuleSet } from './rule-set.ts';
import { secretStream } from './secret-stream.ts';
import { secretTokens } from './secret-tokens.ts';

/** Name and version of the shipped rules, as the manifest states it. */
export const rulesVersion = 'sonae-secrets 1';

/** Choices for the redaction of secrets. */
export interface SecretRedactorOptions {
  /** Rules of the administrator, from /etc/sonae/redact.d, added to the shipped ones. */
  readonly userRules?: readonly SecretRule[];
  /** A letter before the numbers of the tokens, for a second pass over what has tokens already. */
  readonly series?: string;
}

// The shipped rules are the same for everyone; their tables take longer to build than a small file to mask.
let shipped: RuleSet | undefined;

function ruleSet(userRules: readonly SecretRule[]): RuleSet {
  if (userRules.length > 0) return buildRuleSet(userRules);
  shipped ??= buildRuleSet();
  return shipped;
}

/** The redaction of secrets that every bundle passes: equal secrets get equal tokens within one redactor. */
export function secretRedactor(options: SecretRedactorOptions = {}): Redactor {
  const userRules = options.userRules ?? [];
  const rules = ruleSet(userRules);
  const tokens = secretTokens(options.series);
  const inNames = anchorHits();
  return {
    rules:
      userRules.length === 0 ? rulesVersion : `${rulesVersion} + ${userRules.length} of the site`,
    judge: judgeBinary,
    open: ({ path }) => secretStream(rules, tokens, path),
    name(path) {
      const bytes = Buffer.from(path);
      // Names are many and short, and nearly all of them hold nothing.
      findAnchors(rules.table, bytes, 0, bytes.length, inNames);
      if (inNames.count === 0) return path;
      const stream = secretStream(rules, tokens, '');
      const masked = Buffer.concat([stream.write(bytes), stream.end()]).toString();
      return masked.replace(/(?:<|&lt;)sonae:secret:([a-z]?\d+)(?:>|&gt;)/g, 'sonae-secret-$1');
    },
  };
}

/** For `--no-redact`: everything passes as it is, and the manifest says so. */
export function noRedactor(): Redactor {
  return {
    rules: 'none',
    judge: () => ({ action: 'mask' }),
    open: () => ({ write: (chunk) => chunk, end: () => Buffer.alloc(0), hits: new Map() }),
    name: (path) => path,
  };
}
