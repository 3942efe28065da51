import { type Facts, textOf } from '../facts.ts';
import { fingerprintDifference, fingerprintOf } from './fingerprint.ts';
import {
  parseCertificate,
  type RehearsalCertificate,
  type RehearsalRecord,
} from './rehearsal-documents.ts';

/** The proof that the machine has of a rehearsal. */
export type RehearsalState =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'failed'; readonly certificate: RehearsalCertificate }
  | {
      readonly kind: 'proved';
      readonly certificate: RehearsalCertificate;
      readonly ageMs: number;
      readonly isExpired: boolean;
      readonly changed: readonly string[];
    };

/** Where the record and the certificate lie unless told. */
export const stateFolder = '/var/lib/sonae';
/** File names in the state folder. */
export const recordName = 'rehearsal-before.json';
/** What `rehearse --verify` writes there. */
export const certificateName = 'rehearsal-certificate.json';

const validMs = 365 * 24 * 3600 * 1000;

/** Reads the certificate and holds it against the machine as it is now. */
export function readRehearsal(facts: Facts): RehearsalState {
  const path = `${stateFolder}/${certificateName}`;
  const fact = facts.files.get(path);
  if (fact?.state === 'unreadable') return { kind: 'unreadable', why: fact.why };
  const text = textOf(facts, path);
  if (text === undefined) return { kind: 'none' };
  const certificate = parseCertificate(text);
  if (!certificate) return { kind: 'unreadable', why: 'it is no certificate that is understood' };
  const ageMs = facts.nowMs - Date.parse(certificate.verifiedAt);
  if (!(ageMs > -clockSlackMs)) return { kind: 'unreadable', why: comesLater(certificate, facts) };
  if (!certificate.isProved) return { kind: 'failed', certificate };
  return {
    kind: 'proved',
    certificate,
    ageMs,
    isExpired: ageMs > validMs,
    changed: [
      ...(isOfAnother(certificate.record, facts) ? ['machine'] : []),
      ...fingerprintDifference(certificate.fingerprint, fingerprintOf(facts)),
    ],
  };
}

// A clock that was set by the network after the boot can have been a little ahead.
const clockSlackMs = 300_000;

function comesLater({ verifiedAt }: RehearsalCertificate, { nowMs }: Facts): string {
  const now = new Date(nowMs).toISOString();
  return `it is of ${verifiedAt.slice(0, 10)}, and the clock says ${now.slice(0, 10)}: one of them is wrong`;
}

// An image that was rehearsed before it was cloned proves nothing for its clones.
function isOfAnother({ machineId }: RehearsalRecord, facts: Facts): boolean {
  const own = textOf(facts, '/etc/machine-id') ?? '';
  return machineId !== '' && own !== '' && machineId !== own;
}
