import { describe, expect, it } from 'vitest';
import { loadRedactionRules } from '../../src/cli/bundle/redaction-rules.ts';
import type { System } from '../../src/model/system.ts';

const systemWhere = (listed: Awaited<ReturnType<System['list']>>) =>
  ({ list: () => Promise.resolve(listed) }) as Pick<System, 'list'> as System;

describe('the redaction rules of the site', () => {
  it('are none without their folder', async () => {
    expect(await loadRedactionRules(systemWhere({ state: 'absent' }))).toEqual([]);
  });

  it('end the run when nobody can look for them, and send nobody to correct a file that may not be', async () => {
    const run = loadRedactionRules(
      systemWhere({ state: 'unreadable', why: 'no process', code: '' }),
    );
    await expect(run).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: expect.stringMatching(/redact\.d is unknown: no process/),
      hint: expect.not.stringContaining('Correct the file'),
    });
  });
});
