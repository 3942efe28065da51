import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryLike } from '../chunks/scratch.ts';
import { describeWith } from '../require-tool.ts';
import { bin, runSonae } from '../run-sonae.ts';

const dumps = fileURLToPath(new URL('../../../shared/data/vmcores/', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'sonae-split-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const original = memoryLike(6_000_000, 31);
beforeAll(() => writeFileSync(join(root, 'vmcore'), original));

const sonae = (...args: string[]) => runSonae(args, { cwd: root });
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('split, verify, join', () => {
  it('go the whole way, with a case and by the documented names', async () => {
    const split = await sonae('split', 'vmcore', '--case', '01234567', '--size', '200K');
    expect(split).toMatchObject({ exitCode: 0 });
    expect(split.stderr).toMatch(/not a known dump format/);
    expect(split.stderr).toMatch(/Result: about .* by samples/);
    const set = join(root, '01234567_vmcore.chunks');
    expect(readdirSync(set)).toContain('01234567_vmcore.zst.000');
    // Without this, --ignore-missing would let a receiver with too few parts begin.
    const parts = readdirSync(set).filter((name) => /\.zst\.\d+$/.test(name)).length;
    const readme = readFileSync(join(set, 'README.txt'), 'utf8');
    expect(readme).toContain(`it must say OK ${parts} times`);
    expect(readme).toContain(`OK が ${parts} 個`);
    expect(await sonae('verify', set)).toMatchObject({ exitCode: 0 });
    expect(await sonae('join', join(set, 'chunk-set.json'), '--output', 'back')).toMatchObject({
      exitCode: 0,
    });
    expect(readFileSync(join(root, 'back')).equals(original)).toBe(true);
    // Finished is finished: going on with it is done at once, beginning again is refused.
    const again = await sonae('split', 'vmcore', '--case', '01234567', '--resume');
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('finished') });
    expect(await sonae('join', set, '--output', 'back')).toMatchObject({ exitCode: 6 });
    expect(await sonae('split', 'vmcore', '--case', '01234567')).toMatchObject({ exitCode: 6 });
  });

  it('streams through pipes on both sides', async () => {
    const line = `node ${bin} split - --name shop.sql --output piped --size 100K < vmcore`;
    execFileSync('sh', ['-c', line], { cwd: root, stdio: 'pipe' });
    const back = spawnSync(process.execPath, [bin, 'join', 'piped', '--output', '-'], {
      cwd: root,
      maxBuffer: 2 ** 26,
    });
    expect(back.stdout.equals(original)).toBe(true);
    expect(readdirSync(join(root, 'piped'))).toContain('shop.sql.zst.00000');
  });

  it('do not ask again for swapped chunks, and restore to a long Japanese name', async () => {
    await sonae('split', 'vmcore', '--output', 'mixed', '--size', '100K');
    const [first = '', second = ''] = readdirSync(join(root, 'mixed')).filter((n) =>
      /\.\d+$/.test(n),
    );
    const long = '備'.repeat(80);
    expect(await sonae('join', 'mixed', '--output', long)).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(root, long)).equals(original)).toBe(true);
    const at = (name: string) => join(root, 'mixed', name);
    renameSync(at(first), at('aside'));
    renameSync(at(second), at(first));
    renameSync(at('aside'), at(second));
    const swapped = await sonae('verify', 'mixed');
    expect(swapped.exitCode).toBe(5);
    expect(swapped.stdout).toContain(`Rename: ${first} to ${second}\n`);
    expect(swapped.stdout).toContain(`Rename: ${second} to ${first}\n`);
    expect(swapped.stdout).not.toContain('Send again');
    // A copy in the place of another: that other one is not here.
    rmSync(at(first));
    copyFileSync(at(second), at(first));
    rmSync(at(second));
    copyFileSync(at(first), at(second));
    const copied = await sonae('verify', 'mixed');
    expect(copied.stdout).toContain(`Send again: ${second}\n`);
    expect(copied.stdout).not.toContain('Rename');
  });

  it('name what is bad and what to send again, with the exit codes promised', async () => {
    await sonae('split', 'vmcore', '--output', 'hurt', '--size', '100K');
    const [first = '', second = ''] = readdirSync(join(root, 'hurt')).filter((n) =>
      /\.\d+$/.test(n),
    );
    rmSync(join(root, 'hurt', first));
    const missing = await sonae('verify', 'hurt');
    expect(missing.exitCode).toBe(3);
    expect(missing.stdout).toContain(`Send again: ${first}\n`);
    truncateSync(join(root, 'hurt', second), 100);
    const both = await sonae('verify', 'hurt', '--json');
    expect(both.exitCode).toBe(5);
    expect(json(both.stdout)).toMatchObject({ resend: [first, second], original: 'not-checked' });
    expect(await sonae('join', 'hurt', '--output', 'none')).toMatchObject({ exitCode: 5 });
    const rest = await sonae('join', 'hurt', '--allow-missing', '--output', 'rest');
    expect(rest.exitCode).toBe(3);
    expect(rest.stderr).toContain('not there, zeros instead: 0..');
  });

  it.each([
    ['an absent file', ['split', 'absent'], 2, /no such file/],
    ['a folder', ['split', '.'], 2, /folder/],
    ['a file without a size', ['split', '/proc/cpuinfo'], 6, /is empty, and is not/],
    ['no file', ['split'], 2, /split what/],
    ['a size of nothing', ['split', 'vmcore', '--size', '0'], 2, /not a size/],
    ['a size that is too small', ['split', 'vmcore', '--size', '1K'], 2, /too small/],
    ['a level that Node would silently change', ['split', 'vmcore', '--level', '-1'], 2, /1 to 19/],
    ['a case that leads out', ['split', 'vmcore', '--case', '../x'], 2, /case/],
    ['a filter on a pipe', ['split', '-', '--filter', '31'], 2, /pipe/],
    ['an output in a file', ['split', 'vmcore', '--output', 'vmcore/x'], 2, /not a folder/],
    ['verify of nothing', ['verify', 'absent'], 2, /no such file/],
    ['join of no set', ['join', '.'], 5, /no chunk set/],
  ])('refuse %s in one clear sentence', async (_what, args, exitCode, words) => {
    const run = await sonae(...args);
    expect(run).toMatchObject({ exitCode });
    expect(run.stderr).toMatch(words);
    expect(run.stderr).not.toMatch(/bug in sonae|at .*\.[jt]s:/);
  });

  it('explain the presets', async () => {
    const list = await sonae('split', '--size', 'list');
    expect(list.exitCode).toBe(0);
    for (const name of ['redhat', 'fat32', 'dvd', 'mail']) expect(list.stdout).toContain(name);
  });

  it('print one JSON document', async () => {
    const run = await sonae('split', 'vmcore', '--output', 'as-json', '--json');
    expect(json(run.stdout)).toMatchObject({ path: 'as-json', original: { bytes: 6_000_000 } });
    for (const line of run.stderr.trim().split('\n')) expect(json(line)).toHaveProperty('type');
  });
});

