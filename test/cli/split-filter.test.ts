import { expect, it } from 'vitest';
import { describeExclusions } from '../../src/cli/split/split-filter.ts';

// What makedumpfile 1.7.2 --message-level 22 said of a real dump of a 2.5 GiB guest.
const report = `The kernel version is not supported.
STEP [Copying data               ] : 0.051635 seconds

Original pages  : 0x00000000000a0000
  Excluded pages   : 0x0000000000095357
    Pages filled with zero  : 0x000000000000212f
    Free pages              : 0x000000000003a3ef
    Offline pages           : 0x0000000000000000
  Remaining pages  : 0x000000000000aca9
  (The number of pages is reduced to 6%.)
Memory Hole     : 0x0000000000000000
Write bytes     : 182583744
`;

it('says in decimal what makedumpfile left out', () => {
  expect(describeExclusions(report)).toEqual([
    '  Excluded pages: 611159 of 655360',
    '  Pages filled with zero: 8495 of 655360',
    '  Free pages: 238575 of 655360',
    '  Remaining pages: 44201 of 655360',
  ]);
  expect(describeExclusions('makedumpfile Failed.')).toEqual([]);
});
