import { encryptionSuffixes } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { SetEncryption } from './chunk-set.ts';

const maxNameLength = 160;

/** The name a set gives to its original: safe in every shell, on every file system and in every upload form. */
export function setName(sourceName: string): string {
  const base = sourceName.slice(sourceName.lastIndexOf('/') + 1);
  const safe = base
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, maxNameLength);
  return safe === '' ? 'original' : safe;
}

/** A case number as it may stand in a file name; throws E_USAGE. */
export function checkedCase(text: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return text;
  throw new SonaeError('E_USAGE', `not a case number: ${text}`, {
    hint: 'Letters, digits and dashes, at most 64 of them, as in 01234567.',
  });
}

/** Digits of the chunk numbers, so that a shell glob sorts them: at least three, enough for `chunks` of them. */
export function digitsFor(chunks: number): number {
  return Math.max(3, String(Math.max(1, chunks) - 1).length);
}

/** `01234567_vmcore.zst.000`, and `.age` or `.gpg` behind it when it is encrypted. */
export function chunkName(
  { name, case: caseId, digits, encryption }: ChunkNaming,
  index: number,
): string {
  const prefix = caseId === undefined ? '' : `${caseId}_`;
  const suffix = encryption === undefined ? '' : encryptionSuffixes[encryption.format];
  return `${prefix}${name}.zst.${String(index).padStart(digits, '0')}${suffix}`;
}

/** What the names of the chunks of a set are made from. */
export interface ChunkNaming {
  readonly name: string;
  readonly case?: string;
  readonly digits: number;
  readonly encryption?: SetEncryption;
}

/** The name of a chunk while it is being written: hidden from `cat NAME.zst.*`. */
export function partialName(name: string): string {
  return `.${name}.partial`;
}

/** True for names that can be chunks of some set. */
export function looksLikeChunk(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*\.zst\.\d{3,7}(?:\.(?:age|gpg))?$/.test(name);
}

/** True for a name a manifest may use for a file of its folder. */
export function isSafeName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/.test(name);
}
