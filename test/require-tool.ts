import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

/**
 * `describe` that needs system tools: skipped loudly where one is missing (`.ci/run` installs them all). `root` is one of
 * them, and `others`: that users who are not root can reach this checkout, which they cannot below /root.
 */
export function describeWith(tools: readonly string[], name: string, body: () => void): void {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length > 0) {
    process.stderr.write(`SKIPPED for want of ${missing.join(', ')}: ${name}\n`);
    // Without the body: even a skipped one would be run to see which tests are in it.
    describe.skip(name, () => it(`needs ${missing.join(', ')}`, () => undefined));
  } else {
    describe(name, body);
  }
}

function isThere(tool: string): boolean {
  if (tool === 'root') return process.getuid?.() === 0;
  if (tool === 'others') return othersReachThis();
  return spawnSync('which', [tool]).status === 0;
}

function othersReachThis(): boolean {
  const bin = fileURLToPath(new URL('../bin/sonae.js', import.meta.url));
  return [bin, process.execPath].every(
    (path) => spawnSync('test', ['-r', path], { uid: 65534, gid: 65534 }).status === 0,
  );
}
