import { rehearsalCertificate } from '../../builders/kdump-machine.ts';
import { type CheckCase, files, rhel } from './case.ts';

const parts = { kernel: 'k', configuration: 'c', target: 't' };
const certified = (isComplete: boolean, change: object = {}) =>
  files({
    '/var/lib/sonae/rehearsal-certificate.json': rehearsalCertificate(parts, isComplete, change),
  });

/** The certificate of a rehearsal, as it is met after a failure, a clone, a wrong clock or a hand that changed it. */
export const rehearsalCases: readonly CheckCase[] = [
  rhel(
    'rehearsal-done',
    'its checks are no longer there',
    'unknown',
    certified(true, { checks: [] }),
  ),
  rhel(
    'rehearsal-done',
    'a check is none',
    'unknown',
    certified(true, { checks: [{}, null, { what: 'complete', ok: true, says: '' }] }),
  ),
  rhel(
    'rehearsal-done',
    'it says proved, its checks do not',
    'unknown',
    certified(false, { isProved: true }),
  ),
  rhel('rehearsal-done', 'it is of no time', 'unknown', certified(true, { verifiedAt: 'today' })),
  rhel(
    'rehearsal-done',
    'the clock is before its date',
    'unknown',
    certified(true, { verifiedAt: '2031-01-01T00:00:00.000Z' }),
  ),
  rhel(
    'rehearsal-done',
    'nothing could invalidate it',
    'unknown',
    certified(true, { fingerprint: {} }),
  ),
  rhel('rehearsal-current', 'it was cloned with the image', 'warn', {
    files: { '/etc/machine-id': 'another\n' },
  }),
  rhel('rehearsal-complete', 'it was cut short', 'fail', certified(false)),
  rhel('rehearsal-done', 'the last one failed', 'fail', certified(false)),
];
