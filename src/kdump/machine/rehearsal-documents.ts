import { list, object, type Problems, text, whole } from '../../std/json-fields.ts';
import type { Fingerprint } from './fingerprint.ts';

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

/** A certificate from its JSON; undefined when it is none, of a newer version, or contradicts itself. */
export function parseCertificate(json: string): RehearsalCertificate | undefined {
  const problems: Problems = [];
  const value = fields(json, problems);
  const dump = object(value['dump'], 'dump', problems) ?? {};
  const measured = object(value['measured'], 'measured', problems) ?? {};
  const checks = list(value['checks'], 'checks', problems, 100).map((each, index) => {
    const { what, ok, says } = object(each, `checks[${index}]`, problems) ?? {};
    if (typeof ok !== 'boolean') problems.push(`checks[${index}].ok: expected true or false`);
    return {
      what: text(what, `checks[${index}].what`, problems),
      ok: ok === true,
      says: text(says, `checks[${index}].says`, problems),
    };
  });
  const deciding = checks.filter(({ what }) => !what.startsWith('note:'));
  const isProved = deciding.length > 0 && deciding.every(({ ok }) => ok);
  if (value['isProved'] !== isProved) problems.push('isProved: not what its checks say');
  const certificate: RehearsalCertificate = {
    format: versionOne(value, 'sonae-kdump-certificate', problems),
    version: 1,
    isProved,
    record: recordOf(object(value['record'], 'record', problems) ?? {}, problems),
    verifiedAt: time(value['verifiedAt'], 'verifiedAt', problems),
    bootId: text(value['bootId'], 'bootId', problems),
    dump: {
      path: text(dump['path'], 'dump.path', problems),
      bytes: whole(dump['bytes'], 'dump.bytes', problems),
      sha256: text(dump['sha256'], 'dump.sha256', problems),
      format: text(dump['format'], 'dump.format', problems),
      isNamed: dump['isNamed'] === true,
      finishedAt: text(dump['finishedAt'], 'dump.finishedAt', problems),
    },
    measured: {
      bytes: whole(measured['bytes'], 'measured.bytes', problems),
      seconds: whereTold(measured['seconds'], (each) => whole(each, 'measured.seconds', problems)),
    },
    checks,
    fingerprint: fingerprint(value['fingerprint'], 'fingerprint', problems),
  };
  return problems.length === 0 ? certificate : undefined;
}

/** A before-record from its JSON; undefined when it is none or of a newer version. */
export function parseRecord(json: string): RehearsalRecord | undefined {
  const problems: Problems = [];
  const record = recordOf(fields(json, problems), problems);
  return problems.length === 0 ? record : undefined;
}

function recordOf(value: Readonly<Record<string, unknown>>, problems: Problems): RehearsalRecord {
  const textAt = (name: string) => text(value[name], name, problems);
  const predicted = object(value['predicted'], 'predicted', problems) ?? {};
  const predictedAt = (name: string) => whole(predicted[name], `predicted.${name}`, problems);
  const { trigger } = value;
  if (trigger !== 'sysrq-c' && trigger !== 'outside') problems.push('trigger: not known');
  return {
    format: versionOne(value, 'sonae-kdump-rehearsal', problems),
    version: 1,
    host: textAt('host'),
    machineId: textAt('machineId'),
    bootId: textAt('bootId'),
    nonce: text(value['nonce'], 'nonce', problems, /^[\w-]+$/),
    startedAt: time(value['startedAt'], 'startedAt', problems),
    operator: whereTold(value['operator'], (each) => text(each, 'operator', problems)),
    ticket: whereTold(value['ticket'], (each) => text(each, 'ticket', problems)),
    trigger: trigger === 'outside' ? 'outside' : 'sysrq-c',
    kernel: textAt('kernel'),
    fingerprint: fingerprint(value['fingerprint'], 'fingerprint', problems),
    predicted: {
      bytes: predictedAt('bytes'),
      highBytes: predictedAt('highBytes'),
      seconds: predictedAt('seconds'),
      highSeconds: predictedAt('highSeconds'),
    },
    level: whereTold(value['level'], (each) => whole(each, 'level', problems)),
    dumps: list(value['dumps'], 'dumps', problems, 1_000_000).map((each) =>
      text(each, 'dumps', problems),
    ),
  };
}

function fields(json: string, problems: Problems): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(json), 'it', problems) ?? {};
  } catch {
    problems.push('it: no JSON');
    return {};
  }
}

function versionOne<Format extends string>(
  value: Readonly<Record<string, unknown>>,
  format: Format,
  problems: Problems,
): Format {
  if (value['format'] !== format) problems.push(`format: expected ${format}`);
  if (value['version'] !== 1) problems.push('version: expected 1');
  return format;
}

function time(value: unknown, where: string, problems: Problems): string {
  const at = text(value, where, problems, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  if (Number.isNaN(Date.parse(at))) problems.push(`${where}: no such time`);
  return at;
}

function whereTold<Value>(value: unknown, read: (value: unknown) => Value): Value | undefined {
  return value === undefined ? undefined : read(value);
}

// Without these nothing would ever invalidate the proof.
const leastParts = ['kernel', 'configuration', 'target'];

function fingerprint(value: unknown, where: string, problems: Problems): Fingerprint {
  const parts = object(value, where, problems) ?? {};
  for (const part of leastParts)
    if (!Object.hasOwn(parts, part)) problems.push(`${where}: no ${part}`);
  return Object.fromEntries(
    Object.entries(parts).map(([part, of]) => [part, text(of, `${where}.${part}`, problems)]),
  );
}
