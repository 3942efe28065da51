import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/** `describe` that needs system tools: skipped loudly where one is missing (`.ci/run` installs them all). */
export function describeWith(tools: readonly string[], name: string, body: () => void): void {
  const missing = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing.length > 0) {
    process.stderr.write(`SKIPPED for want of ${missing.join(', ')}: ${name}\n`);
    describe.skip(`${name} (needs ${missing.join(', ')})`, body);
  } else {
    describe(name, body);
  }
}
