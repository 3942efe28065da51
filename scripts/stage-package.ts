// Makes build/package: what is published. The manifest there carries no pinned Node (about 100 MB a CPU) and no scripts.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram } from './build-program.ts';

const stage = new URL('../build/package/', import.meta.url);
const root = new URL('../', import.meta.url);

rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const { scripts: _scripts, devDependencies: _dev, optionalDependencies, ...published } = manifest;
const kept = Object.entries(optionalDependencies).filter(
  ([name]) => !name.startsWith('node-linux-'),
);
if (kept.length > 0) published.optionalDependencies = Object.fromEntries(kept);
writeFileSync(new URL('package.json', stage), `${JSON.stringify(published, null, 2)}\n`);
for (const name of ['bin', 'man', 'profiles', 'CHANGELOG.md', 'README.md', 'LICENSE'])
  cpSync(new URL(name, root), new URL(name, stage), { recursive: true });

await buildProgram(fileURLToPath(new URL('dist', stage)));
