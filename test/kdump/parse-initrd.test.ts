import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInitrd, unseenPart } from '../../src/kdump/initrd/parse-initrd.ts';
import { walkSquashfs } from '../../src/kdump/initrd/squashfs.ts';
import { buildInitrd } from '../builders/build-initrd.ts';
import { buildSquashfs } from '../builders/build-squashfs.ts';
import { dracutFiles } from '../builders/dracut-files.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const corpus = fileURLToPath(new URL('../corpus/kdump/', import.meta.url));
const sample = (name: string) => readFileSync(corpus + name);
const paths = Object.keys(dracutFiles);
const opened = 'initrd.gz initrd.xz initrd.lzma initrd.zst initrd.lz4 initrd.lzo initrd.early-zst';
const squashed = 'squash.gzip squash.xz squash.zstd squash.lz4 squash.lzo';

function expectAll(bytes: Buffer): void {
  const listing = parseInitrd(bytes);
  expect(unseenPart(listing)).toBeUndefined();
  expect(paths.filter((path) => !listing.names.has(path))).toEqual([]);
  for (const path of ['root/.ssh/known_hosts', 'etc/cmdline.d/60kdumpip.conf', 'etc/kdump.conf'])
    expect([path, listing.texts.get(path)]).toEqual([path, dracutFiles[path]]);
}

describe('a capture initrd as the tools pack it', () => {
  it.each(opened.split(' '))('%s is listed whole', (name) => expectAll(sample(name)));

  it.each(squashed.split(' '))('%s is listed with what lies in its image', (name) => {
    expectAll(sample(name));
    const { names, image } = parseInitrd(sample(name));
    expect(image).toMatchObject({ kind: 'squashfs', path: 'squash-root.img' });
    expect(names).toContain('squash/setup-squash.sh');
  });

  it.each([
    ['initrd.bz2', 'compressed with bzip2'],
    ['initrd.lz4-frame', "lz4's frame format, which the kernel does not unpack"],
    ['squash.lzma', 'squash-root.img in it is squashfs with lzma'],
  ])('%s is said to be not opened, not to be damaged', (name, why) => {
    const listing = parseInitrd(sample(name));
    expect(listing.problem).toBeUndefined();
    expect(unseenPart(listing)).toContain(why);
  });

  it('names an erofs image that is not opened', () => {
    const image = Buffer.alloc(8192);
    image.writeUInt32LE(0xe0f5e1e2, 1024);
    const listing = parseInitrd(buildInitrd({ 'squash/erofs-root.img': image, init: '' }));
    expect(listing.problem).toBeUndefined();
    expect(unseenPart(listing)).toBe('squash/erofs-root.img in it is an erofs image');
    expect(listing.names).toContain('init');
  });

  it('reads on behind a compressed archive', () => {
    const first = gzipSync(buildInitrd({ 'first.txt': 'a' }));
    const second = gzipSync(buildInitrd({ 'second.txt': 'b' }));
    for (const between of [0, 512]) {
      const { names, problem } = parseInitrd(
        Buffer.concat([first, Buffer.alloc(between), buildInitrd({ plain: '' }), second]),
      );
      expect(problem).toBeUndefined();
      expect([...names]).toEqual(['first.txt', 'plain', 'second.txt']);
    }
  });

  it('counts what lies in memory: a squashed image stays packed', () => {
    const files = { 'usr/bin/makedumpfile': Buffer.alloc(500_000) };
    const image = buildSquashfs(files);
    const listing = parseInitrd(buildInitrd({ 'squash-root.img': image }));
    expect(listing.unpackedBytes).toBe(image.length);
  });
});

describe('a capture initrd that is not whole', () => {
  // Cut within its padding, one with an early archive is a whole one without the other.
  const cut = `${opened} ${squashed}`.split(' ').filter((name) => !name.includes('early'));
  it.each(cut)('%s is never called whole when cut', (name) => {
    const bytes = sample(name);
    // The zeros that pad the end of the outer archive are no loss.
    const end = bytes.length - 600;
    for (let length = 0; length < end; length += 1 + Math.floor(end / 150)) {
      const listing = parseInitrd(bytes.subarray(0, length));
      expect([length, unseenPart(listing)]).not.toEqual([length, undefined]);
    }
  });

  it.each(readdirSync(corpus).filter((name) => name.startsWith('hostile.')))('%s', (name) => {
    const { problem } = parseInitrd(sample(name));
    expect(problem).toContain('its image squash-root.img is broken');
  });

  it('stops at folders that contain each other', () => {
    const built = buildSquashfs({ 'a/b/c': 'x' });
    // The folder "b" of "a" is made to be "a" itself: its inode is where that of "a" is.
    const hostile = Buffer.from(built);
    const inode = hostile.indexOf('b', hostile.readUIntLE(72, 6)) - 8;
    const parent = hostile.indexOf('a', hostile.readUIntLE(72, 6)) - 8;
    hostile.copy(hostile, inode, parent, parent + 2);
    expect(() => walkSquashfs(hostile, () => true)).toThrow('contain each other');
  });

  it('answers whatever bytes are changed', () => {
    const names = readdirSync(corpus);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        (name, changes) => {
          const changed = Buffer.from(sample(name));
          for (const [place, value] of changes)
            changed[Math.floor(place * (changed.length - 1))] = value;
          parseInitrd(changed);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('answers when any number of a squashfs is as big as can be', () => {
    const built = buildSquashfs({ 'etc/kdump.conf': 'path /var/crash\n', 'usr/bin/x': 'y' });
    for (let at = 4; at < built.length; at += 2) {
      for (const width of [2, 4, 8]) {
        const changed = Buffer.from(built);
        changed.fill(0xff, at, Math.min(at + width, changed.length));
        parseInitrd(buildInitrd({ 'squash-root.img': changed }));
      }
    }
  });
});

describeWith(['mksquashfs', 'unsquashfs'], 'squashfs beside its own tools', () => {
  const folder = temporaryFolder('squashfs');
  const tree = fileURLToPath(new URL('../../src/', import.meta.url));

  it.each([
    '-comp gzip',
    '-comp xz -b 1M',
    '-comp zstd -always-use-fragments',
    '-comp lz4 -no-fragments',
    '-comp lzo -b 4096',
    '-comp gzip -noI -noD -noF',
  ])('reads every file of a tree: %s', (options) => {
    const path = `${folder}/image`;
    const argv = [tree, path, '-noappend', '-quiet', '-no-progress', ...options.split(' ')];
    execFileSync('mksquashfs', argv, { stdio: 'ignore' });
    const read = new Map<string, string | undefined>();
    walkSquashfs(readFileSync(path), (entry) => {
      if (entry.kind === 'file') read.set(entry.path, entry.read(2 ** 20)?.toString());
      return true;
    });
    const files = readdirSync(tree, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(tree.length).replace(/^\//, ''));
    expect(files.length).toBeGreaterThan(100);
    expect([...read.keys()].sort()).toEqual(files.sort());
    for (const file of files) expect(read.get(file)).toBe(readFileSync(tree + file, 'utf8'));
  });

  it('the builder makes images that unsquashfs reads', () => {
    const path = `${folder}/built`;
    writeFileSync(path, buildSquashfs({ 'a/b': 'first', 'a/c/d': 'x'.repeat(300_000), e: '' }));
    const out = `${folder}/out`;
    execFileSync('unsquashfs', ['-no-progress', '-d', out, path], { stdio: 'ignore' });
    expect(readFileSync(`${out}/a/b`, 'utf8')).toBe('first');
    expect(readFileSync(`${out}/a/c/d`, 'utf8')).toBe('x'.repeat(300_000));
  });
});
