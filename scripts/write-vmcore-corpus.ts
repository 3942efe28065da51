// Writes test/corpus/vmcore: small hostile dumps that once were or could be trouble. Deterministic.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildElfDump, buildKernel } from '../test/builders/build-dump.ts';
import { buildElf } from '../test/builders/build-elf.ts';
import { buildFlattened, flatten } from '../test/builders/build-flattened.ts';
import { buildKdump } from '../test/builders/build-kdump.ts';

const folder = fileURLToPath(new URL('../test/corpus/vmcore/', import.meta.url));
const { image, info } = buildKernel([{ text: 'hello \x1b[2J', microseconds: 1 }]);
const pages = image.pages();
const kdump = buildKdump({ pages, vmcoreInfo: info, compression: 'zlib' });

function changed(bytes: Buffer, at: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(hex, at, 'hex');
  return copy;
}

const overlapping = Array.from({ length: 40 }, (_, index) => ({
  offset: index * 10,
  bytes: Buffer.alloc(400, index),
}));

const files: Readonly<Record<string, Buffer>> = {
  'elf-phnum-huge': buildElf({ announcedCount: 0xfffffff0, isExtendedCount: true }),
  'elf-phoff-huge': changed(buildElfDump([]), 32, 'ffffffffffffff7f'),
  'elf-note-huge': changed(buildElfDump([]), 64 + 32, 'ffffffffffffff00'),
  'elf-entry-size-zero': changed(buildElfDump([]), 54, '0000'),
  'elf-overlapping-segments': buildElf({
    segments: Array.from({ length: 200 }, (_, index) => ({
      physical: index * 16,
      bytes: Buffer.from('overlap'),
      memorySize: 1 << 20,
    })),
  }),
  'kdump-block-size-odd': changed(kdump, 428, '01100000'),
  'kdump-bitmap-huge': changed(kdump, 436, 'ffffff7f'),
  'kdump-frames-huge': changed(kdump, 4096 + 96, 'ffffffffff0f0000'),
  'kdump-sub-blocks-huge': changed(kdump, 432, 'ffff0000'),
  'kdump-notes-outside': changed(kdump, 4096 + 48, 'ffffffffffffff00ffffffffffffff00'),
  'kdump-split-backwards': changed(kdump, 4096 + 12, '01000000'),
  'flattened-negative': changed(buildFlattened(flatten(kdump, 700)), 4096 + 8, 'fffffffffffffff0'),
  'flattened-huge-offset': changed(buildFlattened(flatten(kdump, 700)), 4096, '7fffffffffffffff'),
  'flattened-overlapping': buildFlattened(overlapping),
  'flattened-nothing': buildFlattened([], { hasEnd: false }),
  'ring-too-big': elfWithLog(0x4000 + 64, 0x1e),
  'ring-empty': buildElfDump([]),
  'info-garbage': buildElf({
    notes: [
      { name: 'VMCOREINFO', type: 0, content: Buffer.from('OSRELEASE=x\nSYMBOL(prb)=zz\n=\n==\n') },
    ],
  }),
};

function elfWithLog(at: number, value: number): Buffer {
  const kernel = buildKernel([{ text: 'x', microseconds: 1 }]);
  kernel.image.write(at, (out) => out.u32(0, value));
  return buildElf({
    notes: [{ name: 'VMCOREINFO', type: 0, content: Buffer.from(kernel.info) }],
    segments: [...kernel.image.pages()].map(([frame, bytes]) => ({
      physical: frame * 4096,
      bytes,
    })),
  });
}

mkdirSync(folder, { recursive: true });
for (const [name, bytes] of Object.entries(files)) writeFileSync(folder + name, bytes);
console.log(`${Object.keys(files).length} files in test/corpus/vmcore`);
