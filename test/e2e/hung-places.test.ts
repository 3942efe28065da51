import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canHangMounts, mountHung } from '../hung-mount.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

describeWith(['bash', 'mount'], 'a place that does not answer', () => {
  let hung: ReturnType<typeof mountHung> | undefined;
  beforeAll(() => {
    if (canHangMounts) hung = mountHung();
  });
  afterAll(() => hung?.unmount());

  it.each([
    ['a folder', ''],
    ['a file', '/x.tar.zst'],
  ])(
    'is refused for a bundle, and named: %s',
    async (_what, name) => {
      if (hung === undefined) return;
      const run = await runSonae(['collect', '--profile', 'minimal', '--output', hung.path + name]);
      expect(run.exitCode).toBe(6);
      expect(run.stderr).toMatch(/does not answer: [\s\S]*another file system/);
    },
    60_000,
  );

  it.each([
    ['inspect', 1],
    ['verify', 3],
    ['split', 3],
    ['clean', 3],
  ])(
    'lets Ctrl-C end %s, which heard it never',
    async (command, times) => {
      if (hung === undefined) return;
      const args = [bin, command, `${hung.path}/x.tar.zst`];
      const child = spawn(process.execPath, args, {
        cwd: temporaryFolder('hung'),
        stdio: 'ignore',
      });
      const ended = new Promise<unknown>((done) =>
        child.once('exit', (code, name) => done(name ?? code)),
      );
      // Its program is read by then.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      for (let count = 0; count < times; count += 1) {
        child.kill('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(await ended).toBe('SIGINT');
    },
    60_000,
  );
});
