/** Tells whether a path matches one of some globs, or lies below one, as System.find has it. */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map(
    (glob) =>
      new RegExp(
        `^${glob
          .replace(/\/$/, '')
          .replace(/[.+^$()|{}]/g, '\\$&')
          .replaceAll('*', '[^/]*')}(?:/.*)?$`,
      ),
  );
  return (path) => patterns.some((pattern) => pattern.test(path));
}
