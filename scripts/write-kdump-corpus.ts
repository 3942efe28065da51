// Writes test/corpus/kdump: one small capture initrd in every packing that is met, made by the real tools (xz, zstd, lz4,
// lzop, bzip2, mksquashfs), and hostile squashfs images. Deterministic for one version of the tools.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInitrd } from '../test/builders/build-initrd.ts';
import { buildSquashfs } from '../test/builders/build-squashfs.ts';
import { dracutFiles } from '../test/builders/dracut-files.ts';

const folder = fileURLToPath(new URL('../test/corpus/kdump/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'sonae-corpus-'));
const plain = buildInitrd(dracutFiles);
const early = buildInitrd({ 'kernel/x86/microcode/GenuineIntel.bin': 'microcode' });

const packers: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ['gz', ['gzip', '-9n']],
  ['xz', ['xz', '-0', '--check=crc32']],
  ['lzma', ['xz', '--format=lzma']],
  ['zst', ['zstd', '-19', '-q']],
  ['lz4', ['lz4', '-l', '-9', '-q']],
  ['lz4-frame', ['lz4', '-9', '-q']],
  ['lzo', ['lzop', '-9']],
  ['bz2', ['bzip2', '-9']],
];

function packed(argv: readonly string[], input: Buffer): Buffer {
  const [command = '', ...rest] = argv;
  return execFileSync(command, [...rest, '-c'], { input, maxBuffer: 2 ** 26 });
}

function squashed(compression: string): Buffer {
  const image = join(work, `${compression}.img`);
  const options = '-noappend -no-xattrs -no-progress -quiet -all-root -all-time 0 -mkfs-time 0';
  const argv = [join(work, 'root'), image, '-comp', compression, ...options.split(' ')];
  execFileSync('mksquashfs', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  return readFileSync(image);
}

function inInitrd(image: Buffer): Buffer {
  return buildInitrd({
    'squash/setup-squash.sh': '#!/bin/sh\n',
    'squash-root.img': image,
    init: '#!/bin/sh\n',
  });
}

function changed(bytes: Buffer, at: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(hex, at, 'hex');
  return copy;
}

for (const [path, content] of Object.entries(dracutFiles)) {
  mkdirSync(dirname(join(work, 'root', path)), { recursive: true });
  writeFileSync(join(work, 'root', path), content, { mode: 0o644 });
}
const built = buildSquashfs({ 'etc/kdump.conf': 'path /var/crash\n', 'usr/bin/makedumpfile': 'x' });
const image = (at: number, hex: string) => inInitrd(changed(built, at, hex));
const files: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(packers.map(([name, argv]) => [`initrd.${name}`, packed(argv, plain)])),
  'initrd.early-zst': Buffer.concat([early, Buffer.alloc(512), packed(['zstd', '-q'], plain)]),
  ...Object.fromEntries(
    ['gzip', 'xz', 'zstd', 'lz4', 'lzo', 'lzma'].map((name) => [
      `squash.${name}`,
      inInitrd(squashed(name)),
    ]),
  ),
  'hostile.block-size-huge': image(12, 'ffffffff'),
  'hostile.root-outside': image(32, 'ffffff7fffff0000'),
  'hostile.used-bytes-huge': image(40, 'ffffffffffffff7f'),
  'hostile.inode-table-outside': image(64, '00ffffff00000000'),
  'hostile.folder-table-is-inode-table': image(72, built.toString('hex', 64, 72)),
};

mkdirSync(folder, { recursive: true });
for (const [name, bytes] of Object.entries(files)) writeFileSync(folder + name, bytes);
rmSync(work, { recursive: true });
console.log(`${Object.keys(files).length} files in test/corpus/kdump`);
