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
  it.each([
    ['the usual folder', 'var/crash', undefined],
    ['the folder of kdump.conf', 'srv/dumps', ['etc/kdump.conf', 'path /srv/dumps\n']],
    ['KDUMP_COREDIR', 'srv/dumps', ['etc/default/kdump-tools', 'KDUMP_COREDIR="/srv/dumps"\n']],
    ['KDUMP_SAVEDIR', 'srv/dumps', ['etc/sysconfig/kdump', 'KDUMP_SAVEDIR="file:///srv/dumps"\n']],
  ] as const)(
    'is in the bundle of a machine that crashed into %s, and the dump is not',
    async (name, place, config) => {
      const root = join(folder, `root of ${name}`);
      const crash = join(root, place, '127.0.0.1-2026-11-23-16:45:46');
      mkdirSync(crash, { recursive: true });
      mkdirSync(join(root, 'etc/default'), { recursive: true });
      mkdirSync(join(root, 'etc/sysconfig'));
      if (config) writeFileSync(join(root, config[0]), config[1]);
      writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
      const dump = buildElfDump([
        { text: 'sysrq: Trigger a crash', microseconds: 5 },
        { text: 'Kernel panic - not syncing: sysrq triggered crash', microseconds: 6 },
      ]);
      writeFileSync(join(crash, 'vmcore'), dump);
      const bundle = join(folder, `${name}.tar.gz`);
      const args = [
        'collect',
        '--root',
        root,
        '--profile',
        'minimal',
        '--format',
        'gz',
        '--output',
      ];
      const run = await runSonae([...args, bundle]);
      expect([0, 3]).toContain(run.exitCode);
      const out = join(folder, `out of ${name}`);
      mkdirSync(out);
      expect(spawnSync('tar', ['-xzf', bundle, '-C', out, '--strip-components=1']).status).toBe(0);
      const page = readFileSync(join(out, 'sonae/crash-dump-1.txt'), 'utf8');
      expect(page).toContain('crash triggered by hand (SysRq)');
      const found = spawnSync('grep', ['-rlc', 'VMCOREINFO', out]).stdout.toString();
      expect(found).toBe('');
    },
  );
});
