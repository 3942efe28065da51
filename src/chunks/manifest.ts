import { list, object, optional, type Problems, range, text, whole } from '../std/json-fields.ts';
import {
  type ByteRange,
  type Chunk,
  type ChunkSet,
  type DumpLabel,
  type Frame,
  type Original,
  packedBound,
  type ReadBackKind,
  readBackKinds,
  type SetEncryption,
  setFiles,
  setLimits,
  setVersions,
} from './chunk-set.ts';
import { isSafeName } from './names.ts';

/** `format` of a manifest. */
export const manifestFormat = 'sonae-chunk-set';

/** A manifest that was read: the set when it can be used, and what is wrong with it otherwise. */
export interface ParsedManifest {
  readonly set: ChunkSet | undefined;
  readonly problems: readonly string[];
}

/** The text of `chunk-set.json`. One line for each chunk and its frames, so that a person can page through it. */
export function renderManifest(set: ChunkSet): string {
  const { chunks, original, ...rest } = set;
  const { unreadable, ...known } = original;
  const pairs = unreadable?.map(({ offset, length }) => [offset, length]);
  const head = { ...rest, original: { ...known, unreadable: pairs } };
  const lines = JSON.stringify(
    { format: manifestFormat, version: versionOf(set), ...head },
    null,
    2,
  );
  const rendered = chunks.map((chunk) => `    ${renderChunk(chunk)}`).join(',\n');
  return `${lines.slice(0, -2)},\n  "chunks": [\n${rendered}\n  ]\n}\n`;
}

/** Version of the format that a set, or its journal, is written in. */
export function versionOf({ encryption }: { readonly encryption?: SetEncryption }): number {
  return encryption === undefined ? setVersions.plain : setVersions.encrypted;
}

/** One chunk as manifest and journal hold it, with further keys behind. */
export function renderChunk(chunk: Chunk, further: Readonly<Record<string, string>> = {}): string {
  const { name, bytes, sha256, plainBytes } = chunk;
  return JSON.stringify({
    name,
    bytes,
    sha256,
    plainBytes,
    frames: chunk.frames.map(tuple),
    ...further,
  });
}

const tuple = (frame: Frame) => [
  frame.offset,
  frame.length,
  frame.packedOffset,
  frame.packedLength,
];

/** Reads a manifest; hostile or broken content ends in problems, never in a throw. Every rule of the format is checked here. */
export function parseManifest(source: string): ParsedManifest {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return { set: undefined, problems: [`not JSON: ${(error as Error).message}`] };
  }
  const problems: string[] = [];
  const set = readSet(value, problems);
  return problems.length === 0 && set !== undefined
    ? { set, problems: [] }
    : { set: undefined, problems };
}

function readSet(value: unknown, problems: Problems): ChunkSet | undefined {
  const root = object(value, 'manifest', problems);
  if (root === undefined) return undefined;
  if (root['format'] !== manifestFormat) {
    problems.push(`format: expected "${manifestFormat}"`);
    return undefined;
  }
  const encryption = readEncryption(root, problems);
  if (problems.length > 0) return undefined;
  const chunkBytes = whole(root['chunkBytes'], 'chunkBytes', problems);
  const original = readOriginal(root['original'], problems);
  const chunks = readChunks(root['chunks'], problems);
  if (problems.length > 0 || original === undefined) return undefined;
  checkChain(chunks, original.bytes, problems);
  checkSizes(chunks, chunkBytes, problems);
  checkNames(chunks, original.name, problems);
  checkEncrypted(chunks, encryption, problems);
  const readBack = String(root['readBack']) as ReadBackKind;
  if (!readBackKinds.includes(readBack)) problems.push('readBack: expected a known kind');
  return {
    setId: text(root['setId'], 'setId', problems, /^[0-9a-f]{32}$/),
    ...optional('case', root['case'], (one) => text(one, 'case', problems, /^[A-Za-z0-9-]{1,64}$/)),
    ...optional('owner', root['owner'], (one) => text(one, 'owner', problems)),
    host: text(root['host'], 'host', problems),
    createdAt: text(root['createdAt'], 'createdAt', problems),
    writer: text(root['writer'], 'writer', problems),
    chunkBytes,
    level: whole(root['level'], 'level', problems),
    readBack,
    ...(encryption === undefined ? {} : { encryption }),
    original,
    chunks,
  };
}

