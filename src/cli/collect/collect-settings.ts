import { SonaeError } from '../../model/error.ts';
import { type Impact, impacts } from '../../model/profile.ts';
import { nearest } from '../../std/nearest.ts';
import { parseDuration, parseSize, parseWhen } from '../../std/units.ts';
import type { EncryptionOptions } from '../encryption/encryption-options.ts';

/** The options of `collect` as commander gives them. */
export interface CollectOptions extends EncryptionOptions {
  readonly profile: readonly string[];
  readonly root?: string;
  readonly output?: string;
  readonly case?: string;
  readonly owner?: string;
  readonly config?: string;
  readonly format: string;
  readonly since?: string;
  readonly maxSize?: string;
  readonly timeLimit: string;
  readonly jobs?: string;
  readonly impact: string;
  readonly dryRun?: boolean;
  readonly redact: boolean;
  readonly anonymize?: boolean;
  readonly map?: string;
  readonly keyword: readonly string[];
  readonly keepMacVendor?: boolean;
  readonly mapPassphraseFile?: string;
}

/** The same, checked and in units. */
export interface CollectSettings {
  readonly profiles: readonly string[];
  readonly root?: string;
  readonly output: string;
  readonly case?: string;
  readonly owner?: string;
  readonly format: 'zst' | 'gz';
  readonly sinceMs?: number;
  readonly maxBytes?: number;
  readonly timeLimitMs: number;
  readonly jobs: number;
  readonly maxImpact: Impact;
  readonly isDryRun: boolean;
  readonly isRedacted: boolean;
  /** Names and addresses become aliases. */
  readonly isAnonymized: boolean;
  readonly map?: string;
  readonly keywords: readonly string[];
  readonly isMacVendorKept: boolean;
  readonly mapPassphraseFile?: string;
}

/** Below this a bundle could not even hold its own manifest. */
const leastMaxBytes = 1024 * 1024;

/** Checks every option before anything is done; throws E_USAGE with what would be right. */
export function checkCollectOptions(
  options: CollectOptions,
  nowMs: number,
  cores: number,
): CollectSettings {
  return {
    profiles: profiles(options.profile),
    ...(options.root === undefined ? {} : { root: filled('--root', options.root, 'a folder') }),
    output: filled('--output', options.output ?? '/var/tmp', 'a folder, a file or -'),
    ...(options.case === undefined ? {} : { case: caseId(options.case) }),
    format: choice('--format', options.format, ['zst', 'gz']),
    ...(options.since === undefined ? {} : { sinceMs: since(options.since, nowMs) }),
    ...(options.maxSize === undefined ? {} : { maxBytes: maxSize(options.maxSize) }),
    timeLimitMs:
      parseDuration(options.timeLimit) ??
      wrong('--time-limit', options.timeLimit, 'a duration such as 90s, 10m or 1h'),
    jobs: options.jobs === undefined ? Math.min(4, cores + 1) : jobs(options.jobs),
    maxImpact: choice('--impact', options.impact, impacts),
    isDryRun: options.dryRun === true,
    isRedacted: options.redact,
    ...anonymity(options),
  };
}

function anonymity(
  options: CollectOptions,
): Pick<
  CollectSettings,
  'isAnonymized' | 'map' | 'keywords' | 'isMacVendorKept' | 'mapPassphraseFile'
> {
  const isAnonymized = options.anonymize === true;
  if (isAnonymized && !options.redact) {
    throw new SonaeError('E_USAGE', '--anonymize and --no-redact contradict each other');
  }
  if (
    !isAnonymized &&
    (options.map !== undefined || options.keyword.length > 0 || options.keepMacVendor)
  ) {
    throw new SonaeError('E_USAGE', '--map, --keyword and --keep-mac-vendor need --anonymize');
  }
  return {
    isAnonymized,
    isMacVendorKept: options.keepMacVendor === true,
    keywords: options.keyword.map((word) => filled('--keyword', word, 'a word to replace')),
    ...(options.map === undefined ? {} : { map: options.map }),
    ...(options.mapPassphraseFile === undefined
      ? {}
      : { mapPassphraseFile: options.mapPassphraseFile }),
  };
}

function profiles(names: readonly string[]): readonly string[] {
  if (names.length === 0) return ['default'];
  return names.map((name) => filled('--profile', name, 'the name of a profile, or its file'));
}

// An unset variable of a script must not mean "here" or "all of it".
function filled(option: string, value: string, expected: string): string {
  return value === '' ? wrong(option, value, expected) : value;
}

/** Characters of a wrong value that are shown: enough to know it again. */
const mostShown = 80;

function wrong(option: string, given: string, expected: string): never {
  const shown = given.length > mostShown ? `${given.slice(0, mostShown)}...` : given;
  throw new SonaeError('E_USAGE', `${option} ${JSON.stringify(shown)}: expected ${expected}`);
}

function choice<const Word extends string>(
  option: string,
  given: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  const [near] = nearest(given, words);
  const all = words.join(', ');
  return wrong(option, given, near === undefined ? all : `${all}; did you mean ${near}?`);
}

function caseId(given: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(given)) return given;
  return wrong(
    '--case',
    given,
    'letters, digits, dots and dashes, at most 64: it becomes part of the file name',
  );
}

function since(given: string, nowMs: number): number {
  const when =
    parseWhen(given, nowMs) ??
    wrong('--since', given, 'a time such as 2026-11-01, "2 hours ago" or 24h');
  if (when > nowMs) wrong('--since', given, 'a time that has passed: this one is in the future');
  return when;
}

function maxSize(given: string): number {
  const bytes = parseSize(given) ?? wrong('--max-size', given, 'a size such as 500M or 1G');
  if (bytes < leastMaxBytes)
    wrong('--max-size', given, 'at least 1M: less cannot hold a useful bundle');
  return bytes;
}

function jobs(given: string): number {
  const count = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > 64) wrong('--jobs', given, 'a number from 1 to 64');
  return count;
}
