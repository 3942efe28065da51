import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sonae-prompt-'));
  writeFileSync(join(root, 'trigger'), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const overridable = ['sysrq', 'verdict', 'uptime', 'raid', 'busy', 'users', 'cluster', 'console'];

// On a terminal, where a crash kernel seems to be loaded and /proc/sysrq-trigger is a plain file.
async function typeAtPrompt(keys: string): Promise<{ status: number | null; screen: string }> {
  const rehearse = `${process.execPath} ${bin} check-kdump rehearse --trigger --state ${root}/state --override ${overridable.join(' ')}`;
  const scene = [
    'mount -t tmpfs tmpfs /sys/kernel',
    'echo 1 > /sys/kernel/kexec_crash_loaded',
    `if [ -e /proc/sysrq-trigger ]; then mount --bind ${root}/trigger /proc/sysrq-trigger; fi`,
    `exec script --return --quiet --command '${rehearse}' ${root}/typescript`,
  ];
  const run = spawn('unshare', ['--mount', 'sh', '-c', scene.join(' && ')]);
  let screen = '';
  return new Promise((resolve) => {
    run.stdout.on('data', (bytes: Buffer) => {
      const wasAsked = screen.includes('Type its host name');
      screen += bytes.toString('utf8');
      if (!wasAsked && screen.includes('Type its host name')) run.stdin.write(keys);
    });
    run.on('close', (status) => resolve({ status, screen }));
  });
}

describeWith(['root', 'unshare', 'script'], 'the prompt for the host name', () => {
  it.each([
    ['Ctrl-C', '\u0003', 130, 'nothing was done'],
    ['Ctrl-D', '\u0004', 130, 'nothing was done'],
    ['another name', 'another-host\r', 6, 'nothing was done'],
  ])('ends at %s without a trace, not as a bug', async (_, keys, status, says) => {
    const run = await typeAtPrompt(keys);
    expect(run.screen).toContain(says);
    expect(run.screen).not.toContain('bug in sonae');
    expect(run.status).toBe(status);
    expect(readdirSync(root)).not.toContain('state');
  });

  it('takes no rail that there is not', async () => {
    const run = await runSonae(['check-kdump', 'rehearse', '--override', 'verdcit']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('there is no rail "verdcit"');
  });
});
