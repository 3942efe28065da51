import type { FoundEntry } from '../../model/system.ts';
import { compilePathRules } from '../../std/path-rules.ts';
import { listFolder, readRegularFile, spaceOf, statPath } from './file-operations.ts';
import { type FindSink, findEntries } from './find-entries.ts';
import type { Answer, Request, SentEntry } from './protocol.ts';

const entriesAtATime = 100;

/** Bytes that one search brings along at most: they wait in the memory of whoever asked. */
const mostContentBytes = 1024 * 1024;

/** So many files are held against each other at most when the newest are wanted. */
const mostCompared = 200_000;

type ContentRequest = NonNullable<Extract<Request, { op: 'find' }>['content']>;

/** Does one request, synchronously: in the reader process, or in our own when no process can be started. */
export function perform(root: string, request: Request, answer: (answer: Answer) => void): void {
  switch (request.op) {
    case 'stat':
      answer({ type: 'end', result: statPath(root, request.path, request.follow) });
      break;
    case 'list':
      answer({ type: 'end', result: listFolder(root, request.path, request.limit) });
      break;
    case 'space':
      answer({ type: 'end', result: spaceOf(root, request.path) });
      break;
    case 'read':
      answer({
        type: 'end',
        result: readRegularFile(root, request.path, request, (bytes) =>
          answer({ type: 'bytes', bytes }),
        ),
      });
      break;
    case 'find':
      find(root, request, answer);
      break;
    default:
      request satisfies never;
  }
}

function find(
  root: string,
  request: Extract<Request, { op: 'find' }>,
  answer: (answer: Answer) => void,
): void {
  const send = new EntrySender(root, request.content, answer);
  const onProblem: FindSink['onProblem'] = (path, why, code) =>
    answer({ type: 'problem', path, why, code });
  const isFull =
    request.prefer === 'newest'
      ? findNewest(root, request, send, onProblem)
      : findInOrder(root, request, send, onProblem);
  send.flush();
  answer({ type: 'end', result: { state: 'found', isFull } });
}

function findInOrder(
  root: string,
  request: Extract<Request, { op: 'find' }>,
  send: EntrySender,
  onProblem: FindSink['onProblem'],
): boolean {
  let count = 0;
  let isFull = false;
  findEntries(root, request.globs, request, {
    onEntry(entry) {
      isFull = count >= request.limit;
      if (isFull) return false;
      count += 1;
      send.entry(entry);
      return true;
    },
    onProblem,
  });
  return isFull;
}

// The newest of many are only known when all were seen, and a name says nothing of an age.
function findNewest(
  root: string,
  request: Extract<Request, { op: 'find' }>,
  send: EntrySender,
  onProblem: FindSink['onProblem'],
): boolean {
  const entries: FoundEntry[] = [];
  findEntries(root, request.globs, request, {
    onEntry(entry) {
      if (entry.stat.kind !== 'folder') entries.push(entry);
      return entries.length < mostCompared;
    },
    onProblem,
  });
  entries.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
  for (const entry of entries.slice(0, request.limit)) send.entry(entry);
  return entries.length > request.limit || entries.length >= mostCompared;
}

// Entries go out in batches, and the bytes of small files with them.
class EntrySender {
  readonly #root: string;
  readonly #content: ContentRequest | undefined;
  readonly #answer: (answer: Answer) => void;
  readonly #isLeftUnread: (path: string) => unknown;
  #budget = mostContentBytes;
  #batch: SentEntry[] = [];
  #contents: Buffer[] = [];

  constructor(root: string, content: ContentRequest | undefined, answer: (answer: Answer) => void) {
    this.#root = root;
    this.#content = content;
    this.#answer = answer;
    this.#isLeftUnread = compilePathRules((content?.except ?? []).map((glob) => [glob, glob]));
  }

  entry({ path, stat }: FoundEntry): void {
    const content = this.#content;
    const isWanted =
      content &&
      this.#budget > 0 &&
      stat.kind === 'file' &&
      stat.size <= content.limitBytes &&
      !this.#isLeftUnread(path);
    const bytes = isWanted ? readSmall(this.#root, path, content.limitBytes) : undefined;
    this.#batch.push({ path, stat, ...(bytes ? { contentBytes: bytes.length } : {}) });
    if (bytes && bytes.length > 0) this.#contents.push(bytes);
    this.#budget -= bytes?.length ?? 0;
    if (this.#batch.length >= entriesAtATime) this.flush();
  }

  flush(): void {
    if (this.#batch.length > 0) this.#answer({ type: 'entries', entries: this.#batch });
    if (this.#contents.length > 0)
      this.#answer({ type: 'bytes', bytes: Buffer.concat(this.#contents) });
    this.#batch = [];
    this.#contents = [];
  }
}

// All of a small file; undefined when it is larger or cannot be read, which its own reading will then tell.
function readSmall(root: string, path: string, limitBytes: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  const end = readRegularFile(root, path, { limitBytes, keep: 'head', follow: false }, (piece) =>
    pieces.push(Buffer.from(piece)),
  );
  return end.state === 'known' && !end.isTruncated ? Buffer.concat(pieces) : undefined;
}
