import { basename } from 'node:path';
import type { CodecName } from '../../collect/archive/codec.ts';
import type { BundleProof } from '../../collect/prove-bundle.ts';
import type { EncryptionFormat } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import type { Context } from '../context.ts';
import { feed } from './file-digest.ts';

/** True when a path names a bundle and not a chunk set. */
export function isBundlePath(path: string): boolean {
  return /\.tar\.(?:zst|gz)(?:\.(?:age|gpg|pgp))?$/.test(path);
}

/** The same for a bundle that has another name now: a file that is no manifest of a chunk set. */
export async function isBundleFile(path: string): Promise<boolean> {
  if (isBundlePath(path)) return true;
  if (/(?:^|[/.])chunk-set\.json$/.test(path)) return false;
  const { isRegularFile } = await import('../../host/input-file.ts');
  return isRegularFile(path);
}

/** How a bundle is encrypted; undefined when it is not. */
export async function encryptionOf(input: InputFile): Promise<EncryptionFormat | undefined> {
  const { judgeEncrypted } = await import('../../encrypt/judge-encrypted.ts');
  return judgeEncrypted(await headOf(input));
}

/** Holds an archive in the clear against the manifest inside; throws when it is none. */
export async function proveFile(input: InputFile, context: Context): Promise<BundleProof> {
  const { proveBundle } = await import('../../collect/prove-bundle.ts');
  const { codecOf } = await import('../../collect/archive/codec.ts');
  try {
    return await proveBundle(codecOf(await codecNameOf(input)), (take) =>
      feed(input, take, context),
    );
  } catch (error) {
    throw error instanceof SonaeError ? named(input.path, error) : error;
  }
}

// Of several bundles, which?
function named(path: string, { code, message, hint }: SonaeError): SonaeError {
  const whole = message.includes(path) ? message : `${path}: ${message}`;
  return new SonaeError(code, whole, hint === undefined ? {} : { hint });
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
  throw new SonaeError('E_FORMAT', `${input.path} is neither zstd nor gzip: no bundle of sonae`, {
    hint: 'Of a chunk set give the folder, or its chunk-set.json.',
  });
}

/** The digest in the `.sha256` file beside a bundle: undefined when there is no such file, empty when it holds none. */
export async function digestBeside(path: string): Promise<string | undefined> {
  const { openSystem } = await import('../../host/system.ts');
  const { resolve } = await import('node:path');
  const system = openSystem();
  try {
    const read = await system.readFile(`${resolve(path)}.sha256`, { limitBytes: 4096 });
    if (read.state !== 'known') return undefined;
    // Of sha256sum, also with --tag.
    const found = /(?:^\\?|\) = )([0-9a-f]{64})\b/i.exec(read.bytes.toString('latin1'))?.[1];
    return read.isTruncated || found === undefined ? '' : found.toLowerCase();
  } finally {
    system.close();
  }
}

/** A sentence when the digest is not the one of the `.sha256` file. */
export function digestProblems(expected: string | undefined, actual: string): string[] {
  if (expected === undefined || expected === actual) return [];
  return expected === ''
    ? ['its .sha256 file holds no digest: put it away, or make it again']
    : ['the archive is not the one its .sha256 file was written for: send it again'];
}

// A name as `collect` and `clean` give it; a person may choose any other.
const bundleName =
  /^sonae-(?<middle>.+)-\d{4}-\d\d-\d\d-(?<id>[a-z0-9]{8})(?:-UNREDACTED)?(?:-clean)?\.tar\.(?:zst|gz)(?:\.(?:age|gpg))?$/;

/** A sentence when the file has the name of another bundle. */
export function nameProblems(path: string, id: string): string[] {
  const named = nameParts(path)?.id;
  return named === undefined || named === id
    ? []
    : [`the file has the name of bundle ${named} and holds bundle ${id}`];
}

/** What the name of a bundle tells, where it is still the one that it was given: host and case, and its id. */
export function nameParts(
  path: string,
): { readonly hostAndCase: string; readonly id: string } | undefined {
  const { middle, id } = bundleName.exec(basename(path))?.groups ?? {};
  return middle === undefined || id === undefined ? undefined : { hostAndCase: middle, id };
}
