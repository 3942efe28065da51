import { basename } from 'node:path';
import type { CodecName } from '../collect/archive/codec.ts';
import type { BundleProof } from '../collect/prove-bundle.ts';
import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import type { Context } from './context.ts';
import type { Ownership } from './ownership.ts';
import type { Verified } from './verify.ts';

/** True when a path given to `verify` names a bundle and not a chunk set. */
export function isBundlePath(path: string): boolean {
  return /\.tar\.(?:zst|gz)$/.test(path);
}

/** Reads a bundle from its first byte to its last and holds it against its digest file and the manifest inside. */
export async function verifyBundle(
  context: Context,
  path: string,
  onOwnership: (ownership: Ownership) => void,
): Promise<Verified> {
  const { openRegular } = await import('../host/input-file.ts');
  const { proveBundle } = await import('../collect/prove-bundle.ts');
  const { codecOf } = await import('../collect/archive/codec.ts');
  const input = await openRegular(path);
  try {
    const proof = await proveBundle(codecOf(await codecNameOf(input)), (take) =>
      feed(input, take, context),
    );
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
  } finally {
    await input.close();
  }
}

// By its first bytes, not by its name: zstd's magic number (RFC 8878), gzip's (RFC 1952).
async function codecNameOf(input: InputFile): Promise<CodecName> {
  const head = Buffer.alloc(4);
  const length = await input.read(head, 0);
  if (length === 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zst';
  if (length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gz';
  throw new SonaeError('E_FORMAT', `${input.path} is neither zstd nor gzip: no bundle of sonae`, {
    hint: 'An encrypted bundle (.age, .gpg) has to be decrypted first.',
  });
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
  /^sonae-.+-\d{4}-\d\d-\d\d-(?<id>[a-z0-9]{8})(?:-UNREDACTED)?(?:-clean)?\.tar\.(?:zst|gz)$/;

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
