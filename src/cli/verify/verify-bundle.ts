import type { BundleProof } from '../../collect/prove-bundle.ts';
import type { EncryptionFormat } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import { printable } from '../../std/printable.ts';
import { formatSize } from '../../std/units.ts';
import {
  digestBeside,
  digestProblems,
  encryptionOf,
  nameProblems,
  proveFile,
} from '../bundle/bundle-file.ts';
import { digestOf, type FileDigest } from '../bundle/file-digest.ts';
import type { Context } from '../context.ts';
import type { Ownership } from '../ownership.ts';
import type { Verified, VerifyFlags } from './verified.ts';

/** Reads a bundle from its first byte to its last and holds it against its digest file and the manifest inside. */
export async function verifyBundle(
  context: Context,
  path: string,
  flags: VerifyFlags,
  onOwnership: (ownership: Ownership) => void,
): Promise<Verified> {
  const { openRegular } = await import('../../host/input-file.ts');
  const { openIdentities } = await import('../encryption/open-identities.ts');
  const identities = await openIdentities(flags);
  const input = await openRegular(path);
  try {
    const format = await encryptionOf(input);
    if (format === undefined) return await verifyPlain(context, path, input, onOwnership);
    refuseUnknownOwner(path, flags, format === 'age' && identities.length > 0);
    const file = await digestOf(input, context);
    if (format === 'openpgp' || identities.length === 0)
      return await verifySealed(path, format, file);
    const { openAgeFile } = await import('../../encrypt/age-file.ts');
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

// `file` is what the digest file speaks of, where that is not the archive itself.
async function verifyPlain(
  context: Context,
  path: string,
  input: InputFile,
  onOwnership: (ownership: Ownership) => void,
  file?: FileDigest,
): Promise<Verified> {
  const archive = await proveFile(input, context);
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
      ? `It is PARTIAL${ended === 'complete' ? '' : ` (${printable(ended)})`}: see sonae/README.txt in it for what is missing.\n`
      : '',
    redaction.rules === 'none' ? 'It is UNREDACTED: handle it as a secret.\n' : '',
  ].join('');
}
