import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BundleManifest } from '../../src/model/bundle.ts';
import { sysroots, writeSysroot } from '../builders/sysroots.ts';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'sonae-families-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function collect(
  name: string,
  args: readonly string[],
): Promise<{ top: string; manifest: BundleManifest }> {
  const out = join(work, `${name}-out`);
  const unpacked = join(work, `${name}-unpacked`);
  for (const folder of [out, unpacked]) mkdirSync(folder);
  const run = ['collect', '--output', out, '--quiet', ...args];
  const { stdout } = await runSonae(run, { timeoutMs: 120_000 });
  execFileSync('sh', ['-c', `zstd -dc '${stdout.trim()}' | tar -x -C '${unpacked}'`]);
  const top = join(unpacked, readdirSync(unpacked)[0] as string);
  return { top, manifest: JSON.parse(readFileSync(join(top, 'sonae/manifest.json'), 'utf8')) };
}

describeWith(['tar', 'zstd', 'sha256sum'], 'sonae collect, default profile', () => {
  it.each(sysroots)(
    'brings what matters of an image of $name, and nothing it must not',
    async (sysroot) => {
      const root = join(work, sysroot.name);
      mkdirSync(root);
      writeSysroot(sysroot, root);
      const { top, manifest } = await collect(sysroot.name, ['--root', root]);
      expect(manifest.host.os).toBe(sysroot.os);
      expect(Object.keys(sysroot.files).filter((path) => !existsSync(join(top, path)))).toEqual([]);
      expect(Object.keys(sysroot.forbidden).filter((path) => existsSync(join(top, path)))).toEqual(
        [],
      );
      const found = spawnSync('grep', [
        '-rlE',
        'hunter2-of-the-nas|correct-horse-battery|apt-password-1',
        top,
      ]);
      expect(found.stdout.toString()).toBe('');
    },
  );

  it('on this machine gives digests that sha256sum confirms, every one', async () => {
    const { top, manifest } = await collect('live', []);
    const lines = manifest.records.flatMap(({ sha256, path }) =>
      sha256 === undefined || path === undefined || /[\\\n]/.test(path)
        ? []
        : [`${sha256}  ${path}`],
    );
    expect(lines.length).toBeGreaterThan(500);
    writeFileSync(join(work, 'SUMS'), `${lines.join('\n')}\n`);
    execFileSync('sha256sum', ['--quiet', '--strict', '-c', join(work, 'SUMS')], { cwd: top });
    expect(
      manifest.fingerprint.changes.filter(
        ({ what }) => what === 'modules' || what === 'core_pattern',
      ),
    ).toEqual([]);
  }, 120_000);
});
