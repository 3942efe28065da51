import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/host/run-command.ts';
import type { RunOptions } from '../../src/model/system.ts';

function run(name: string, options: RunOptions = {}) {
  const path = fileURLToPath(new URL(`../fixtures/commands/${name}`, import.meta.url));
  return runCommand([path], { timeoutMs: 10_000, ...options });
}

describe('runCommand', () => {
  it('gives the exit code and keeps stderr apart', async () => {
    const result = await run('exits-3');
    expect(result).toMatchObject({ state: 'exited', exitCode: 3, isTruncated: false });
    expect(result.stdout.toString()).toBe('out\n');
    expect(result.stderr.toString()).toBe('err\n');
  });

  it('leaves no clock running that would keep the program from ending', () => {
    const module = fileURLToPath(new URL('../../src/host/run-command.ts', import.meta.url));
    const program = `
      import { runCommand } from ${JSON.stringify(module)};
      await runCommand(['/bin/true'], {});
      await runCommand(['/bin/sleep', '60'], { timeoutMs: 50 });
      console.log(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length);
    `;
    const args = ['--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('0\n');
  });

  it('puts stderr in line when told', async () => {
    const result = await run('exits-3', { mergeStderr: true });
    expect(result.stdout.toString().split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('gives bytes as they are', async () => {
    const result = await run('prints-binary');
    expect([...result.stdout.subarray(0, 3)]).toEqual([0, 1, 255]);
  });

  it('stops a command that never ends', async () => {
    expect(await run('forever', { timeoutMs: 100 })).toMatchObject({
      state: 'timed-out',
      limit: 'wall',
    });
  });

  it('kills a command that ignores TERM and keeps what it said', async () => {
    const result = await run('ignores-term', { timeoutMs: 300 });
    expect(result).toMatchObject({ state: 'timed-out', limit: 'wall', isTruncated: true });
    expect(result.stdout.toString()).toBe('started\n');
  });

  it('stops a command that falls silent', async () => {
    const result = await run('stalls', { idleMs: 200 });
    expect(result).toMatchObject({ state: 'timed-out', limit: 'idle' });
    expect(result.stdout.toString()).toBe('word\n');
  });

  it('stops a flood at the limit of bytes', async () => {
    const result = await run('floods', { limitBytes: 100_000 });
    expect(result).toMatchObject({ state: 'stopped', limit: 'bytes', isTruncated: true });
    expect(result.stdout.length).toBe(100_000);
  });

  it.each(['daemonises', 'grandchild-holds-the-pipe'])(
    'does not wait for a pipe that somebody else holds: %s',
    async (name) => {
      const result = await run(name);
      expect(result).toMatchObject({ state: 'exited', exitCode: 0 });
      expect(result.stdout.toString()).toBe('parent\n');
      expect(result.durationMs).toBeLessThan(8000);
    },
  );

  it('gives the child a fixed environment and an empty stdin', async () => {
    process.env['SONAE_TEST_SECRET'] = 'must not be seen';
    const text = (await run('prints-environment')).stdout.toString();
    delete process.env['SONAE_TEST_SECRET'];
    expect(text).toContain('LC_ALL=C.UTF-8');
    expect(text).toContain('PATH=/usr/local/sbin:');
    expect(text).not.toContain('SONAE_TEST_SECRET');
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect(await run('forever', { signal: controller.signal })).toMatchObject({
      state: 'stopped',
      limit: 'interrupted',
    });
  });

  it('hands output on piece by piece and waits for the listener', async () => {
    let isBusy = false;
    let bytes = 0;
    await run('floods', {
      limitBytes: 2_000_000,
      async onOutput(chunk) {
        expect(isBusy).toBe(false);
        isBusy = true;
        bytes += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
        isBusy = false;
      },
    });
    expect(bytes).toBe(2_000_000);
  });

  it('passes on what a listener throws', async () => {
    const failing = run('floods', {
      onOutput: () => {
        throw new Error('no space');
      },
    });
    await expect(failing).rejects.toThrow('no space');
  });

  it('says why a command could not be started', async () => {
    expect(await runCommand(['/nonexistent'], {})).toMatchObject({
      state: 'not-started',
      code: 'ENOENT',
    });
    expect(existsSync('/nonexistent')).toBe(false);
  });
});
