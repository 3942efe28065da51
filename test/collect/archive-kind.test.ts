import { spawnSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { judgeArchiveKind, unpackSmall } from '../../src/collect/archive/archive-kind.ts';
import { describeWith } from '../require-tool.ts';

describeWith(['xz'], 'a small packed file', () => {
  const xz = (text: string) => spawnSync('xz', ['-c'], { input: text }).stdout;
  const packers = {
    gz: (text: string) => gzipSync(text),
    zst: (text: string) => zstdCompressSync(text),
    xz,
  };

  it.each(Object.entries(packers))(
    'of %s is unpacked to its end, also when it was appended to',
    (kind, pack) => {
      const packed = Buffer.concat([pack('one\n'), pack('password=hunter2\n'), pack('')]);
      expect(judgeArchiveKind(packed)).toBe(kind);
      const unpack = (bytes: Buffer, limit = 1000) =>
        unpackSmall(kind as keyof typeof packers, bytes, limit)?.toString();
      expect(unpack(packed)).toBe('one\npassword=hunter2\n');
      expect(unpack(packed.subarray(0, packed.length - 3))).toBeUndefined();
      expect(unpack(packed, 10)).toBeUndefined();
      expect(unpack(Buffer.concat([packed, Buffer.from('something else')]))).toBeUndefined();
    },
  );

  it('of xz may have zeros between its streams', () => {
    const packed = Buffer.concat([xz('one\n'), Buffer.alloc(8), xz('two\n'), Buffer.alloc(4)]);
    expect(unpackSmall('xz', packed, 1000)?.toString()).toBe('one\ntwo\n');
  });
});
