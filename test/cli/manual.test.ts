import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderManual } from '../../scripts/render-manual.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { version } from '../../src/cli/version.ts';
import { describeWith } from '../require-tool.ts';

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
