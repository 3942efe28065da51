import { describe, expect, it } from 'vitest';
import type { FailureReason } from '../../src/model/remote.ts';
import { decide, fewAttempts, mostAttempts } from '../../src/upload/decide.ts';

const failed = (reason: FailureReason, retryAfterMs?: number) =>
  ({
    state: 'failed',
    reason,
    says: '',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }) as const;
const at = (attempt: number, canMakeFolder = false) => ({ attempt, mostAttempts, canMakeFolder });

describe('the decision after a failure', () => {
  it.each(['unreachable', 'silent', 'broken-off', 'busy'] as const)(
    'tries again after %s, later each time, and not for ever',
    (reason) => {
      const pauses = [1, 2, 3, 4, 5].map((attempt) => decide(failed(reason), at(attempt)));
      expect(pauses).toEqual(
        [1000, 2000, 4000, 8000, 16_000].map((afterMs) => ({ do: 'again', afterMs })),
      );
      expect(decide(failed(reason), at(mostAttempts))).toEqual({ do: 'give-up' });
    },
  );

  it.each([
    'login',
    'forbidden',
    'too-large',
    'full',
    'redirected',
    'untrusted',
    'insecure',
    'not-offered',
    'no-place',
    'no-protocol',
    'our-side',
    'refused',
  ] as const)('gives up at once after %s, which cannot get better', (reason) => {
    expect(decide(failed(reason), at(1))).toEqual({ do: 'give-up' });
  });

  it('gives up soon on a name that nobody knows: a slip of the fingers', () => {
    expect(decide(failed('unresolved'), at(fewAttempts))).toEqual({ do: 'give-up' });
  });

  it('waits as long as the remote asks, within reason', () => {
    expect(decide(failed('busy', 30_000), at(1))).toEqual({ do: 'again', afterMs: 30_000 });
    expect(decide(failed('busy', 1), at(1))).toEqual({ do: 'again', afterMs: 1000 });
    expect(decide(failed('busy', 86_400_000), at(1))).toEqual({ do: 'again', afterMs: 300_000 });
  });

  it('makes the folder of a set once', () => {
    expect(decide(failed('no-place'), at(1, true))).toEqual({ do: 'make-folder' });
    expect(decide(failed('login'), at(1, true))).toEqual({ do: 'give-up' });
  });
});
