import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../scripts/build-program.ts';
import { runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const place = temporaryFolder('installed');
const work = temporaryFolder('installed-work');

const installed = (args: readonly string[]) =>
  runSonae(args, { cwd: work, bin: join(place, 'bin/sonae.js') });

const profile = `
apiVersion: sonae/v1
kind: Profile
name: two
group: subject
title: What runs beside the program.
why: Each is a program of its own.
items:
  - id: two.hosts
    what: Names of hosts.
    why: The reader reads them.
    read: [/etc/hosts]
  - id: two.hardware
    what: Hardware.
    why: It is made in a process of its own.
    builtin: hardware-summary
`;

// What a checkout does is tested everywhere else; here only what can differ: where files and programs are found.
describe('the program as it is installed', () => {
  beforeAll(async () => {
    for (const name of ['bin', 'profiles', 'package.json'])
      cpSync(join(checkout, name), join(place, name), { recursive: true });
    symlinkSync(join(checkout, 'node_modules'), join(place, 'node_modules'));
    await buildProgram(join(place, 'dist'));
  });

  it('says the same of a machine as a checkout', async () => {
    const args = ['check-kdump', '--root', join(work), '--format', 'json'];
    const [ours, theirs] = [await installed(args), await runSonae(args)];
    const findings = (text: string) => JSON.parse(text).findings;
    expect(ours.stderr).toBe(theirs.stderr);
    expect(findings(ours.stdout)).toEqual(findings(theirs.stdout));
    expect(ours.exitCode).toBe(theirs.exitCode);
  });

  it('finds its version, its profiles and its help', async () => {
    const [version, profiles, help] = [['--version'], ['profiles', 'list'], ['collect', '--help']];
    expect(await installed(version)).toEqual(await runSonae(version));
    expect(await installed(profiles)).toEqual(await runSonae(profiles));
    expect(await installed(help)).toEqual(await runSonae(help));
  });

  it('packs, checks and restores in its threads', async () => {
    const original = Buffer.alloc(9_000_000, 'evidence ');
    writeFileSync(join(work, 'dump'), original);
    expect(await installed(['split', 'dump', '--output', 'set'])).toMatchObject({ exitCode: 0 });
    expect(await installed(['verify', 'set'])).toMatchObject({ exitCode: 0 });
    const joined = await installed(['join', 'set', '--output', 'restored']);
    expect(joined).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(work, 'restored')).equals(original)).toBe(true);
  });

  it('reads through its reader and summarises the hardware in a process of its own', async () => {
    writeFileSync(join(work, 'two.yaml'), profile);
    const run = await installed(['collect', '--profile', './two.yaml', '--output', '.', '--json']);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(run.stdout).totals).toEqual({ collected: 2 });
    const bundle = readdirSync(work).find((name) => name.endsWith('.tar.zst')) ?? '';
    expect(await installed(['verify', bundle])).toMatchObject({ exitCode: 0 });
  });
});
