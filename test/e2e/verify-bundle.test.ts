import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readItem, runItem } from '../builders/item.ts';
import { collectInto } from '../collect/collect-into.ts';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';

let work: string;
let good: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'sonae-verify-'));
  const collected = await collectInto([
    readItem('x.etc', ['/etc/passwd', '/proc/sys/kernel']),
    runItem('x.uname', ['uname', '-a']),
  ]);
  good = collected.file;
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describeWith(['tar', 'zstd'], 'sonae verify of a bundle', () => {
  it('finds a whole one whole', async () => {
    const { exitCode, stdout } = await runSonae(['verify', good]);
    expect(stdout).toContain('whole');
    expect(exitCode).toBe(0);
  });

  it('finds one flipped byte anywhere', async () => {
    const bytes = readFileSync(good);
    const file = join(work, 'flipped.tar.zst');
    for (const part of [0.001, 0.2, 0.5, 0.8, 0.999]) {
      const damaged = Buffer.from(bytes);
      const at = Math.floor(bytes.length * part);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      writeFileSync(file, damaged);
      writeFileSync(`${file}.sha256`, readFileSync(`${good}.sha256`));
      const { exitCode, stderr, stdout } = await runSonae(['verify', file]);
      expect(exitCode, `${at}: ${stdout}${stderr}`).toBe(5);
      expect(stderr).not.toContain('this is a bug');
    }
  });

  it('does not say of a .sha256 file without a digest that there is none', async () => {
    const file = join(work, 'beside.tar.zst');
    writeFileSync(file, readFileSync(good));
    writeFileSync(`${file}.sha256`, '\n');
    const { exitCode, stdout } = await runSonae(['verify', file]);
    expect(stdout).toMatch(/\.sha256 file holds no digest/);
    expect(stdout).not.toContain('There is no .sha256 file');
    expect(exitCode).toBe(5);
    const digest = readFileSync(`${good}.sha256`, 'latin1').slice(0, 64);
    for (const line of [`${digest.toUpperCase()}  x\n`, `SHA256 (x) = ${digest}\n`]) {
      writeFileSync(`${file}.sha256`, line);
      expect(await runSonae(['verify', file])).toMatchObject({ exitCode: 0 });
    }
  });

  it('names an unfinished one', async () => {
    const file = join(work, 'cut.tar.zst');
    writeFileSync(file, readFileSync(good).subarray(0, 2000));
    const { exitCode, stderr } = await runSonae(['verify', file]);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/cut\.tar\.zst: .*(?:cut off|unfinished)/);
  });

  it('goes on with the next after one that cannot be read', async () => {
    const file = join(work, 'cut.tar.zst');
    writeFileSync(file, readFileSync(good).subarray(0, 2000));
    const { exitCode, stdout } = await runSonae(['verify', file, good]);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/cut\.tar\.zst: .*(?:cut off|unfinished)[\s\S]*: whole, /);
  });

  it('knows a bundle under another name by what is in it, and does not call it no folder', async () => {
    const file = join(work, 'attachment-17');
    copyFileSync(good, file);
    const { exitCode, stdout } = await runSonae(['verify', file]);
    expect(stdout).toContain('attachment-17: whole');
    expect(exitCode).toBe(0);
  });

  it('says what it is when it is no bundle', async () => {
    const file = join(work, 'text.tar.zst');
    writeFileSync(file, 'hello');
    const { exitCode, stderr } = await runSonae(['verify', file]);
    expect(stderr).toContain('neither zstd nor gzip');
    expect(exitCode).toBe(5);
  });
});
