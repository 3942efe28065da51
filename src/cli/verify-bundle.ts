import { basename } from 'node:path';
import type { CodecName } from '../collect/archive/codec.ts';
import type { BundleProof } from '../collect/prove-bundle.ts';
import type { EncryptionFormat } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import type { Context } from './context.ts';
import type { Ownership } from './ownership.ts';
import type { Verified, VerifyFlags } from './verified.ts';

/** True when a path given to `verify` names a bundle and not a chunk set. */
export function isBundlePath(path: string): boolean {
  return /\.tar\.(?:zst|gz)(?:\.(?:age|gpg|pgp))?$/.test(path);
}

/** Reads a bundle from its first byte to its last and holds it against its digest file and the manifest inside. */
export async function verifyBundle(
  context: Context,
  path: string,
  flags: VerifyFlags,
  onOwnership: (ownership: Ownership) => void,
): Promise<Verified> {
  const { openRegular } = await import('../host/input-file.ts');
  const { openIdentities } = await import('./open-identities.ts');
  const { judgeEncrypted } = await import('../encrypt/judge-encrypted.ts');
  const identities = await openIdentities(flags);
  const input = await openRegular(path);
  try {
    const format = judgeEncrypted(await headOf(input));
    if (format === undefined) return await verifyPlain(context, path, input, onOwnership);
    refuseUnknownOwner(path, flags, format === 'age' && identities.length > 0);
    const file = await digestOf(input, context);
    if (format === 'openpgp' || identities.length === 0)
      return await verifySealed(path, format, file);
    const { openAgeFile } = await import('../encrypt/age-file.ts');
    const plain = await openAgeFile(input, identities);
    return await verifyPlain(context, path, plain, onOwnership, file);
  } finally {
    await input.close();
  }
}

function refuseUnknownOwner(path: string, flags: Ownership, isOpened: boolean): void {
  if (isOpened || (flags.case === undefined && flags.owner === undefined)) return;
  throw new SonaeError('E_REFUSED', `${path} is encrypted: whose it is cannot be told`, {
    hint: 'With --identity KEYFILE or --passphrase-file FILE it can, of what is encrypted with age.',
  });
}

interface FileDigest {
  readonly sha256: string;
  readonly bytes: number;
}

// `file` is what the digest file speaks of, where that is not the archive itself.
async function verifyPlain(
  context: Context,
  path: string,
  input: InputFile,
  onOwnership: (ownership: Ownership) => void,
  file?: FileDigest,
): Promise<Verified> {
  const { proveBundle } = await import('../collect/prove-bundle.ts');
  const { codecOf } = await import('../collect/archive/codec.ts');
  const archive = await proveBundle(codecOf(await codecNameOf(input)), (take) =>
    feed(input, take, context),
  );
  const proof = { ...archive, ...file };
  const expected = await digestBeside(path);
  onOwnership(proof.manifest);
  const problems = [
    ...digestProblems(expected, proof.sha256),
    ...nameProblems(path, proof.manifest.id),
    ...proof.problems,
  ];
  return {
    exitCode: problems.length === 0 ? 0 : 5,
    report: reportOf(path, proof, expected, problems),
    text: render(path, proof, expected, problems),
  };
}

// Without a key there is only the file as it is, and the digest beside it.
async function verifySealed(
  path: string,
  format: EncryptionFormat,
  { sha256, bytes }: FileDigest,
): Promise<Verified> {
  const hint =
    format === 'age'
      ? 'Give --identity KEYFILE or --passphrase-file FILE to look into it.'
      : `Look into it with: gpg -d ${path} | tar --zstd -t`;
  const expected = await digestBeside(path);
  if (expected === undefined) {
    throw new SonaeError(
      'E_INPUT_ABSENT',
      `${path} is encrypted and has no .sha256 file beside it: nothing to hold it against`,
      { hint },
    );
  }
  const problems = digestProblems(expected, sha256);
  const isSame = problems.length === 0;
  return {
    exitCode: isSame ? 0 : 5,
    report: { path, sha256, bytes, hasDigestFile: true, problems, encryption: format },
    text: [
      ...problems.map((problem) => `${problem}\n`),
      `${printable(path)}: ${isSame ? 'arrived as it was sent' : 'DAMAGED'}, ${formatSize(bytes)}, encrypted (${format}), sha256 ${sha256}\n`,
      `Only its digest was compared: what is in it was not read. ${printable(hint)}\n`,
    ].join(''),
  };
}

