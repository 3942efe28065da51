import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInput } from '../../src/host/input-file.ts';
import { openOutputFolder } from '../../src/host/storage.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sonae-storage-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('output folder', () => {
  it('creates files that only the owner can read, and never over another', async () => {
    const folder = await openOutputFolder(join(root, 'a', 'b'), { isMade: true });
    const file = await folder.create('one');
    await file.write(Buffer.from('hello '));
    await file.write(Buffer.from('world'));
    expect(file.written).toBe(11);
    await file.sync();
    await file.close();
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(file.path, 'utf8')).toBe('hello world');
    await expect(folder.create('one')).rejects.toMatchObject({ code: 'E_EXISTS' });
  });

  it('reopens at the end, cuts back and writes in the middle', async () => {
    writeFileSync(join(root, 'f'), 'abcdef');
    const folder = await openOutputFolder(root);
    const file = await folder.reopen('f');
    expect(file.written).toBe(6);
    await file.truncate(3);
    await file.write(Buffer.from('XY'));
    await file.writeAt(Buffer.from('!'), 8);
    await file.close();
    expect(readFileSync(join(root, 'f'))).toEqual(Buffer.from('abcXY\0\0\0!'));
  });

  it('does not turn a device, a pipe or a link into a regular file by publishing there', async () => {
    const folder = await openOutputFolder(root);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    symlinkSync('/dev/null', join(root, 'link'));
    for (const name of ['pipe', 'link']) {
      await expect(folder.publish(name, Buffer.from('x'))).rejects.toMatchObject({
        code: 'E_REFUSED',
      });
    }
    expect(statSync(join(root, 'pipe')).isFIFO()).toBe(true);
    expect(readdirSync(root).sort()).toEqual(['link', 'pipe']);
  });

  it('publishes whole or not at all, and leaves no temporary behind', async () => {
    const folder = await openOutputFolder(root);
    await folder.publish('manifest', Buffer.from('1'));
    await folder.publish('manifest', Buffer.from('22'));
    expect(readFileSync(join(root, 'manifest'), 'utf8')).toBe('22');
    mkdirSync(join(root, 'taken'));
    await expect(folder.publish('taken', Buffer.from('3'))).rejects.toMatchObject({
      name: 'SonaeError',
    });
    expect(readdirSync(root).sort()).toEqual(['manifest', 'taken']);
  });

  it.each(['', '.', '..', 'a/b', '../x', 'a\0b', 'x'.repeat(256)])(
    'refuses the name %j',
    async (name) => {
      const folder = await openOutputFolder(root);
      await expect(async () => folder.create(name)).rejects.toMatchObject({ code: 'E_REFUSED' });
    },
  );

  it('follows no link and opens no fifo', async () => {
    writeFileSync(join(root, 'target'), 'precious');
    symlinkSync('target', join(root, 'link'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const folder = await openOutputFolder(root);
    await expect(folder.create('link')).rejects.toMatchObject({ code: 'E_EXISTS' });
    await expect(folder.reopen('link')).rejects.toMatchObject({ code: 'E_REFUSED' });
    await expect(folder.open('link')).rejects.toMatchObject({ code: 'E_REFUSED' });
    await expect(folder.open('fifo')).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(folder.reopen('fifo')).rejects.toMatchObject({ code: 'E_REFUSED' });
    expect(readFileSync(join(root, 'target'), 'utf8')).toBe('precious');
  });

  it('gives a file its name, and never takes one from another', async () => {
    const path = temporaryFolder('names');
    const folder = await openOutputFolder(path);
    for (const [name, text] of [
      ['new', 'new'],
      ['taken', 'old'],
    ] as const) {
      const file = await folder.create(name);
      await file.write(Buffer.from(text));
      await file.close();
    }
    await expect(folder.giveName('new', 'taken')).rejects.toMatchObject({ code: 'E_EXISTS' });
    await folder.giveName('new', 'free');
    expect(await folder.list()).toEqual(['free', 'taken']);
    expect(readFileSync(join(path, 'taken'), 'utf8')).toBe('old');
  });

  it('reads back exactly what the file holds, in order, from any page', async () => {
    const folder = await openOutputFolder(root);
    const bytes = Buffer.from(Array.from({ length: 2_500_001 }, (_, index) => (index * 7) % 251));
    const file = await folder.create('big');
    await file.write(bytes);
    await file.sync();
    for (const { start, end } of [
      { start: 0, end: bytes.length },
      { start: 4096, end: 1_500_000 },
      { start: 1024 * 1024, end: bytes.length + 5000 },
    ]) {
      const pieces: Buffer[] = [];
      const result = await folder.readBack('big', { start, end }, (piece) => {
        pieces.push(Buffer.from(piece));
      });
      expect(Buffer.concat(pieces).equals(bytes.subarray(start, end))).toBe(true);
      expect(result.bytes).toBe(Math.min(end, bytes.length) - start);
    }
    await file.close();
  });

  it('says how much space is left', async () => {
    const folder = await openOutputFolder(root);
    const blocks = execFileSync('stat', ['-f', '-c', '%a %S', root], { encoding: 'utf8' }).split(
      ' ',
    );
    const said = Number(blocks[0]) * Number(blocks[1]);
    expect(Math.abs((await folder.freeBytes()) - said) / said).toBeLessThan(0.1);
  });
});

describe('input file', () => {
  it('reads by position into shared memory and stops at the end', async () => {
    writeFileSync(join(root, 'in'), 'abcdefgh');
    const input = await openInput(join(root, 'in'));
    const buffer = new Uint8Array(new SharedArrayBuffer(6));
    expect(await input.read(buffer, 5)).toBe(3);
    expect(Buffer.from(buffer.slice(0, 3)).toString()).toBe('fgh');
    expect(await input.read(buffer, 8)).toBe(0);
    expect(input.size).toBe(8);
    await input.close();
  });

  it('notices that the file changed', async () => {
    writeFileSync(join(root, 'in'), 'abc');
    const input = await openInput(join(root, 'in'));
    writeFileSync(join(root, 'in'), 'abcd', { flag: 'a' });
    expect((await input.currentIdentity()).size).toBe(7);
    await input.close();
  });

  it.each([
    ['a folder', '.', 'E_USAGE'],
    ['nothing', 'none', 'E_INPUT_ABSENT'],
    ['a fifo', 'fifo', 'E_USAGE'],
  ])('refuses %s in plain words', async (_what, name, code) => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    await expect(openInput(join(root, name))).rejects.toMatchObject({ code });
  });
});