describe.skipIf(!existsSync(dumps))('real dumps', () => {
  it('are recognised, and an incomplete one is sent and named so', async () => {
    const run = await sonae('split', join(dumps, 'dump-incomplete'), '--output', 'incomplete');
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(/incomplete/);
    const manifest = json(readFileSync(join(root, 'incomplete', 'chunk-set.json'), 'utf8'));
    expect(manifest).toMatchObject({ original: { dump: { completeness: 'incomplete' } } });
    expect(readFileSync(join(root, 'incomplete', 'README.txt'), 'utf8')).toMatch(/incomplete/);
  });
});
if (!existsSync(dumps)) process.stderr.write(`SKIPPED for want of ${dumps}: real dumps\n`);

// A real raw dump, its program headers moved to where makedumpfile 1.7 expects them (it ignores e_phoff).
function rawDump(name: string): string {
  const path = join(root, 'raw.elf');
  execFileSync('zstd', ['-q', '-d', '-f', join(dumps, name), '-o', path]);
  const bytes = readFileSync(path);
  const headers = bytes.subarray(Number(bytes.readBigUInt64LE(32)));
  headers.copy(bytes, 64, 0, 56 * bytes.readUInt16LE(56));
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeBigUInt64LE(0n, 40);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt32LE(0, 60);
  bytes.writeUInt16LE(64, 58);
  writeFileSync(path, bytes);
  return path;
}

