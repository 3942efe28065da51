import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderManual } from '../../scripts/render-manual.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { version } from '../../src/cli/version.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const page = fileURLToPath(new URL('../../man/sonae.1', import.meta.url));

describe('the manual page', () => {
  it('is what the commands say of themselves (npm run docs:manual)', () => {
    const program = buildProgram(async () => undefined);
    expect(readFileSync(page, 'utf8')).toBe(renderManual(program, version()));
  });
});

describeWith(['man', 'col'], 'the manual page, as man shows it', () => {
  const shown = () => {
    const run = spawnSync('bash', ['-c', 'man --warnings "$1" | col -bx', 'bash', page], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
    });
    return run;
  };

  it('is free of mistakes, and keeps dashes and examples as they are typed', () => {
    const { stdout, stderr } = shown();
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^EXIT STATUS$/m);
    expect(stdout).toContain(
      "sonae upload *.tar.zst *.chunks --to 'https://upload.example.com/upload.php?file={name}'",
    );
  });
});

describeWith(['npm'], 'the manual page, as npm installs it', () => {
  // npm links no page that the manifest names by a plain string.
  it('is where man looks for it after npm install --global', () => {
    const folder = temporaryFolder('manual');
    const manifest = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    mkdirSync(join(folder, 'package'));
    for (const part of ['bin', 'man'])
      cpSync(new URL(`../../${part}`, import.meta.url), join(folder, 'package', part), {
        recursive: true,
      });
    // Without the packages that it needs: those would have to be fetched.
    const { name, version: of, bin, man } = manifest;
    const own = JSON.stringify({ name, version: of, bin, man });
    writeFileSync(join(folder, 'package/package.json'), own);
    const npm = (...args: string[]) => {
      const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
      expect({ status, stderr }).toMatchObject({ status: 0 });
    };
    npm('pack', './package', '--silent');
    npm('install', '--offline', '--silent', '--global', '--prefix', folder, `./${name}-${of}.tgz`);
    expect(readFileSync(join(folder, 'share/man/man1/sonae.1'), 'utf8')).toMatch(/^\.TH SONAE 1/m);
  });
});
