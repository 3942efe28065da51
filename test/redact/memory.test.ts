import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { secretRedactor } from '../../src/redact/secret-redactor.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapAfter(work: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work();
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

const filler = 'Nov 26 04:12:09 web01 kernel: nothing to see in this line\n'.repeat(1100);

describe('what redaction remembers', () => {
  it('does not keep alive the text that names of keys were cut from', () => {
    const stream = secretRedactor().open({ id: 'a', path: 'a' });
    const grown = heapAfter(() => {
      for (let index = 0; index < 1000; index += 1) {
        stream.write(Buffer.from(`${filler}somewhat_password_number_${index}_of_many=hunter2\n`));
      }
    });
    // 1,000 pieces of 64 KiB.
    expect(grown).toBeLessThan(16 * 2 ** 20);
  });
});
