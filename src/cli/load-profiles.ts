import { fileURLToPath } from 'node:url';
import { readShippedFile, readYamlFile, readYamlFolder } from '../host/profile-folder.ts';
import { SonaeError } from '../model/error.ts';
import type { Reporter } from '../model/event.ts';
import type { Profile } from '../model/profile.ts';
import { cachedDecoder } from '../profile/decoded-cache.ts';
import { type ProfileProblem, renderProblem } from '../profile/problem.ts';
import { decodeLibrary, type ProfileLibrary, resolveProfile } from '../profile/resolve-profiles.ts';
import { nearest } from '../std/nearest.ts';
import { shellWord } from '../std/shell-word.ts';
import { formatCount } from '../std/units.ts';

// Two folders above this one both in a checkout (src/cli) and when installed (dist/cli).
const shippedFolder = fileURLToPath(new URL('../../profiles', import.meta.url));

// Made when the package is staged (scripts/stage-package.ts); a checkout has none.
const cacheFile = fileURLToPath(new URL('../decoded-profiles.json', import.meta.url));

/** Where profiles are looked for, in the order in which later ones take the place of earlier ones. */
export function profileFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  const home =
    environment['XDG_CONFIG_HOME'] ??
    (environment['HOME'] ? `${environment['HOME']}/.config` : undefined);
  return [
    shippedFolder,
    '/etc/sonae/profiles.d',
    ...(home?.startsWith('/') ? [`${home}/sonae/profiles.d`] : []),
  ];
}

/** True when a word given to --profile means a file, not a name. */
export function isProfilePath(word: string): boolean {
  return word.includes('/') || /\.ya?ml$/.test(word);
}

/** All profiles of the folders and of files named by path. Problems of files nobody asked for stay in the library. */
export async function readProfileLibrary(paths: readonly string[]): Promise<ProfileLibrary> {
  const folders = profileFolders(process.env);
  const read = await Promise.all(folders.map(readYamlFolder));
  const named = await Promise.all(paths.map(readYamlFile));
  const files = [
    ...read.flatMap(({ files }, index) =>
      files.map((entry) => ({ ...entry, folder: folders[index] ?? '' })),
    ),
    ...named.map((entry) => ({ ...entry, folder: entry.file })),
  ];
  const cache = await readShippedFile(cacheFile);
  const library = decodeLibrary(files, cache === undefined ? undefined : cachedDecoder(cache));
  const unread = read.flatMap(({ problems }) =>
    problems.map(({ file, why }) => ({ file, line: 1, column: 1, message: why })),
  );
  return { ...library, problems: [...unread, ...library.problems] };
}

/**
 * The profiles that a person named, by name or by file, each with all the items it takes. Broken files that were not
 * asked for are warnings: they must not stand in the way of a collection at night. Throws E_PROFILE for an unknown
 * name (with the nearest ones) and for a profile with problems, after each was told.
 */
export async function loadProfiles(
  words: readonly string[],
  reporter: Reporter,
): Promise<readonly Profile[]> {
  const paths = words.filter(isProfilePath);
  const library = await readProfileLibrary(paths);
  warnOfBroken(
    library.problems.filter(({ file }) => !paths.includes(file)),
    reporter,
  );
  return words.map((word) => loadOne(word, library, reporter));
}

// One line for each file: at night the collection matters, not the page of what is wrong with a profile of the site.
function warnOfBroken(problems: readonly ProfileProblem[], reporter: Reporter): void {
  for (const [file, [first, ...more]] of Map.groupBy(problems, ({ file }) => file)) {
    if (first === undefined) continue;
    reporter.emit({
      type: 'warning',
      message: `${renderProblem(first)}${more.length > 0 ? `, and ${formatCount(more.length, 'more problem')}` : ''}`,
      ...(more.length > 0 ? { hint: `sonae profiles validate ${shellWord(file)}` } : {}),
    });
  }
}

function loadOne(word: string, library: ProfileLibrary, reporter: Reporter): Profile {
  const name = isProfilePath(word) ? nameInFile(word, library, reporter) : word;
  const resolved = resolveProfile(name, library);
  if (!resolved) throw unknownProfile(word, library);
  const { profile, problems } = resolved;
  if (problems.length > 0) throw invalid(word, problems, reporter);
  if (profile.items.length === 0)
    throw new SonaeError('E_PROFILE', `the profile "${word}" leaves nothing to take`);
  return profile;
}

function nameInFile(file: string, library: ProfileLibrary, reporter: Reporter): string {
  const found = [...library.profiles.values()].find((decoded) => decoded.file === file);
  if (found) return found.profile.name;
  throw invalid(
    file,
    library.problems.filter((problem) => problem.file === file),
    reporter,
  );
}

function invalid(
  word: string,
  problems: readonly ProfileProblem[],
  reporter: Reporter,
): SonaeError {
  for (const problem of problems) tell(problem, reporter);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new SonaeError('E_PROFILE', `the profile "${word}" has ${count}: nothing was done`, {
    hint: 'Each place is named above; the format is in docs/formats/profile.md.',
  });
}

/** The error for a name that is no profile, with what was probably meant. */
export function unknownProfile(word: string, library: ProfileLibrary): SonaeError {
  const near = nearest(word, library.profiles.keys());
  return new SonaeError('E_PROFILE', `there is no profile "${word}"`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : 'Run `sonae profiles list` to see them all.',
  });
}

function tell(problem: ProfileProblem, reporter: Reporter): void {
  reporter.emit({ type: 'warning', message: renderProblem(problem) });
}
