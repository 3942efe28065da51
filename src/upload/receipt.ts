import { list, object, optional, type Problems, text, whole } from '../std/json-fields.ts';
import type { Shipment, ShipmentFile } from './shipment.ts';

/** How it is known that a file arrived, from the strongest to the weakest (docs/formats/upload-receipt.md). */
export const proofs = ['read-back', 'digest', 'size', 'accepted'] as const;
export type Proof = (typeof proofs)[number];

/** What became of one file so far. */
export interface ReceiptFile extends ShipmentFile {
  readonly state: 'waiting' | 'begun' | 'sent';
  readonly tries: number;
  readonly sentAt?: string;
  readonly proof?: Proof;
}

/** What was sent, where it is, and how that is known; also the journal that `--resume` goes on from. */
export interface Receipt extends Omit<Shipment, 'path' | 'files'> {
  readonly state: 'complete' | 'unfinished';
  readonly to: string;
  readonly writer: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly files: readonly ReceiptFile[];
}

/** Bounds a reader holds a receipt against before it uses anything. */
export const receiptLimits = { bytes: 64 * 1024 * 1024, files: 100_000 } as const;

const receiptFormat = 'sonae-upload-receipt';
const receiptVersion = 1;

/** The text of a receipt. */
export function renderReceipt(receipt: Receipt): string {
  const { state, to, kind, name, id, owner, writer, startedAt, endedAt, files } = receipt;
  const head = { format: receiptFormat, version: receiptVersion, state, to, kind, name, id };
  const rest = { case: receipt.case, owner, writer, startedAt, endedAt, files };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

/** A receipt for a shipment of which nothing was sent yet. */
export function beginReceipt(
  { path: _path, files, ...shipment }: Shipment,
  { to, writer, startedAt }: Pick<Receipt, 'to' | 'writer' | 'startedAt'>,
): Receipt {
  return {
    ...shipment,
    state: 'unfinished',
    to,
    writer,
    startedAt,
    files: files.map((file) => ({ ...file, state: 'waiting', tries: 0 })),
  };
}

/** Reads a receipt; hostile or broken content ends in problems, never in a throw. */
export function parseReceipt(source: string): {
  readonly receipt: Receipt | undefined;
  readonly problems: readonly string[];
} {
  const problems: Problems = [];
  const receipt = readReceipt(parseJson(source), problems);
  return { receipt: problems.length === 0 ? receipt : undefined, problems };
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined; // not an object either: that is what is reported
  }
}

function readReceipt(value: unknown, problems: Problems): Receipt | undefined {
  const fields = object(value, 'receipt', problems);
  if (fields === undefined) return undefined;
  if (fields['format'] !== receiptFormat) {
    problems.push(`format: expected "${receiptFormat}"`);
    return undefined;
  }
  if (fields['version'] !== receiptVersion) {
    problems.push(`version: expected ${receiptVersion}; this receipt needs another sonae`);
    return undefined;
  }
  const textOf = (key: string, pattern?: RegExp) => text(fields[key], key, problems, pattern);
  const optionalText = <Key extends string>(key: Key) =>
    optional(key, fields[key], () => textOf(key));
  return {
    state: oneOf(['complete', 'unfinished'], fields['state'], 'state', problems),
    to: textOf('to'),
    kind: oneOf(['bundle', 'chunk-set'], fields['kind'], 'kind', problems),
    name: textOf('name'),
    ...optionalText('id'),
    ...optionalText('case'),
    ...optionalText('owner'),
    writer: textOf('writer'),
    startedAt: textOf('startedAt'),
    ...optionalText('endedAt'),
    files: readFiles(fields['files'], problems),
  };
}

function readFiles(value: unknown, problems: Problems): ReceiptFile[] {
  const files: ReceiptFile[] = [];
  for (const one of list(value, 'files', problems, receiptLimits.files)) {
    files.push(readFile(one, `files[${files.length}]`, problems));
    if (problems.length > 0) break; // one is enough to know
  }
  return files;
}

function readFile(value: unknown, where: string, problems: Problems): ReceiptFile {
  const fields = object(value, where, problems) ?? {};
  const at = (key: string) => `${where}.${key}`;
  return {
    name: text(fields['name'], at('name'), problems),
    remoteName: text(fields['remoteName'], at('remoteName'), problems),
    bytes: whole(fields['bytes'], at('bytes'), problems),
    sha256: text(fields['sha256'], at('sha256'), problems, /^[0-9a-f]{64}$/),
    state: oneOf(['waiting', 'begun', 'sent'], fields['state'], at('state'), problems),
    tries: whole(fields['tries'], at('tries'), problems),
    ...optional('sentAt', fields['sentAt'], (one) => text(one, at('sentAt'), problems)),
    ...optional('proof', fields['proof'], (one) => oneOf(proofs, one, at('proof'), problems)),
  };
}

function oneOf<Word extends string>(
  words: readonly [Word, ...Word[]],
  value: unknown,
  where: string,
  problems: Problems,
): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) problems.push(`${where}: expected ${words.join(' or ')}`);
  return found ?? words[0];
}
