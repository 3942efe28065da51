import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, DecodeError } from '../../src/std/byte-reader.ts';

describe('ByteReader', () => {
  it('reads both byte orders', () => {
    const bytes = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new ByteReader(bytes, { name: 'x' }).u32()).toBe(0x04030201);
    expect(new ByteReader(bytes, { name: 'x', isLittleEndian: false }).u32()).toBe(0x01020304);
    expect(new ByteReader(bytes, { name: 'x' }).u64()).toBe(0x0807060504030201n);
  });

  it('names the structure, the offset and what was expected, and does not move', () => {
    const reader = new ByteReader(Buffer.alloc(9), { name: 'vmcore', base: 0x2000 });
    reader.skip(6);
    expect(() => reader.u32()).toThrow('vmcore+0x2006: expected 4 bytes, found 3');
    expect(reader.position).toBe(6);
  });

  it('refuses sizes that a number cannot hold', () => {
    expect(() => new ByteReader(Buffer.alloc(8, 0xff), { name: 'x' }).size64()).toThrow(
      DecodeError,
    );
  });

  it('throws nothing but DecodeError, whatever is asked', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.integer()), (bytes, lengths) => {
        const reader = new ByteReader(Buffer.from(bytes), { name: 'x' });
        for (const length of lengths) {
          try {
            reader.take(length);
            reader.u16();
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
          expect(reader.position).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
  });
});