/** `version` and `encryption` of a manifest or journal, which must go together. */
export function readEncryption(
  fields: Readonly<Record<string, unknown>>,
  problems: Problems,
): SetEncryption | undefined {
  const version = fields['version'];
  if (version === setVersions.plain) return undefined;
  if (version !== setVersions.encrypted) {
    problems.push(`version: expected 1 or 2; this set needs another sonae`);
    return undefined;
  }
  const encryption = object(fields['encryption'], 'encryption', problems) ?? {};
  const format = (['age', 'openpgp'] as const).find((one) => one === encryption['format']);
  if (format === undefined) {
    problems.push('encryption.format: expected age or openpgp; this set needs another sonae');
    return undefined;
  }
  const receivers = list(encryption['receivers'], 'encryption.receivers', problems, 1000);
  return { format, receivers: receivers.map((one) => text(one, 'receivers', problems)) };
}

/** Either all chunks say what they decrypt to, or none. */
export function checkEncrypted(
  chunks: readonly Chunk[],
  encryption: SetEncryption | undefined,
  problems: Problems,
): void {
  for (const { name, bytes, plainBytes } of chunks) {
    if ((plainBytes === undefined) !== (encryption === undefined))
      problems.push(`${name}: plainBytes and encryption do not go together`);
    else if (plainBytes !== undefined && plainBytes >= bytes)
      problems.push(`${name}: decrypted it would be larger than encrypted`);
  }
}

function readOriginal(value: unknown, problems: Problems): Original | undefined {
  const fields = object(value, 'original', problems);
  if (fields === undefined) return undefined;
  const name = text(fields['name'], 'original.name', problems);
  if (!isSafeName(name)) problems.push('original.name: not a plain file name');
  return {
    name,
    sourceName: text(fields['sourceName'], 'original.sourceName', problems),
    bytes: whole(fields['bytes'], 'original.bytes', problems),
    sha256: text(fields['sha256'], 'original.sha256', problems, /^[0-9a-f]{64}$/),
    ...optional('modifiedAt', fields['modifiedAt'], (one) =>
      text(one, 'original.modifiedAt', problems),
    ),
    ...optional('dump', fields['dump'], (one) => readDump(one, problems)),
    ...optional('filter', fields['filter'], (one) => readFilter(one, problems)),
    ...optional('unreadable', fields['unreadable'], (one) => readRanges(one, problems)),
  };
}

function readDump(value: unknown, problems: Problems): DumpLabel {
  const fields = object(value, 'original.dump', problems) ?? {};
  const completeness = text(fields['completeness'], 'original.dump.completeness', problems);
  const known = ['complete', 'incomplete', 'unknown'] as const;
  return {
    format: text(fields['format'], 'original.dump.format', problems),
    ...optional('level', fields['level'], (one) => whole(one, 'original.dump.level', problems)),
    completeness: known.find((one) => one === completeness) ?? 'unknown',
    problems: list(fields['problems'], 'original.dump.problems', problems, 1000).map((one) =>
      text(one, 'original.dump.problems', problems),
    ),
  };
}

function readFilter(value: unknown, problems: Problems): NonNullable<Original['filter']> {
  const fields = object(value, 'original.filter', problems) ?? {};
  return {
    command: list(fields['command'], 'original.filter.command', problems, 1000).map((one) =>
      text(one, 'original.filter.command', problems),
    ),
    inputBytes: whole(fields['inputBytes'], 'original.filter.inputBytes', problems),
  };
}

function readRanges(value: unknown, problems: Problems): ByteRange[] {
  const where = 'original.unreadable';
  return list(value, where, problems, setLimits.frames).map((one) => {
    const [offset = 0, length = 0] = range(one, where, problems, 2);
    return { offset, length };
  });
}

