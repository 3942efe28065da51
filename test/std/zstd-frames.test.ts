import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZstdFrameSplitter } from '../../src/std/zstd-frames.ts';

describe('ZstdFrameSplitter', () => {
  it('finds every frame, whatever the cuts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 900 }),
        (parts, step) => {
          const stream = Buffer.concat(parts.map((part) => zstdCompressSync(part)));
          const splitter = new ZstdFrameSplitter(1 << 20);
          const frames: Buffer[] = [];
          for (let at = 0; at < stream.length; at += step)
            frames.push(
              ...splitter.push(stream.subarray(at, at + step)).map((frame) => Buffer.from(frame)),
            );
          splitter.end();
          expect(frames.map((frame) => zstdDecompressSync(frame).toString('hex'))).toEqual(
            parts.map((part) => Buffer.from(part).toString('hex')),
          );
        },
      ),
    );
  });

  it('refuses what is no zstd, what is cut off, and what is too large', () => {
    expect(() => new ZstdFrameSplitter(100).push(Buffer.from('no zstd here'))).toThrow('not zstd');
    const frame = zstdCompressSync(Buffer.from(crypto.getRandomValues(new Uint8Array(1000))));
    const cut = new ZstdFrameSplitter(10_000);
    cut.push(frame.subarray(0, 500));
    expect(() => cut.end()).toThrow('cut off');
    expect(() => new ZstdFrameSplitter(100).push(frame)).toThrow('more than 100');
  });
});
