import type { Command } from 'commander';
import { formatCount } from '../std/units.ts';
import type { Context, Run } from './context.ts';
import { command, type GlobalOptions } from './global-options.ts';

/** `sonae profiles`: what could be collected and why, to be read before trouble. */
export function declareProfiles(run: Run): Command {
  const profiles = command('profiles').description('list, show and check what can be collected');
  profiles.addCommand(
    command('list')
      .description('all profiles, one sentence each, by symptom and by subject')
      .addHelpText('after', examples('sonae profiles list', 'sonae profiles list --json'))
      .action((_options: GlobalOptions, self: Command) =>
        run(self.optsWithGlobals(), listProfiles),
      ),
  );
  profiles.addCommand(
    command('show')
      .description('what a profile takes, from where, why, how long at most, how risky')
      .argument('<profile>', 'name or file of a profile')
      .addHelpText(
        'after',
        examples('sonae profiles show hang', 'sonae profiles show ./mine.yaml --json'),
      )
      .action((word: string, _options: GlobalOptions, self: Command) =>
        run(self.optsWithGlobals(), (context) => showProfile(word, context)),
      ),
  );
  profiles.addCommand(
    command('validate')
      .description('check profile files: every problem with line and column')
      .argument('<file...>', 'profile files')
      .addHelpText('after', examples('sonae profiles validate ./mine.yaml'))
      .action((files: string[], _options: GlobalOptions, self: Command) =>
        run(self.optsWithGlobals(), (context) => validateFiles(files, context)),
      ),
  );
  return profiles;
}

async function listProfiles({ print, reporter, isJson }: Context) {
  const { readProfileLibrary } = await import('./load-profiles.ts');
  const { renderProfileList } = await import('../profile/render-profile.ts');
  const { renderProblem } = await import('../profile/problem.ts');
  const library = await readProfileLibrary([]);
  for (const problem of library.problems)
    reporter.emit({ type: 'warning', message: renderProblem(problem) });
  const profiles = [...library.profiles.values()]
    .map(({ profile }) => profile)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  await print(
    isJson
      ? json(profiles.map(({ name, group, title, file }) => ({ name, group, title, file })))
      : renderProfileList(profiles),
  );
  return 0 as const;
}

async function showProfile(word: string, { print, reporter, isJson }: Context) {
  const { loadProfiles } = await import('./load-profiles.ts');
  const { renderProfile } = await import('../profile/render-profile.ts');
  const [profile] = await loadProfiles([word], reporter);
  if (profile) await print(isJson ? json(profile) : renderProfile(profile, pageWidth()));
  return 0 as const;
}

async function validateFiles(files: readonly string[], { print, isJson }: Context) {
  const { readProfileLibrary } = await import('./load-profiles.ts');
  const { resolveProfile } = await import('../profile/resolve-profiles.ts');
  const { renderProblem, sortProblems } = await import('../profile/problem.ts');
  const library = await readProfileLibrary(files);
  const found = [...library.profiles.values()].filter(({ file }) => files.includes(file));
  const problems = sortProblems([
    ...library.problems.filter(({ file }) => files.includes(file)),
    ...found.flatMap(({ profile }) => resolveProfile(profile.name, library)?.problems ?? []),
  ]);
  if (isJson) await print(json({ valid: problems.length === 0, problems }));
  else if (problems.length > 0) await print(`${problems.map(renderProblem).join('\n')}\n`);
  else {
    const lines = found.map(({ file, profile }) => {
      const items = resolveProfile(profile.name, library)?.profile.items.length ?? 0;
      return `${file}: valid, profile "${profile.name}" with ${formatCount(items, 'item')}`;
    });
    await print(`${lines.join('\n')}\n`);
  }
  return problems.length === 0 ? (0 as const) : (2 as const);
}

// As wide as the terminal, where that is narrow; lines of more than 100 letters are hard to read.
function pageWidth(): number {
  return Math.max(40, Math.min(100, process.stdout.columns ?? 100));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
