import { accessSync, constants, statSync } from 'node:fs';
import { fixedPath } from './fixed-environment.ts';

/** A look-up of commands on the fixed PATH that remembers what it found: an absent command costs no fork. */
export function commandFinder(): (name: string) => string | undefined {
  const found = new Map<string, string | undefined>();
  return (name) => {
    if (!found.has(name)) found.set(name, locate(name));
    return found.get(name);
  };
}

function locate(name: string): string | undefined {
  if (name === '' || name.includes('\0')) return undefined;
  const candidates = name.includes('/') ? [name] : fixedPath.map((folder) => `${folder}/${name}`);
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
