/** What each exit status tells a script. Printed by --help and `sonae exit-codes`; never renumbered. */
export const exitCodes = [
  { code: 0, name: 'ok', meaning: 'done, complete' },
  { code: 1, name: 'bug', meaning: 'a bug in sonae (stack trace, where to report)' },
  { code: 2, name: 'usage', meaning: 'wrong usage, bad option value, invalid profile' },
  {
    code: 3,
    name: 'partial',
    meaning: 'done in part: usable result, the manifest says what is missing',
  },
  {
    code: 4,
    name: 'findings',
    meaning: 'findings at or above --fail-on; a secret found by clean --verify',
  },
  {
    code: 5,
    name: 'integrity',
    meaning: 'a digest, size or format does not match, or the input is damaged',
  },
  { code: 6, name: 'refused', meaning: 'refused by a guard: space, memory, permission, scope' },
  { code: 7, name: 'remote', meaning: 'the remote refused or could not be reached' },
  {
    code: 130,
    name: 'interrupted',
    meaning: 'interrupted, with a partial result where one is possible',
  },
  {
    code: 143,
    name: 'terminated',
    meaning: 'terminated, with a partial result where one is possible',
  },
] as const;

/** The closed set of exit statuses. */
export type ExitCode = (typeof exitCodes)[number]['code'];
