import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateCrashkernel } from '../../src/kdump/parse/crashkernel.ts';
import { vectors } from './crashkernel-vectors.ts';

const units: Record<string, number> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

function bytes(text: string): number {
  const unit = units[text.at(-1) ?? ''];
  return unit ? Number(text.slice(0, -1)) * unit : Number(text);
}

describe('evaluateCrashkernel', () => {
  it.each(vectors)('vector $n: $line with $ram', (vector) => {
    const result = evaluateCrashkernel(`root=/dev/sda1 ro ${vector.line} quiet\n`, {
      ramBytes: bytes(vector.ram),
      arch: vector.arch ?? 'x86_64',
      release: vector.release ?? '6.12.117-amd64',
    });
    expect(result.size).toBe(bytes(vector.size));
    expect(result.error).toBe(vector.error);
    expect(result.low).toBe(vector.low === undefined ? undefined : bytes(vector.low));
    expect(result.cma).toBe(vector.cma === undefined ? undefined : bytes(vector.cma));
    expect(result.offset).toBe(vector.offset === undefined ? undefined : bytes(vector.offset));
    for (const kind of vector.lint ?? [])
      expect(result.lint.map((each) => each.kind)).toContain(kind);
  });

  it('has a row for each of the 58 vectors', () => {
    const numbers = new Set(vectors.map(({ n }) => Number.parseInt(String(n), 10)));
    expect([...Array(58).keys()].filter((index) => !numbers.has(index + 1))).toEqual([]);
  });

  it('says nothing about a good setting', () => {
    const context = { ramBytes: 8 * 1024 ** 3, arch: 'x86_64', release: '6.12.0' };
    for (const line of [
      'crashkernel=512M',
      'crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M',
      'crashkernel=512M,high crashkernel=72M,low',
    ])
      expect(evaluateCrashkernel(line, context).lint).toEqual([]);
  });

  it('loses what does not fit into 64 bits, as the kernel does', () => {
    const context = { ramBytes: 8 * 1024 ** 3, arch: 'x86_64', release: '6.12.0' };
    const of = (value: string) => evaluateCrashkernel(`crashkernel=${value}`, context).size;
    expect(of(`${2n ** 64n + 2n ** 28n}`)).toBe(2 ** 28);
    expect(of('0x10000000010000000')).toBe(2 ** 28);
    expect(of('16E')).toBe(0);
  });

  it('never throws, and never asks for more than the RAM', () => {
    const word = fc.string({ unit: fc.constantFrom(...'0123456789-:,@KMGTPExhigloweacm "\n=%.') });
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 1, max: 2 ** 45 }), (words, ramBytes) => {
        const line = words.map((each) => `crashkernel=${each}`).join(' ');
        const { size } = evaluateCrashkernel(line, { ramBytes, arch: 'x86_64', release: '6.12.0' });
        expect(size >= 0 && size < ramBytes).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