const rawName = 'x86_64-6.1cloud-init.qemu-elf.zst';
describeWith(['zstd', 'makedumpfile'], '--filter', () => {
  it.skipIf(!existsSync(join(dumps, rawName)))(
    'streams makedumpfile into the chunks and says what it left out',
    async () => {
      const raw = rawDump(rawName);
      const run = await sonae('split', raw, '--filter', '31', '--output', 'filtered');
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.stderr).toMatch(/makedumpfile -d 31 left .* of 72 MiB/);
      // What was said before is what came.
      const size = (verb: string) =>
        new RegExp(`-d 31 ${verb} (\\S+ MiB) of`).exec(run.stderr)?.[1];
      expect(size('will leave')).toBe(size('left'));
      expect(run.stderr).toMatch(/Free pages: \d+ of \d+/);
      const manifest = json(readFileSync(join(root, 'filtered', 'chunk-set.json'), 'utf8'));
      expect(manifest).toMatchObject({
        original: { dump: { format: 'flattened', level: 31 }, filter: { inputBytes: 75_764_091 } },
      });
      const readme = readFileSync(join(root, 'filtered', 'README.txt'), 'utf8');
      expect(readme.match(/makedumpfile -R NEW < DUMP/g)).toHaveLength(2);
      const line = 'cat filtered/*.zst.* | zstd -q -d | makedumpfile -R rearranged';
      execFileSync('sh', ['-c', line], { cwd: root, stdio: 'pipe' });
      execFileSync('makedumpfile', ['--dump-dmesg', 'rearranged', 'dmesg'], {
        cwd: root,
        stdio: 'pipe',
      });
      expect(readFileSync(join(root, 'dmesg'), 'utf8')).toMatch(/Linux version/);
    },
  );

  const cut = join(dumps, 'kdump-header-only'); // where there are none, the file says so once, above
  it.skipIf(!existsSync(cut))(
    'says why makedumpfile failed, and does not call the set finished',
    async () => {
      writeFileSync(join(root, 'cut.elf'), readFileSync(cut));
      const run = await sonae('split', 'cut.elf', '--filter', '31', '--output', 'unfiltered');
      expect(run.exitCode).toBe(6);
      expect(run.stderr).toMatch(/makedumpfile failed/);
      // Nothing was begun: the same folder can be used without --filter.
      expect(existsSync(join(root, 'unfiltered'))).toBe(false);
    },
  );
});

describeWith(['zstd', 'makedumpfile'], 'the advice to filter', () => {
  it.skipIf(!existsSync(join(dumps, rawName)))(
    'says what would be left, and is not given for a dump that makedumpfile refuses',
    async () => {
      rawDump(rawName);
      const can = await sonae('split', 'raw.elf', '--output', 'advised');
      expect(can.stderr).toMatch(/--filter 31 .* would leave \d+ MiB of 72 MiB/);
      // A relative path: the page is made by a child that works elsewhere.
      expect(can.stderr).not.toMatch(/no inspect.txt/);
      expect(existsSync(join(root, 'advised', 'inspect.txt'))).toBe(true);
      execFileSync('zstd', ['-q', '-d', join(dumps, rawName), '-o', join(root, 'qemu.elf')]);
      const cannot = await sonae('split', 'qemu.elf', '--output', 'unadvised');
      expect(cannot).toMatchObject({ exitCode: 0 });
      expect(cannot.stderr).not.toMatch(/--filter/);
    },
  );
});

// Many more with: npm run test:kill
const kills = Number(process.env['SONAE_KILLS'] ?? 2);

