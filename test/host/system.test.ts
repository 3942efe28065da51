import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSystem } from '../../src/host/system.ts';
import { bytesFromName } from '../../src/std/name-bytes.ts';
import { canHangMounts, mountHung } from '../hung-mount.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sonae-root-'));
  mkdirSync(join(root, 'etc/deep/er'), { recursive: true });
  mkdirSync(join(root, 'usr/lib/x'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'image\n');
  writeFileSync(join(root, 'etc/deep/er/file.conf'), '0123456789');
  writeFileSync(join(root, 'usr/lib/x/one'), '1');
  symlinkSync('/etc/passwd', join(root, 'etc/absolute'));
  symlinkSync('../../../../../../etc/passwd', join(root, 'etc/climbing'));
  symlinkSync('loop', join(root, 'etc/loop'));
  symlinkSync('usr/lib', join(root, 'lib'));
  symlinkSync('..', join(root, 'etc/deep/up'));
  execFileSync('mkfifo', [join(root, 'etc/fifo')]);
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/etc/`), Buffer.from([0x62, 0xff, 0x61])]),
    'odd',
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('openSystem on an image', () => {
  it('reads a file, its head or its tail', async () => {
    const system = openSystem(root);
    const path = '/etc/deep/er/file.conf';
    expect(await system.readFile(path)).toMatchObject({ state: 'known', isTruncated: false });
    const head = await system.readFile(path, { limitBytes: 4 });
    expect(head.state === 'known' && [head.bytes.toString(), head.isTruncated]).toEqual([
      '0123',
      true,
    ]);
    const tail = await system.readFile(path, { limitBytes: 4, keep: 'tail' });
    expect(tail.state === 'known' && [tail.bytes.toString(), tail.isTruncated]).toEqual([
      '6789',
      true,
    ]);
    const exact = await system.readFile(path, { limitBytes: 10 });
    expect(exact.state === 'known' && exact.isTruncated).toBe(false);
    system.close();
  });

  it.each(['/etc/absolute', '/etc/climbing'])('keeps links inside the image: %s', async (path) => {
    const system = openSystem(root);
    const read = await system.readFile(path);
    expect(read.state === 'known' && read.bytes.toString()).toBe('image\n');
    system.close();
  });

  it('gives loops, FIFOs, folders and absent files as data', async () => {
    const system = openSystem(root);
    expect(await system.readFile('/etc/loop')).toMatchObject({
      state: 'unreadable',
      code: 'ELOOP',
    });
    expect(await system.readFile('/etc/fifo')).toMatchObject({
      state: 'unreadable',
      code: 'ESPECIAL',
    });
    expect(await system.readFile('/etc/deep')).toMatchObject({
      state: 'unreadable',
      code: 'ESPECIAL',
    });
    expect(await system.readFile('/etc/none')).toEqual({ state: 'absent' });
    expect(await system.list('/none')).toEqual({ state: 'absent' });
    expect(await system.stat('/etc/loop')).toMatchObject({
      state: 'known',
      stat: { kind: 'link', target: 'loop' },
    });
    system.close();
  });

  it('finds by glob, takes folders whole, leaves out, never follows links, keeps odd names', async () => {
    const system = openSystem(root);
    const found = await system.find(['/etc', '/lib/*/one', '/etc/pass*', '/none/*'], {
      except: ['/etc/deep/e*'],
    });
    const paths = found.entries.map(({ path }) => path);
    expect(paths).toEqual([
      '/etc',
      '/etc/absolute',
      '/etc/b\udcff\u0061',
      '/etc/climbing',
      '/etc/deep',
      '/etc/deep/up',
      '/etc/fifo',
      '/etc/loop',
      '/etc/passwd',
      '/lib/x/one',
    ]);
    const odd = await system.readFile('/etc/b\udcffa');
    expect(odd.state === 'known' && odd.bytes.toString()).toBe('odd');
    expect([...bytesFromName('b\udcffa')]).toEqual([0x62, 0xff, 0x61]);
    expect(found.problems).toEqual([]);
    system.close();
  });

  it('takes what is in a folder that is a link when the glob ends in a slash, as /proc/net/ is', async () => {
    const system = openSystem(root);
    const pathsOf = async (glob: string) =>
      (await system.find([glob])).entries.map(({ path }) => path);
    expect(await pathsOf('/lib/')).toEqual(['/lib', '/lib/x', '/lib/x/one']);
    expect(await pathsOf('/lib')).toEqual(['/lib']);
    // Links below it are not entered, and a link to a file or to nothing stays one.
    expect(await pathsOf('/etc/deep/up/')).toContain('/etc/deep/up/deep/up');
    expect(await pathsOf('/etc/absolute/')).toEqual(['/etc/absolute']);
    expect(await pathsOf('/etc/loop/')).toEqual(['/etc/loop']);
    system.close();
  });

  it('stays in the file system of a link that it enters, and not in that of the link itself', async () => {
    const link = join(root, 'to-proc');
    symlinkSync('/proc/sys/kernel', link);
    const system = openSystem('/');
    const found = await system.find([`${link}/`], { isOneFileSystem: true });
    expect(found.entries.map(({ path }) => path)).toContain(`${link}/random/boot_id`);
    system.close();
    rmSync(link);
  });

  it('takes folders for themselves in a shallow search, with the bytes of files', async () => {
    const system = openSystem(root);
    const found = await system.find(['/etc', '/lib/*', '/etc/passwd', '/etc/absolute', '/none'], {
      isShallow: true,
      content: { limitBytes: 1000, except: [] },
    });
    expect(found.entries.map(({ path, stat }) => `${path} ${stat.kind}`)).toEqual([
      '/etc folder',
      '/lib/x folder',
      '/etc/passwd file',
      '/etc/absolute link',
    ]);
    expect(found.entries.map(({ content }) => content !== undefined)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    system.close();
  });

  it('stops a search at its limit and says so', async () => {
    const system = openSystem(root);
    const found = await system.find(['/etc'], { limit: 3 });
    expect([found.entries.length, found.stopped]).toEqual([3, 'limit']);
    system.close();
  });

  it('finds the newest of more files than its limit, wherever they stand in the order of names', async () => {
    const folder = join(root, 'var/many');
    mkdirSync(folder, { recursive: true });
    for (let index = 0; index < 30; index += 1) {
      writeFileSync(join(folder, `log.${index + 10}`), 'x');
      utimesSync(join(folder, `log.${index + 10}`), 1000 + index, 1000 + index);
    }
    const system = openSystem(root);
    const found = await system.find(['/var/many'], { limit: 2, prefer: 'newest' });
    expect(found.entries.map(({ path }) => path)).toEqual(['/var/many/log.39', '/var/many/log.38']);
    expect(found.stopped).toBe('limit');
    const all = await system.find(['/var/many'], { limit: 30, prefer: 'newest' });
    expect([all.entries.length, all.stopped]).toEqual([30, undefined]);
    system.close();
  });

  it('says where a search did not go deeper', async () => {
    mkdirSync(join(root, `var/deep/${'d/'.repeat(50)}`), { recursive: true });
    const system = openSystem(root);
    for (const glob of ['/var/deep', '/var/deep/**/x']) {
      const { problems } = await system.find([glob]);
      expect(problems.map(({ code }) => code)).toEqual(['EDEPTH']);
    }
    system.close();
  });

  it('passes over holes of a file whose end is wanted, and keeps the line behind them', async () => {
    const system = openSystem(root);
    const hole = Buffer.alloc(300_000);
    const read = async (content: Buffer, limitBytes: number) => {
      writeFileSync(join(root, 'var/holes'), content);
      const got = await system.readFile('/var/holes', { limitBytes, keep: 'tail' });
      return got.state === 'known' && [got.bytes.toString(), got.holeBytes, got.isTruncated];
    };
    const log = Buffer.concat([hole, Buffer.from('one\ntwo\n')]);
    expect(await read(log, 1_000_000)).toEqual(['one\ntwo\n', 300_000, false]);
    expect(await read(log, 100_000)).toEqual(['one\ntwo\n', 99_992, true]);
    expect(await read(log, 6)).toEqual(['two\n', undefined, true]);
    expect(await read(hole, 100_000)).toEqual(['', 100_000, true]);
    system.close();
  });

  it('offers commands of the running machine, which can look into the image, and none of the image', () => {
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/only-in-the-image'), '#!/bin/sh\n', { mode: 0o755 });
    const system = openSystem(root);
    expect(system.findCommand('ls')).toMatch(/^\/(?:usr\/)?bin\/ls$/);
    expect(system.findCommand('only-in-the-image')).toBeUndefined();
    system.close();
  });
});

describe('openSystem on the running machine', () => {
  it('reads files of /proc whose size says 0', async () => {
    const system = openSystem();
    for (const path of ['/proc/meminfo', '/proc/self/mountinfo', '/proc/net/tcp']) {
      const read = await system.readFile(path);
      expect(read.state === 'known' && read.bytes.length).toBeGreaterThan(50);
    }
    system.close();
  });

  it('answers for an absent command without a child', async () => {
    const system = openSystem();
    expect((await system.run(['no-such-command'])).state).toBe('absent');
    expect(system.cost.childrenStarted).toBe(0);
    system.close();
  });

  it('reads many files one after the other through one child, in order', async () => {
    const system = openSystem();
    const reads = await Promise.all(
      Array.from({ length: 50 }, () => system.readFile('/etc/passwd')),
    );
    expect(new Set(reads.map((read) => read.state === 'known' && read.bytes.toString())).size).toBe(
      1,
    );
    system.close();
  });
});

describe.skipIf(!canHangMounts)('openSystem with a file system that never answers', () => {
  it('gives up at the deadline, leaves that mount alone afterwards, and reads on elsewhere', async () => {
    const hung = mountHung();
    const system = openSystem();
    try {
      const first = await system.readFile(`${hung.path}/file`, { timeoutMs: 300 });
      expect(first).toMatchObject({ state: 'unreadable', code: 'ETIMEDOUT' });
      const started = Date.now();
      const second = await system.stat(`${hung.path}/other`, { timeoutMs: 60_000 });
      expect(second).toMatchObject({ state: 'unreadable', code: 'ETIMEDOUT' });
      expect(Date.now() - started).toBeLessThan(30_000);
      expect((await system.readFile('/etc/passwd')).state).toBe('known');
    } finally {
      system.close();
      hung.unmount();
    }
  });

  it('among many paths waits for it once, also with questions that came meanwhile', async () => {
    const hung = mountHung();
    const system = openSystem();
    try {
      const paths = ['/etc/passwd', `${hung.path}/*`, '/etc/group'];
      const [first, second, third] = await Promise.all([
        system.find(paths, { timeoutMs: 300, content: { limitBytes: 1000, except: [] } }),
        system.find(paths, { timeoutMs: 600_000 }),
        system.stat(hung.path, { timeoutMs: 600_000 }),
      ]);
      for (const { entries, problems } of [first, second]) {
        expect(entries.map(({ path }) => path)).toEqual(['/etc/passwd', '/etc/group']);
        expect(problems).toMatchObject([{ path: `${hung.path}/*`, code: 'ETIMEDOUT' }]);
      }
      expect(third).toMatchObject({ state: 'unreadable', code: 'ETIMEDOUT' });
    } finally {
      system.close();
      hung.unmount();
    }
  });
});
