// The program as it is installed: few files instead of four hundred, since opening and linking each one costs a short
// command more than what is in it. Nothing is minified, so that the stack of a bug can be read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { renderDecodedCache } from '../src/profile/decoded-cache.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const external = Object.keys(dependencies).flatMap((name) => [
  name,
  new RegExp(`^${name.replaceAll('/', '\\/')}/`),
]);

/**
 * Writes the program to `folder`/cli, as deep as `src/cli` is in a checkout: places are found from there. What every
 * command loads is one file, so are the rooms that are loaded whole; what only some commands load is cut where they load it.
 * Beside it go the shipped profiles, decoded: a quarter of a megabyte of YAML is not parsed at every start.
 */
export async function buildProgram(folder: string): Promise<void> {
  const dir = join(folder, 'cli');
  const main = await rolldown({
    input: { main: join(source, 'cli/main.ts') },
    platform: 'node',
    external,
    checks: { ineffectiveDynamicImport: false }, // what is loaded late may be loaded already
  });
  await main.write({
    dir,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'foundation', tags: ['$initial'], priority: 2 },
        { name: 'std', test: inRooms('std', 'model'), priority: 1 },
        { name: 'host', test: inRooms('host') },
        { name: 'kdump', test: inRooms('kdump') },
      ],
    },
  });
  // Each of these runs in a process or thread of its own and is found beside its caller (`std/sibling.ts`).
  for (const [name, file] of Object.entries(siblings())) {
    const program = await rolldown({ input: { [name]: file }, platform: 'node', external });
    await program.write({ dir, entryFileNames: '[name].js', codeSplitting: false });
  }
  writeFileSync(join(folder, 'decoded-profiles.json'), renderDecodedCache(shippedProfiles()));
}

function inRooms(...rooms: readonly string[]): (id: string) => boolean {
  return (id) => rooms.includes(relative(source, id).split('/')[0] ?? '');
}

function shippedProfiles(): string[] {
  const profiles = join(root, 'profiles');
  return readdirSync(profiles)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(profiles, name), 'utf8'));
}

function siblings(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const file = join(source, name);
    if (!file.endsWith('.ts')) continue;
    for (const [, program = ''] of readFileSync(file, 'utf8').matchAll(
      /\bsibling\(import\.meta\.url, '([\w-]+)'\)/g,
    ))
      found[program] = join(dirname(file), `${program}.ts`);
  }
  return found;
}
