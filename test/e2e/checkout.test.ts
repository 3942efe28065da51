import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutBin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const work = temporaryFolder('checkout-work');
const checkout = (args: readonly string[]) => runSonae(args, { cwd: work, bin: checkoutBin });

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

// What an installed program does is tested everywhere else; here only what can differ: where files and programs are found.
describe('the program of a checkout', () => {
  it('says the same of a machine as an installed one', async () => {
    const args = ['check-kdump', '--root', join(work), '--format', 'json'];
    const [ours, theirs] = [await checkout(args), await runSonae(args)];
    const findings = (text: string) => JSON.parse(text).findings;
    expect(ours.stderr).toBe(theirs.stderr);
    expect(findings(ours.stdout)).toEqual(findings(theirs.stdout));
    expect(ours.exitCode).toBe(theirs.exitCode);
  });

  it('finds its version, its profiles and its help', async () => {
    const [version, profiles, help] = [['--version'], ['profiles', 'list'], ['collect', '--help']];
    expect(await checkout(version)).toEqual(await runSonae(version));
    expect(await checkout(profiles)).toEqual(await runSonae(profiles));
    expect(await checkout(help)).toEqual(await runSonae(help));
  });

  it('packs, checks and restores in its threads', async () => {
    const original = Buffer.alloc(9_000_000, 'evidence ');
    writeFileSync(join(work, 'dump'), original);
    expect(await checkout(['split', 'dump', '--output', 'set'])).toMatchObject({ exitCode: 0 });
    expect(await checkout(['verify', 'set'])).toMatchObject({ exitCode: 0 });
    const joined = await checkout(['join', 'set', '--output', 'restored']);
    expect(joined).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(work, 'restored')).equals(original)).toBe(true);
  });

  it('reads through its reader and summarises the hardware in a process of its own', async () => {
    writeFileSync(join(work, 'two.yaml'), profile);
    const run = await checkout(['collect', '--profile', './two.yaml', '--output', '.', '--json']);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(run.stdout).totals).toEqual({ collected: 2 });
    const bundle = readdirSync(work).find((name) => name.endsWith('.tar.zst')) ?? '';
    expect(await checkout(['verify', bundle])).toMatchObject({ exitCode: 0 });
  });
});
