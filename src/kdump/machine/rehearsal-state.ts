import { type Facts, textOf } from '../facts.ts';
import { type Fingerprint, fingerprintDifference, fingerprintOf } from './fingerprint.ts';
import { parseCertificate } from './parse-rehearsal.ts';

/** Written before a rehearsed panic; survives it. docs/formats/kdump-rehearsal.md. */
export interface RehearsalRecord {
  readonly format: 'sonae-kdump-rehearsal';
  readonly version: 1;
  readonly host: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Stamped into the kernel log, so that the dump can be told to be of this crash. */
  readonly nonce: string;
  readonly startedAt: string;
  /** Who rehearsed, and on which ticket; undefined when it was not told. */
  readonly operator: string | undefined;
  readonly ticket: string | undefined;
  /** `outside`: the panic was made by an NMI or the hypervisor, at a time that is not known here. */
  readonly trigger: 'sysrq-c' | 'outside';
  readonly kernel: string;
  readonly fingerprint: Fingerprint;
  readonly predicted: {
    readonly bytes: number;
    readonly highBytes: number;
    readonly seconds: number;
    readonly highSeconds: number;
  };
  readonly level: number | undefined;
  /** Dumps that were there before. */
  readonly dumps: readonly string[];
}

/** What `rehearse --verify` found and vouches for. */
export interface RehearsalCertificate {
  readonly format: 'sonae-kdump-certificate';
  readonly version: 1;
  readonly isProved: boolean;
  readonly record: RehearsalRecord;
  readonly verifiedAt: string;
  readonly bootId: string;
  readonly dump: {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly format: string;
    /** True when it lay in a folder that a person named; left out by older versions. */
    readonly isNamed?: boolean;
    readonly finishedAt: string;
  };
  readonly measured: { readonly bytes: number; readonly seconds: number | undefined };
  readonly checks: readonly {
    readonly what: string;
    readonly ok: boolean;
    readonly says: string;
  }[];
  readonly fingerprint: Fingerprint;
}

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
