#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 node --max-semi-space-size=2 --optimize-for-size
// The flags keep memory small: sonae runs on machines that have none left. With glibc's usual arenas and threshold, what is
// freed stays with the process (mallopt(3)).
// The launcher: TypeScript from src/ in a checkout, JavaScript from dist/ when installed (Node does not
// strip types below node_modules). It stays plain, old JavaScript so that an old Node can still say what is wrong.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const isOld = major < 22 || (major === 22 && minor < 18);

if (isOld) {
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (existsSync(pinned) && !process.env.SONAE_RELAUNCHED) {
    const { spawnSync } = await import('node:child_process');
    const run = spawnSync(pinned, process.argv.slice(1), {
      stdio: 'inherit',
      env: { ...process.env, SONAE_RELAUNCHED: '1' },
    });
    process.exitCode = run.status ?? 1;
  } else {
    process.stderr.write(
      `sonae needs Node.js 22.18 or newer; this is ${process.versions.node}.\n` +
        'In a checkout, `npm ci` installs a suitable one; then use `npm run sonae -- ...`.\n',
    );
    process.exitCode = 6;
  }
} else {
  const compiled = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import((existsSync(source) ? source : compiled).href);
  process.exitCode = await main(process.argv.slice(2));
}