describeWith(['zstd', 'cmp'], 'a split that is killed', () => {
  it(`goes on after each of ${kills} kills at random moments, and loses nothing`, {
    timeout: 60_000 + kills * 10_000,
  }, async () => {
    writeFileSync(join(root, 'large'), memoryLike(24_000_000, 41));
    // A kill that comes when all is done proves nothing, so it must fall into the time that this machine takes.
    const begun = performance.now();
    await sonae('split', 'large', '--size', '300K', '--output', 'unkilled', '--quiet');
    const wholeMs = performance.now() - begun;
    let done = 0;
    for (let round = 0; done < kills; round += 1) {
      const set = join(root, `killed${round}`);
      for (let isFinished = false; !isFinished; ) {
        const args = ['split', 'large', '--size', '300K', '--output', set, '--quiet'];
        const isBegun = existsSync(join(set, 'chunk-set.journal'));
        const child = spawn(process.execPath, [bin, ...args, ...(isBegun ? ['--resume'] : [])], {
          cwd: root,
          stdio: 'ignore',
        });
        const isKilled = done < kills;
        const timer = setTimeout(
          () => child.kill('SIGKILL'),
          wholeMs * (0.2 + 0.75 * Math.random()),
        );
        if (!isKilled) clearTimeout(timer);
        const [code] = await new Promise<[number | null]>((resolve) => {
          child.on('exit', (status) => resolve([status]));
        });
        clearTimeout(timer);
        // A kill may come after the manifest, when all is done already.
        isFinished = code === 0 || existsSync(join(set, 'chunk-set.json'));
        if (!isFinished) {
          expect(code).toBeNull();
          done += 1;
        }
      }
      execFileSync('sh', ['-c', `cat ${set}/large.zst.* | zstd -q -d | cmp - large`], {
        cwd: root,
      });
      rmSync(set, { recursive: true });
    }
  });

  it('ends with 130 after Ctrl-C and leaves a set that can go on', async () => {
    const args = ['split', 'large', '--size', '300K', '--output', 'stopped'];
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const journal = join(root, 'stopped', 'chunk-set.journal');
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    while (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (child.exitCode !== null) break;
    }
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(stderr).toMatch(/--resume/);
    const partial = await sonae('verify', 'stopped');
    expect(partial.exitCode).toBe(3);
    expect(partial.stdout).toMatch(/not finished/);
    expect(await sonae(...args, '--resume')).toMatchObject({ exitCode: 0 });
    execFileSync('sh', ['-c', 'cat stopped/large.zst.* | zstd -q -d | cmp - large'], { cwd: root });
  });
});

// A full disk, for real: a small tmpfs, which only root can mount.
describeWith(['root', 'mount', 'zstd', 'cmp'], 'a full disk', () => {
  const small = join(root, 'small');
  beforeAll(() => {
    writeFileSync(join(root, 'large'), memoryLike(24_000_000, 41));
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3M', 'none', small]);
  });
  afterAll(() => void spawnSync('umount', [small]));

  it('is refused before anything is written, by estimate', async () => {
    const run = await sonae('split', 'large', '--output', 'small/refused');
    expect(run.exitCode).toBe(6);
    expect(run.stderr).toMatch(/too small/);
    expect(readdirSync(join(small, 'refused'))).toEqual([]);
    rmSync(join(small, 'refused'), { recursive: true });
  });

  it('in the middle leaves good chunks, and --resume goes on when there is room', async () => {
    const args = ['split', 'large', '--size', '300K', '--output', 'small/set', '--ignore-space'];
    const full = await sonae(...args);
    expect(full.exitCode).toBe(6);
    expect(full.stderr).toMatch(/no space left/);
    expect(full.stderr).toMatch(/--resume/);
    const verified = await sonae('verify', 'small/set');
    expect(verified.exitCode).toBe(3);
    expect(verified.stdout).not.toMatch(/Send again/);
    execFileSync('mount', ['-o', 'remount,size=60M', small]);
    expect(await sonae(...args, '--resume')).toMatchObject({ exitCode: 0 });
    execFileSync('sh', ['-c', 'cat small/set/large.zst.* | zstd -q -d | cmp - large'], {
      cwd: root,
    });
    expect((await sonae('verify', 'small/set')).exitCode).toBe(0);
  });
});
