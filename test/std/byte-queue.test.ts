import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../src/std/byte-queue.ts';

describe('ByteQueue', () => {
  it('gives what was appended, less what was dropped, in order', () => {
    const step = fc.record({ bytes: fc.uint8Array({ maxLength: 9000 }), drop: fc.nat(12_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const queue = new ByteQueue();
        let expected = Buffer.alloc(0);
        for (const { bytes, drop } of steps) {
          queue.append(bytes);
          expected = Buffer.concat([expected, bytes]);
          const count = Math.min(drop, expected.length);
          queue.drop(count);
          expected = expected.subarray(count);
          expect(queue.length).toBe(expected.length);
          expect(queue.bytes.equals(expected)).toBe(true);
        }
        queue.clear();
        expect(queue.length).toBe(0);
      }),
    );
  });
});
