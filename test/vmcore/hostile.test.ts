import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressLzo1x } from '../../src/std/lzo1x.ts';
import { analyseDump } from '../../src/vmcore/analyse.ts';
import { identifyDump } from '../../src/vmcore/format/identify.ts';
import { decompressPage } from '../../src/vmcore/format/page-codec.ts';
import { decompressSnappy } from '../../src/vmcore/format/snappy.ts';
import { parseTypes } from '../../src/vmcore/memory/type-table.ts';
import { buildPage } from '../../src/vmcore/page/build-page.ts';
import { renderMarkdown } from '../../src/vmcore/page/render-markdown.ts';
import { renderText } from '../../src/vmcore/page/render-text.ts';
import { reportJson } from '../../src/vmcore/page/report-json.ts';
import { buildElfDump, buildKernel } from '../builders/build-dump.ts';
import { buildFlattened, flatten } from '../builders/build-flattened.ts';
import { buildKdump } from '../builders/build-kdump.ts';
import { bufferSource } from '../builders/byte-writer.ts';
import { compressLzoLiterally, compressSnappyLiterally } from '../builders/literal-codecs.ts';

const corpus = fileURLToPath(new URL('../corpus/vmcore/', import.meta.url));

const messages = [
  { text: 'Linux version 6.1.0-test', microseconds: 0 },
  { text: 'BUG: kernel NULL pointer dereference, address: 0000000000000008', microseconds: 5 },
  { text: 'RIP: 0010:foo+0x1/0x2 [foo]', microseconds: 6 },
  { text: 'Kernel panic - not syncing: Fatal exception', microseconds: 7 },
];

/** Whatever the bytes are: an answer, rendered in every form, with nothing that controls a terminal. */
async function mustAnswer(bytes: Buffer): Promise<void> {
  const { analysis } = await analyseDump([bufferSource(bytes)], { depth: 'all' });
  const page = buildPage(analysis, { tasks: true, backtraces: true, modules: true });
  const text = renderText(page) + renderMarkdown(page);
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  JSON.stringify(reportJson(analysis, { withLog: true }));
}

function smallDumps(): readonly (readonly [string, Buffer])[] {
  const { image, info } = buildKernel(messages);
  const pages = image.pages();
  const kdump = (compression: 'none' | 'zlib' | 'lzo' | 'snappy' | 'zstd') =>
    buildKdump({ pages, compression, vmcoreInfo: info });
  return [
    ['elf', buildElfDump(messages)],
    ['kdump', kdump('none')],
    ['kdump-zlib', kdump('zlib')],
    ['kdump-lzo', kdump('lzo')],
    ['kdump-snappy', kdump('snappy')],
    ['kdump-zstd', kdump('zstd')],
    ['flattened', buildFlattened(flatten(kdump('zlib'), 700))],
  ];
}

describe.each(smallDumps())('a small dump: %s', (_, bytes) => {
  it('is read whole', async () => {
    const { analysis } = await analyseDump([bufferSource(bytes)], { depth: 'log' });
    expect(analysis.crash).toMatchObject({
      value: { title: 'NULL pointer dereference in foo [foo]' },
    });
    expect(analysis.files[0]?.identity.completeness).toBe('complete');
    expect(analysis.system.host).toBe('built');
  });

  it('answers at every length of its headers, and is never called complete when cut', () => {
    for (let length = 0; length < bytes.length; length += length < 4700 ? 1 : 61) {
      const { identity } = identifyDump(bufferSource(bytes.subarray(0, length)), 'full');
      expect([length, identity.completeness]).not.toEqual([length, 'complete']);
    }
  });

  it('is analysed at every length as far as it reaches', async () => {
    const step = Math.max(1, Math.floor(bytes.length / 150));
    for (let length = 0; length < bytes.length; length += step) {
      await mustAnswer(bytes.subarray(0, length));
    }
  });

  it('answers whatever bytes are changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const changed = Buffer.from(bytes);
          for (const [at, value] of changes) changed[at] = value;
          await mustAnswer(changed);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('answers when any number of its headers is as big as can be', async () => {
    const headers = Math.min(bytes.length - 8, 700);
    for (let at = 8; at < headers; at += 4) {
      const changed = Buffer.from(bytes);
      changed.fill(0xff, at, at + 8);
      await mustAnswer(changed);
    }
  });
});

describe('the corpus', () => {
  it.each(readdirSync(corpus))('%s', (name) => mustAnswer(readFileSync(corpus + name)));
});

describe('codecs', () => {
  const page = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.nat(255))
    .map(([head, fill]) => {
      const bytes = Buffer.alloc(4096, fill);
      bytes.set(head);
      return bytes;
    });

  it.each([
    ['lzo', compressLzoLiterally, decompressLzo1x],
    ['snappy', compressSnappyLiterally, decompressSnappy],
  ] as const)('%s gives back what was packed, and nothing for a part of it', (_, pack, unpack) => {
    fc.assert(
      fc.property(page, fc.double({ min: 0, max: 0.999, noNaN: true }), (bytes, part) => {
        const packed = pack(bytes);
        expect(unpack(packed, 4096)?.equals(bytes)).toBe(true);
        expect(unpack(packed.subarray(0, Math.floor(packed.length * part)), 4096)).toBeUndefined();
        expect(unpack(packed, 4095)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it.each([0, 1, 2, 4, 0x20, 3, 0xff])('flags %i never throw on garbage', (flags) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        const result = decompressPage(Buffer.from(bytes), flags, 4096);
        expect(typeof result === 'string' || result.length === 4096).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('BTF', () => {
  it('refuses or survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 400 }), (bytes) => {
        const btf = Buffer.from(bytes);
        btf.writeUInt32LE(0x0001eb9f, 0);
        btf.writeUInt32LE(24, 4);
        try {
          const types = parseTypes(btf);
          types.offset('task_struct', 'a.b');
          types.memberSize('task_struct', 'a');
          types.enumValue('e', 'v');
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
