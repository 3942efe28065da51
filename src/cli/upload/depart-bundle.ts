import { basename, dirname, resolve } from 'node:path';
import { openRegular } from '../../host/input-file.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import { printable } from '../../std/printable.ts';
import {
  digestBeside,
  digestProblems,
  encryptionOf,
  nameParts,
  nameProblems,
  proveFile,
} from '../bundle/bundle-file.ts';
import { digestOf, type FileDigest, hashIfThere } from '../bundle/file-digest.ts';
import type { Context } from '../context.ts';
import { type Ownership, refuseForeign } from '../ownership.ts';
import { type Departure, type Expected, refuseUnredacted } from './departure.ts';

/** Holds a bundle against its manifest, its `.sha256` file and what is expected of it. Throws before anything is sent. */
export async function departBundle(
  context: Context,
  path: string,
  expected: Expected,
): Promise<Departure> {
  const input = await openRegular(path);
  try {
    const found =
      (await encryptionOf(input)) === undefined
        ? await proveInClear(context, path, input, expected)
        : await proveSealed(context, path, input, expected);
    const sums = await hashIfThere(() => openRegular(`${path}.sha256`), context);
    const { ownership, id } = found;
    const name = basename(path);
    const hashed = new Map([[name, { ...found.digest, identity: input.identity }]]);
    if (sums !== undefined) hashed.set(`${name}.sha256`, sums);
    const files = [...hashed].map(([one, { bytes, sha256 }]) => {
      return { name: one, remoteName: one, bytes, sha256 };
    });
    return {
      shipment: {
        kind: 'bundle',
        path,
        name,
        ...(id === undefined ? {} : { id }),
        ...whose(ownership),
        files,
      },
      folder: dirname(resolve(path)),
      ownership,
      hashed,
    };
  } finally {
    await input.close();
  }
}

interface Found {
  readonly digest: FileDigest;
  readonly ownership: Ownership | undefined;
  readonly id: string | undefined;
}

async function proveInClear(
  context: Context,
  path: string,
  input: InputFile,
  expected: Expected,
): Promise<Found> {
  const { manifest, sha256, bytes, problems } = await proveFile(input, context);
  refuseForeign(path, manifest, expected);
  refuseDamaged(path, [
    ...digestProblems(await digestBeside(path), sha256),
    ...nameProblems(path, manifest.id),
    ...problems,
  ]);
  if (manifest.redaction.rules === 'none' || isNamedUnredacted(path))
    refuseUnredacted(path, expected);
  return { digest: { sha256, bytes }, ownership: manifest, id: manifest.id };
}

// Without a key there are only its digest and its name.
async function proveSealed(
  context: Context,
  path: string,
  input: InputFile,
  expected: Expected,
): Promise<Found> {
  const parts = nameParts(path);
  if (expected.case !== undefined && parts !== undefined)
    refuseOtherName(path, parts.hostAndCase, expected.case);
  if (isNamedUnredacted(path)) refuseUnredacted(path, expected);
  const digest = await digestOf(input, context);
  const beside = await digestBeside(path);
  refuseDamaged(path, digestProblems(beside, digest.sha256));
  const untold = [
    ...(beside === undefined ? ['whether it is whole (there is no .sha256 file beside it)'] : []),
    ...(expected.case === undefined && expected.owner === undefined ? [] : ['whose it is']),
  ];
  if (untold.length > 0) {
    const message = `${path} is encrypted: nothing here tells ${untold.join(', nor ')}`;
    context.reporter.emit({ type: 'warning', message });
  }
  return { digest, ownership: undefined, id: parts?.id };
}

// sonae-HOST-CASE-DATE-ID: where the case ends is known, where the host does is not.
function refuseOtherName(path: string, hostAndCase: string, caseId: string): void {
  if (hostAndCase.endsWith(`-${caseId}`)) return;
  throw new SonaeError('E_REFUSED', `${path} is, by its name, not of case ${caseId}`, {
    hint: 'It is encrypted, so only its name tells. Foreign data does not mix.',
  });
}

function isNamedUnredacted(path: string): boolean {
  return basename(path).includes('UNREDACTED');
}

function refuseDamaged(path: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, 3).map(printable).join('; ');
  throw new SonaeError('E_INTEGRITY', `${path} is damaged: ${shown}`, {
    hint: 'Nothing was sent. sonae verify tells all of it; a bundle is collected again, or copied again from where it was made.',
  });
}

function whose(ownership: Ownership | undefined): {
  readonly case?: string;
  readonly owner?: string;
} {
  const { case: caseId, owner } = ownership ?? {};
  return {
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(owner === undefined ? {} : { owner }),
  };
}
