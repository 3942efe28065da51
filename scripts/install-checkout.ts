import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from './build-program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Puts the program into a folder as npm would install it, and returns its launcher. From a checkout each start strips the
 * types of hundreds of modules and parses all shipped profiles.
 */
export async function installCheckout(place: string): Promise<string> {
  await buildProgram(join(place, 'dist'));
  for (const name of ['bin', 'package.json', 'profiles'])
    cpSync(join(root, name), join(place, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return join(place, 'bin/sonae.js');
}
