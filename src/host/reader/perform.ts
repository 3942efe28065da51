import { compilePathRules } from '../../std/path-rules.ts';
import { listFolder, readRegularFile, spaceOf, statPath } from './file-operations.ts';
import { findEntries } from './find-entries.ts';
import type { Answer, Request, SentEntry } from './protocol.ts';

const entriesAtATime = 100;

/** Bytes that one search brings along at most: they wait in the memory of whoever asked. */
const mostContentBytes = 1024 * 1024;

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
  const { content } = request;
  const isLeftUnread = compilePathRules((content?.except ?? []).map((glob) => [glob, glob]));
  let count = 0;
  let budget = mostContentBytes;
  let batch: SentEntry[] = [];
  let contents: Buffer[] = [];
  const flush = () => {
    if (batch.length > 0) answer({ type: 'entries', entries: batch });
    if (contents.length > 0) answer({ type: 'bytes', bytes: Buffer.concat(contents) });
    batch = [];
    contents = [];
  };
  findEntries(root, request.globs, request, {
    onEntry({ path, stat }) {
      if (count >= request.limit) return false;
      count += 1;
      const isWanted =
        content &&
        budget > 0 &&
        stat.kind === 'file' &&
        stat.size <= content.limitBytes &&
        !isLeftUnread(path);
      const bytes = isWanted ? readSmall(root, path, content.limitBytes) : undefined;
      batch.push({ path, stat, ...(bytes ? { contentBytes: bytes.length } : {}) });
      if (bytes && bytes.length > 0) contents.push(bytes);
      budget -= bytes?.length ?? 0;
      if (batch.length >= entriesAtATime) flush();
      return true;
    },
    onProblem(path, why, code) {
      answer({ type: 'problem', path, why, code });
    },
  });
  flush();
  answer({ type: 'end', result: { state: 'found', isFull: count >= request.limit } });
}

// All of a small file; undefined when it is larger or cannot be read, which its own reading will then tell.
function readSmall(root: string, path: string, limitBytes: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  const end = readRegularFile(root, path, { limitBytes, keep: 'head', follow: false }, (piece) =>
    pieces.push(Buffer.from(piece)),
  );
  return end.state === 'known' && !end.isTruncated ? Buffer.concat(pieces) : undefined;
}