async function digestOf(input: InputFile, context: Context): Promise<FileDigest> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  await feed(input, async (bytes) => void hash.update(bytes), context);
  return { sha256: hash.digest('hex'), bytes: input.size ?? 0 };
}

async function headOf(input: InputFile): Promise<Buffer> {
  const head = Buffer.alloc(64);
  return head.subarray(0, await input.read(head, 0));
}

// By its first bytes, not by its name: zstd's magic number (RFC 8878), gzip's (RFC 1952).
async function codecNameOf(input: InputFile): Promise<CodecName> {
  const head = await headOf(input);
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zst';
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gz';
  throw new SonaeError('E_FORMAT', `${input.path} is neither zstd nor gzip: no bundle of sonae`);
}

async function feed(
  input: InputFile,
  take: (bytes: Uint8Array) => Promise<void>,
  { reporter, signal }: Context,
): Promise<void> {
  const buffer = Buffer.alloc(1024 * 1024);
  for (let position = 0; ; ) {
    if (signal.aborted)
      throw new SonaeError(
        'E_INTERRUPTED',
        `stopped after ${formatSize(position)}: nothing can be said of the rest`,
      );
    const length = await input.read(buffer, position);
    if (length === 0) return;
    await take(buffer.subarray(0, length));
    position += length;
    reporter.emit({
      type: 'progress',
      unit: 'bytes',
      done: position,
      ...(input.size === undefined ? {} : { total: input.size }),
    });
  }
}

async function digestBeside(path: string): Promise<string | undefined> {
  const { openSystem } = await import('../host/system.ts');
  const { resolve } = await import('node:path');
  const system = openSystem();
  try {
    const read = await system.readFile(`${resolve(path)}.sha256`, { limitBytes: 4096 });
    return read.state === 'known'
      ? /^[0-9a-f]{64}/.exec(read.bytes.toString('latin1'))?.[0]
      : undefined;
  } finally {
    system.close();
  }
}

function digestProblems(expected: string | undefined, actual: string): string[] {
  return expected === undefined || expected === actual
    ? []
    : ['the archive is not the one its .sha256 file was written for: send it again'];
}

// A name as `collect` and `clean` give it; a person may choose any other.
const bundleName =
  /^sonae-.+-\d{4}-\d\d-\d\d-(?<id>[a-z0-9]{8})(?:-UNREDACTED)?(?:-clean)?\.tar\.(?:zst|gz)(?:\.(?:age|gpg))?$/;

function nameProblems(path: string, id: string): string[] {
  const named = bundleName.exec(basename(path))?.groups?.['id'];
  return named === undefined || named === id
    ? []
    : [`the file has the name of bundle ${named} and holds bundle ${id}`];
}

function reportOf(
  path: string,
  { sha256, bytes, manifest }: BundleProof,
  expected: string | undefined,
  problems: readonly string[],
): object {
  const { id, owner, host, startedAt, ended, isPartial, totals, redaction } = manifest;
  return {
    path,
    sha256,
    bytes,
    hasDigestFile: expected !== undefined,
    problems,
    id,
    case: manifest.case,
    owner,
    host,
    startedAt,
    ended,
    isPartial,
    totals,
    redaction: redaction.rules,
  };
}

function render(
  path: string,
  { sha256, bytes, manifest }: BundleProof,
  expected: string | undefined,
  problems: readonly string[],
): string {
  const { host, startedAt, ended, isPartial, totals, redaction, owner } = manifest;
  const count = Object.values(totals).reduce((sum, number) => sum + number, 0);
  const whose = `${manifest.case ? ` for case ${printable(manifest.case)}` : ''}${owner ? `, owner ${printable(owner)}` : ''}`;
  return [
    ...problems.map((problem) => `${printable(problem)}\n`),
    `${printable(path)}: ${problems.length === 0 ? 'whole' : 'DAMAGED'}, ${formatSize(bytes)}, ${count} records, sha256 ${sha256}\n`,
    expected === undefined
      ? 'There is no .sha256 file beside it: the digest above could not be compared.\n'
      : '',
    `Taken from ${printable(host.name)} at ${printable(startedAt)}${whose}.\n`,
    isPartial
      ? `It is PARTIAL (${printable(ended)}): see sonae/README.txt in it for what is missing.\n`
      : '',
    redaction.rules === 'none' ? 'It is UNREDACTED: handle it as a secret.\n' : '',
  ].join('');
}