function readChunks(value: unknown, problems: Problems): Chunk[] {
  const chunks: Chunk[] = [];
  let frames = 0;
  for (const one of list(value, 'chunks', problems, setLimits.chunks)) {
    const chunk = readChunk(one, `chunks[${chunks.length}]`, problems);
    frames += chunk?.frames.length ?? 0;
    if (frames > setLimits.frames) problems.push(`chunks: more than ${setLimits.frames} frames`);
    // One broken chunk is enough to know; a million sentences help nobody.
    if (chunk === undefined || problems.length > 0) break;
    chunks.push(chunk);
  }
  return chunks;
}

/** One chunk of a manifest or journal; undefined, with problems, when it breaks a rule. */
export function readChunk(value: unknown, where: string, problems: Problems): Chunk | undefined {
  const fields = object(value, where, problems);
  if (fields === undefined) return undefined;
  const frames: Frame[] = [];
  for (const one of list(fields['frames'], `${where}.frames`, problems, setLimits.frames)) {
    const [offset = 0, length = 0, packedOffset = 0, packedLength = 0] = range(
      one,
      `${where}.frames[${frames.length}]`,
      problems,
      4,
    );
    if (problems.length > 0) return undefined;
    frames.push({ offset, length, packedOffset, packedLength });
  }
  const name = text(fields['name'], `${where}.name`, problems);
  if (!isSafeName(name)) problems.push(`${where}.name: not a plain file name`);
  const bytes = whole(fields['bytes'], `${where}.bytes`, problems);
  const sha256 = text(fields['sha256'], `${where}.sha256`, problems, /^[0-9a-f]{64}$/);
  const plainBytes = optional('plainBytes', fields['plainBytes'], (one) =>
    whole(one, `${where}.plainBytes`, problems),
  );
  return { name, bytes, sha256, ...plainBytes, frames };
}

/** Holds the frames against the rules: no gap, no overlap, no frame larger than it can be. */
export function checkChain(
  chunks: readonly Chunk[],
  originalBytes: number,
  problems: Problems,
): void {
  let offset = 0;
  for (const { name, bytes, plainBytes = bytes, frames } of chunks) {
    let packedOffset = 0;
    if (frames.length === 0) problems.push(`${name}: no frames`);
    for (const frame of frames) {
      const isEmptyOriginal = originalBytes === 0 && chunks.length === 1 && frames.length === 1;
      if (frame.offset !== offset) problems.push(`${name}: a gap or overlap at ${offset}`);
      if (frame.packedOffset !== packedOffset) {
        problems.push(`${name}: a gap or overlap at packed ${packedOffset}`);
      }
      if (frame.length > setLimits.frameBytes || (frame.length === 0 && !isEmptyOriginal)) {
        problems.push(`${name}: a frame of ${frame.length} bytes`);
      }
      // 9 bytes: the smallest frame there is (magic, descriptor, size, one empty block).
      if (frame.packedLength > packedBound(frame.length) || frame.packedLength < 9) {
        problems.push(`${name}: a frame packed to ${frame.packedLength} bytes`);
      }
      if (problems.length > 0) return;
      offset += frame.length;
      packedOffset += frame.packedLength;
    }
    if (packedOffset !== plainBytes) {
      problems.push(`${name}: frames end at ${packedOffset}, the chunk at ${plainBytes}`);
    }
  }
  if (chunks.length === 0) problems.push('chunks: none');
  if (offset !== originalBytes) {
    problems.push(`chunks: they hold ${offset} bytes, the original has ${originalBytes}`);
  }
}

function checkSizes(chunks: readonly Chunk[], chunkBytes: number, problems: Problems): void {
  const large = chunks.find(({ bytes }) => bytes > chunkBytes);
  if (large) problems.push(`${large.name}: larger than chunkBytes`);
}

function checkNames(chunks: readonly Chunk[], originalName: string, problems: Problems): void {
  const taken = new Set<string>([originalName, ...Object.values(setFiles)]);
  for (const { name } of chunks) {
    if (taken.has(name)) problems.push(`${name}: the name is used twice`);
    taken.add(name);
  }
}
