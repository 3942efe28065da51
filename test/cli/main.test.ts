import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/model/exit-code.ts';
import { bin, runSonae } from '../run-sonae.ts';

describe('sonae', () => {
  it('prints its version', async () => {
    const { exitCode, stdout } = await runSonae(['--version']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0.1.0' });
  });

  it('prints the exit statuses in --help', async () => {
    const { exitCode, stdout } = await runSonae(['--help']);
    expect(exitCode).toBe(0);
    for (const { code, meaning } of exitCodes)
      expect(stdout).toContain(`${String(code).padEnd(5)}${meaning}`);
  });

  it('says nothing when the reader of --help goes away', () => {
    const command = `"${process.execPath}" "${bin}" split --help | true`;
    const run = spawnSync('sh', ['-c', command]);
    expect(run.stderr.toString()).toBe('');
  });

  it('suggests the nearest command and exits with 2', async () => {
    const { exitCode, stderr } = await runSonae(['exit-code']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('exit-codes');
  });

  it('gives the exit statuses as one JSON document', async () => {
    const { stdout } = await runSonae(['exit-codes', '--json']);
    expect(JSON.parse(stdout)).toEqual(exitCodes);
  });
});
