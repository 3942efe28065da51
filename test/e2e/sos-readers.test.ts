import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { viewerCommands, viewerFiles, viewerNames } from '../profile/viewer-paths.ts';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { see } from '../viewers/readings.ts';

// The question of a support engineer with a viewer of sos reports: do I find here what I would find there? Both tools
// look at this machine, one after the other.
describeWith(['sos', 'tar', 'zstd', 'xz'], 'beside a report of sos on the same machine', () => {
  let sos = '';
  let ours = '';

  beforeAll(async () => {
    const folder = temporaryFolder('sos-readers');
    execFileSync('sos', ['report', '--batch', '--tmp-dir', folder], { stdio: 'ignore' });
    await runSonae(['collect', '--output', folder, '--quiet']);
    for (const name of readdirSync(folder).filter((one) => /\.tar\.(?:xz|zst)$/.test(one))) {
      execFileSync('tar', ['-xf', join(folder, name), '-C', folder]);
    }
    const unpacked = (prefix: string) =>
      join(folder, globSync(`${prefix}-*/`, { cwd: folder }).at(0) ?? '');
    [sos, ours] = [unpacked('sosreport'), unpacked('sonae')];
  }, 300_000);

  const paths = [...new Set(Object.values(viewerCommands).flat())].map(
    (name) => `sos_commands/${name}`,
  );

  it('has what each viewer opens, where sos has it', () => {
    const wanted = [...paths, ...viewerFiles.map((path) => path.slice(1)), ...viewerNames];
    const given = wanted.filter((path) => holdsSomething(join(sos, path)));
    expect(given.length).toBeGreaterThan(40);
    expect(given.filter((path) => !holdsSomething(join(ours, path)))).toEqual([]);
  });

  it('says the same there', () => {
    const shares = paths
      .filter((path) => holdsSomething(join(sos, path)) && holdsSomething(join(ours, path)))
      .map((path) => ({ path, share: sharedLines(join(sos, path), join(ours, path)) }));
    expect(shares.filter(({ share }) => share < 0.6)).toEqual([]);
  });

  it('lets each viewer take out of it what it takes out of a report of sos', () => {
    const [theirs, seen] = [see(sos), see(ours)];
    expect(theirs.size).toBeGreaterThan(35);
    const unseen = [...theirs.keys()].filter((reading) => !seen.has(reading));
    expect(unseen.map(({ viewers, paths }) => `${viewers}: ${paths[0]}`)).toEqual([]);
  });
});

// A message that systemd is not there is no evidence.
function holdsSomething(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false;
  const text = readFileSync(path, 'latin1').trim();
  return text !== '' && !text.startsWith('System has not been booted with systemd');
}

// The share of the lines of one that are in the other too, aside from numbers, spaces and the state and use of a neighbour,
// which change while one looks.
function sharedLines(path: string, other: string): number {
  const shapes = (file: string) =>
    readFileSync(file, 'latin1')
      .split('\n')
      .map((line) =>
        line
          .replace(/\b(?:REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE)\b/, 'state')
          .replace(/ ref \d+/, '')
          .replace(/[\da-f]+/gi, '0')
          .replace(/\s+/g, ' ')
          .trim(),
      )
      .filter((line) => line !== '');
  const others = new Set(shapes(other));
  const all = shapes(path);
  return all.filter((line) => others.has(line)).length / all.length;
}
