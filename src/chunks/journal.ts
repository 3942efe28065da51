import { SonaeError } from '../model/error.ts';
import type { OutputFile, OutputFolder } from '../model/storage.ts';
import { object, optional, text, whole } from '../std/json-fields.ts';
import {
  type Chunk,
  type ReadBackKind,
  readBackKinds,
  type SetEncryption,
  setFiles,
  setLimits,
} from './chunk-set.ts';
import {
  checkChain,
  checkEncrypted,
  readChunk,
  readEncryption,
  renderChunk,
  versionOf,
} from './manifest.ts';
import { readSmallFile } from './read-small-file.ts';

const journalFormat = 'sonae-chunk-journal';

/** What must be the same when splitting goes on after a stop: the first line of the journal. */
export interface JournalHeader {
  readonly setId: string;
  readonly case?: string;
  readonly owner?: string;
  readonly host: string;
  readonly createdAt: string;
  readonly writer: string;
  readonly chunkBytes: number;
  readonly level: number;
  readonly frameBytes: number;
  readonly digits: number;
  readonly name: string;
  readonly sourceName: string;
  /** Chunks of one set are encrypted in one way. */
  readonly encryption?: SetEncryption;
  /** Absent for a pipe. */
  readonly input?: { readonly bytes: number; readonly mtimeMs: number };
}

/** A chunk that was finished, and the digest of the original from its start to the end of this chunk. */
export interface JournalChunk {
  readonly chunk: Chunk;
  readonly prefixSha256: string;
  readonly readBack: ReadBackKind;
}

/** What a journal holds; a torn last line is left out. */
export interface Journal {
  readonly header: JournalHeader;
  readonly chunks: readonly JournalChunk[];
}

/** The journal of an unfinished set; undefined when there is none. Throws E_FORMAT when it cannot be used. */
export async function readJournal(folder: OutputFolder): Promise<Journal | undefined> {
  const bytes = await readSmallFile(folder, setFiles.journal, setLimits.manifestBytes);
  if (bytes === undefined) return undefined;
  const { journal, problems } = parseJournal(bytes.toString('utf8'));
  if (journal !== undefined) return journal;
  throw new SonaeError('E_FORMAT', `${setFiles.journal}: ${problems[0] ?? 'not readable'}`, {
    hint: 'Start again in another folder, or remove this one.',
  });
}

/** Reads the text of a journal; content never throws. Ends before the first line that breaks a rule. */
export function parseJournal(source: string): {
  readonly journal: Journal | undefined;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  // The last piece is what comes after the last newline: nothing, or a line that was not finished.
  const [first = '', ...lines] = source.split('\n').slice(0, -1);
  const header = parseHeader(first, problems);
  if (header === undefined || problems.length > 0) return { journal: undefined, problems };
  const chunks: JournalChunk[] = [];
  for (const line of lines) {
    const chunk = parseLine(line, problems);
    if (chunk === undefined || problems.length > 0) break;
    chunks.push(chunk);
  }
  const chain = chunks.map(({ chunk }) => chunk);
  if (chain.length > 0) checkChain(chain, endOf(chain), problems);
  checkEncrypted(chain, header.encryption, problems);
  return problems.length > 0 && chain.length === 0
    ? { journal: { header, chunks: [] }, problems }
    : { journal: { header, chunks: problems.length > 0 ? [] : chunks }, problems };
}

/** Where the original stands after these chunks. */
export function endOf(chunks: readonly Chunk[]): number {
  const last = chunks.at(-1)?.frames.at(-1);
  return last === undefined ? 0 : last.offset + last.length;
}

/** Begins a journal (or writes it anew with the chunks that are good) and opens it for further lines. */
export async function beginJournal(folder: OutputFolder, journal: Journal): Promise<OutputFile> {
  const lines = [
    JSON.stringify({
      format: journalFormat,
      version: versionOf(journal.header),
      ...journal.header,
    }),
    ...journal.chunks.map(renderLine),
  ];
  await folder.publish(setFiles.journal, Buffer.from(`${lines.join('\n')}\n`));
  return folder.reopen(setFiles.journal);
}

/** Adds one finished chunk; it is on the disk when this resolves. */
export async function appendJournal(file: OutputFile, chunk: JournalChunk): Promise<void> {
  await file.write(Buffer.from(`${renderLine(chunk)}\n`));
  await file.sync();
}

function renderLine({ chunk, prefixSha256, readBack }: JournalChunk): string {
  return renderChunk(chunk, { prefixSha256, readBack });
}

function parseHeader(line: string, problems: string[]): JournalHeader | undefined {
  const fields = object(parseJson(line), 'journal', problems);
  if (fields === undefined) return undefined;
  if (fields['format'] !== journalFormat) {
    problems.push(`expected a ${journalFormat}`);
    return undefined;
  }
  const encryption = readEncryption(fields, problems);
  return {
    setId: text(fields['setId'], 'setId', problems, /^[0-9a-f]{32}$/),
    ...optional('case', fields['case'], (one) => text(one, 'case', problems)),
    ...optional('owner', fields['owner'], (one) => text(one, 'owner', problems)),
    host: text(fields['host'], 'host', problems),
    createdAt: text(fields['createdAt'], 'createdAt', problems),
    writer: text(fields['writer'], 'writer', problems),
    chunkBytes: whole(fields['chunkBytes'], 'chunkBytes', problems),
    level: whole(fields['level'], 'level', problems),
    frameBytes: whole(fields['frameBytes'], 'frameBytes', problems),
    digits: whole(fields['digits'], 'digits', problems),
    name: text(fields['name'], 'name', problems),
    sourceName: text(fields['sourceName'], 'sourceName', problems),
    ...(encryption === undefined ? {} : { encryption }),
    ...optional('input', fields['input'], (one) => {
      const input = object(one, 'input', problems) ?? {};
      return {
        bytes: whole(input['bytes'], 'input.bytes', problems),
        mtimeMs: typeof input['mtimeMs'] === 'number' ? input['mtimeMs'] : 0,
      };
    }),
  };
}

function parseLine(line: string, problems: string[]): JournalChunk | undefined {
  const value = parseJson(line);
  const chunk = readChunk(value, 'chunk', problems);
  if (chunk === undefined) return undefined;
  const fields = object(value, 'chunk', problems) ?? {};
  const readBack = String(fields['readBack']) as ReadBackKind;
  if (!readBackKinds.includes(readBack)) problems.push('readBack: expected a known kind');
  return {
    chunk,
    prefixSha256: text(fields['prefixSha256'], 'prefixSha256', problems, /^[0-9a-f]{64}$/),
    readBack,
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON is not an object either: whoever asked says so.
    return undefined;
  }
}
