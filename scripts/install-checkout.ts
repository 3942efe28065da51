import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderDecodedCache } from '../src/profile/decoded-cache.ts';
import { buildProgram } from './build-program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Puts the program into a folder as npm would install it, and returns its launcher. From a checkout each start strips the
 * types of hundreds of modules and parses a quarter of a megabyte of YAML.
 */
export async function installCheckout(place: string): Promise<string> {
  await buildProgram(join(place, 'dist'));
  writeFileSync(join(place, 'dist/decoded-profiles.json'), renderDecodedCache(readProfiles()));
  for (const name of ['bin', 'package.json', 'profiles'])
    cpSync(join(root, name), join(place, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return join(place, 'bin/sonae.js');
}

function readProfiles(): readonly string[] {
  const folder = join(root, 'profiles');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
