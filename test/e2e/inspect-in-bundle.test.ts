import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildElfDump } from '../builders/build-dump.ts';
import { runSonae } from '../run-sonae.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonae-bundle-page-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the page of a dump', () => {
  it('is in the bundle of a machine that crashed, and the dump is not', async () => {
    const root = join(folder, 'root');
    const crash = join(root, 'var/crash/127.0.0.1-2026-11-23-16:45:46');
    mkdirSync(crash, { recursive: true });
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
    const dump = buildElfDump([
      { text: 'sysrq: Trigger a crash', microseconds: 5 },
      { text: 'Kernel panic - not syncing: sysrq triggered crash', microseconds: 6 },
    ]);
    writeFileSync(join(crash, 'vmcore'), dump);
    const bundle = join(folder, 'bundle.tar.gz');
    const args = ['collect', '--root', root, '--profile', 'minimal', '--format', 'gz', '--output'];
    const run = await runSonae([...args, bundle]);
    expect([0, 3]).toContain(run.exitCode);
    const out = join(folder, 'out');
    mkdirSync(out);
    expect(spawnSync('tar', ['-xzf', bundle, '-C', out, '--strip-components=1']).status).toBe(0);
    const page = readFileSync(join(out, 'sonae/crash-dump-1.txt'), 'utf8');
    expect(page).toContain('crash triggered by hand (SysRq)');
    const found = spawnSync('grep', ['-rlc', 'VMCOREINFO', out]).stdout.toString();
    expect(found).toBe('');
  });
});
